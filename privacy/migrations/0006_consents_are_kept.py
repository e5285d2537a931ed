from django.db import migrations

from privacy.append_only import AppendOnly

# A consent changes once: when it is withdrawn.
FROZEN = (
    "OLD.withdrawn_at IS NOT NULL OR NEW.member_id <> OLD.member_id"
    " OR NEW.notice_id <> OLD.notice_id OR NEW.given_at <> OLD.given_at"
)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0005_notices_in_languages")]
    operations = [AppendOnly("privacy_consent", FROZEN, deletable=True)]
