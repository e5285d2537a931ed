from django.db import migrations, models
from django.db.models import Q

from privacy.append_only import AppendOnly, Thaw

FIXED = ["meetings", "rfps", "resources", "digest"]
# As the migration before has it: the table is rebuilt, and its trigger with it.
_FIELDS = ("title", "slug", "subject", "body", "page", "levels", "to_subscribers", "audience", "version")
_CHANGED = " OR ".join(f"OLD.{field} <> NEW.{field}" for field in _FIELDS)
_MEETING = " OR COALESCE(OLD.meeting, 0) <> COALESCE(NEW.meeting, 0)"
_CORRECTS = " OR COALESCE(OLD.corrects_id, 0) <> COALESCE(NEW.corrects_id, 0)"
_FROZEN = f"OLD.state <> 'draft' AND ({_CHANGED}{_MEETING}{_CORRECTS})"


class Migration(migrations.Migration):
    dependencies = [("notices", "0009_composer_and_corrections")]

    operations = [
        migrations.CreateModel(
            name="Topic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(help_text="Such as “workgroup-3”.", max_length=24, unique=True)),
                ("label", models.CharField(max_length=120)),
                ("about", models.CharField(blank=True, help_text="What one hears, in a sentence.", max_length=200)),
            ],
            options={
                "ordering": ["label"],
                "constraints": [
                    models.CheckConstraint(condition=~Q(key__in=FIXED), name="topic_is_no_fixed_subject"),
                    models.CheckConstraint(condition=Q(key__startswith="workgroup-"), name="topic_is_a_workgroup"),
                ],
            },
        ),
        migrations.RemoveConstraint("subscription", "subscription_subject_is_known"),
        migrations.AlterField(
            "subscription",
            "subject",
            models.CharField(help_text="One of notices.enums.Subject, or the key of a topic.", max_length=24),
        ),
        migrations.AddConstraint(
            "subscription",
            models.CheckConstraint(
                condition=Q(subject__in=FIXED) | Q(subject__startswith="workgroup-"),
                name="subscription_subject_is_known",
            ),
        ),
        migrations.AlterField(
            "delivery",
            "unsubscribe_from",
            models.CharField(blank=True, help_text="The subject it can be stopped by.", max_length=24),
        ),
        Thaw("notices_notice", when=_FROZEN, deletable=True),
        migrations.AlterField(
            "notice", "subject", models.CharField(default="meetings", max_length=24, verbose_name="about")
        ),
        AppendOnly("notices_notice", when=_FROZEN, deletable=True),
    ]
