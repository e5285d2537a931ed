from django.db import migrations, models

from privacy.append_only import AppendOnly, Thaw

# As migration 0010 has it: SQLite rebuilds the table, and its trigger with it.
_FIELDS = ("title", "slug", "subject", "body", "page", "levels", "to_subscribers", "audience", "version")
_MEETING = " OR COALESCE(OLD.meeting, 0) <> COALESCE(NEW.meeting, 0)"
_CORRECTS = " OR COALESCE(OLD.corrects_id, 0) <> COALESCE(NEW.corrects_id, 0)"


def _frozen(*fields: str) -> str:
    changed = " OR ".join(f"OLD.{field} <> NEW.{field}" for field in fields)
    return f"OLD.state <> 'draft' AND ({changed}{_MEETING}{_CORRECTS})"


class Migration(migrations.Migration):
    dependencies = [("notices", "0016_words_of_a_notice")]

    operations = [
        Thaw("notices_notice", when=_frozen(*_FIELDS), deletable=True),
        migrations.AddField(
            "notice",
            "what_changed",
            models.CharField(
                blank=True,
                default="",
                help_text="Of a correction, in a sentence or two: it stands above the text.",
                max_length=300,
                verbose_name="what is different",
            ),
            preserve_default=False,
        ),
        AppendOnly("notices_notice", when=_frozen(*_FIELDS, "what_changed"), deletable=True),
    ]
