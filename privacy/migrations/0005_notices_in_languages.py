from django.db import migrations, models

from privacy.append_only import AppendOnly, Thaw

FROZEN = "OLD.published_at IS NOT NULL"


def describe_older_rows(apps, schema_editor):
    """Nobody said how earlier translations were made, and later versions did not say what changed."""
    notices = apps.get_model("privacy", "ConsentNotice").objects
    notices.exclude(language="en").update(translation="machine")
    notices.filter(version__gt=1).update(changes="What changed was not written down for this version.")


class Migration(migrations.Migration):
    dependencies = [("privacy", "0004_words_for_looks")]
    operations = [
        Thaw("privacy_consentnotice", FROZEN, deletable=True),
        migrations.AddField(
            model_name="consentnotice",
            name="asks_again",
            field=models.BooleanField(
                default=True,
                help_text="Leave it on where purpose, use or recipients change: that needs a new consent. Off only for a correction that changes nothing of substance. The English text decides for its translations.",
                verbose_name="everybody agrees anew",
            ),
        ),
        migrations.AddField(
            model_name="consentnotice",
            name="changes",
            field=models.TextField(
                blank=True,
                help_text="One or two sentences about what is new since the version before. Whoever agrees again reads them.",
                verbose_name="what changed",
            ),
        ),
        migrations.AddField(
            model_name="consentnotice",
            name="reviewed_by",
            field=models.CharField(
                blank=True,
                help_text="Who reviewed the translation: a name or an office. People read it.",
                max_length=120,
            ),
        ),
        migrations.AddField(
            model_name="consentnotice",
            name="translation",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "The original"),
                    ("reviewed", "Reviewed by a person who speaks the language"),
                    ("machine", "Made by a machine, not reviewed"),
                ],
                default="",
                help_text="People read it above the text.",
                max_length=8,
                verbose_name="how it was translated",
            ),
        ),
        migrations.AlterField(
            model_name="consentnotice",
            name="language",
            field=models.CharField(
                choices=[
                    ("en", "English"),
                    ("es", "Español"),
                    ("so", "Soomaali"),
                    ("hmn", "Hmoob"),
                    ("vi", "Tiếng Việt"),
                    ("ru", "Русский"),
                    ("ar", "العربية"),
                    ("am", "አማርኛ"),
                    ("om", "Afaan Oromoo"),
                    ("ksw", "Karen"),
                    ("lo", "ລາວ"),
                    ("fr", "Français"),
                    ("zh", "中文"),
                ],
                default="en",
                max_length=10,
            ),
        ),
        migrations.RunPython(describe_older_rows, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="consentnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("language", "en"), ("translation", "")),
                    models.Q(models.Q(("language", "en"), _negated=True), models.Q(("translation", ""), _negated=True)),
                    _connector="OR",
                ),
                name="consent_notice_translation_says_how",
                violation_error_message="Say how a translation was made; the English text is the original.",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("translation", "reviewed"), _negated=True),
                    models.Q(("reviewed_by", ""), _negated=True),
                    _connector="OR",
                ),
                name="consent_notice_review_names_who",
                violation_error_message="Say who reviewed the translation.",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_at__isnull", True),
                    ("version", 1),
                    models.Q(("changes", ""), _negated=True),
                    _connector="OR",
                ),
                name="consent_notice_says_what_changed",
                violation_error_message="Say what changed since the version before.",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(("version__gt", 1), ("asks_again", True), _connector="OR"),
                name="consent_notice_first_version_asks",
                violation_error_message="The first version is always agreed to.",
            ),
        ),
        AppendOnly("privacy_consentnotice", FROZEN, deletable=True),
    ]
