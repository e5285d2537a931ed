import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy.append_only import AppendOnly, Thaw

# A consent changes once: when it is withdrawn.
BEFORE = (
    "OLD.withdrawn_at IS NOT NULL OR NEW.member_id <> OLD.member_id"
    " OR NEW.notice_id <> OLD.notice_id OR NEW.given_at <> OLD.given_at"
)
FROZEN = BEFORE + " OR COALESCE(NEW.read_by_id, 0) <> COALESCE(OLD.read_by_id, 0) OR NEW.read_in <> OLD.read_in"


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0010_data_exports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Thaw("privacy_consent", BEFORE, deletable=True),
        migrations.AddField(
            model_name="consent",
            name="read_by",
            field=models.ForeignKey(
                blank=True,
                help_text="Staff who read or gave them the notice. Empty: the person read it here.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="consents_read",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="read_in",
            field=models.CharField(
                blank=True,
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
                help_text="The language that staff told it in.",
                max_length=10,
                verbose_name="told in",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("read_by__isnull", True), ("read_in", "")),
                    models.Q(("read_by__isnull", False), ("read_in__gt", "")),
                    _connector="OR",
                ),
                name="consent_taken_by_staff_says_in_which_language",
            ),
        ),
        AppendOnly("privacy_consent", FROZEN, deletable=True),
    ]
