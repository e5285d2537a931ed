from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("notices", "0011_digest_runs_by_key")]

    operations = [
        migrations.AlterField(
            "digestrun",
            "key",
            models.CharField(help_text="Such as “daily:2027-01-20” or “week:12:20270217”.", max_length=60, unique=True),
        ),
        migrations.AlterModelOptions("digestrun", options={"ordering": ["-until", "-pk"]}),
        migrations.AddIndex("digestrun", models.Index(fields=["kind", "-until"], name="digest_run_newest")),
        migrations.AddConstraint(
            "digestrun",
            models.CheckConstraint(
                condition=Q(kind__in=["daily", "weekly", "week", "day"]), name="digest_run_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            "digestrun",
            models.CheckConstraint(condition=Q(skipped="") | Q(owed=0), name="digest_run_skipped_owes_nothing"),
        ),
    ]
