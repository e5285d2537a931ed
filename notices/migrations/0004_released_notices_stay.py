from django.db import migrations

from privacy.append_only import AppendOnly

# What was released is what people read: the words of a notice that is no draft any more do not change.
_WORDS = ("title", "slug", "subject", "body", "page")
_CHANGED = " OR ".join(f"OLD.{field} <> NEW.{field}" for field in _WORDS)


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_decisions_and_digest_runs"), ("privacy", "0002_records_are_kept")]
    operations = [AppendOnly("notices_notice", when=f"OLD.state <> 'draft' AND ({_CHANGED})", deletable=True)]
