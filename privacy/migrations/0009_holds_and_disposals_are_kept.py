from django.db import migrations

from privacy.append_only import AppendOnly, Disposable

# A hold changes once: when it is released.
FROZEN = (
    "OLD.released_at IS NOT NULL OR NEW.why <> OLD.why OR NEW.kind <> OLD.kind OR NEW.set_at <> OLD.set_at"
    " OR NEW.set_by_id <> OLD.set_by_id OR COALESCE(NEW.member_id, 0) <> COALESCE(OLD.member_id, 0)"
    " OR COALESCE(NEW.meeting_id, 0) <> COALESCE(OLD.meeting_id, 0)"
)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0008_holds_and_disposals")]
    operations = [
        AppendOnly("privacy_disposal"),
        AppendOnly("privacy_legalhold", FROZEN),
        Disposable("privacy_sensitiveview"),
        Disposable("privacy_shownperson"),
    ]
