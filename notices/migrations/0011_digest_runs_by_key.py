import django.utils.timezone
from django.db import migrations, models

KINDS = [
    ("daily", "Daily digest"),
    ("weekly", "Weekly digest"),
    ("week", "A week before a meeting"),
    ("day", "A day before a meeting"),
]


def _name(apps, schema_editor):
    """The runs there are keep their day, so that none of them comes again."""
    for run in apps.get_model("notices", "DigestRun").objects.all():
        run.key = f"{run.kind}:{django.utils.timezone.localdate(run.until):%Y-%m-%d}"
        run.save(update_fields=["key"])


class Migration(migrations.Migration):
    dependencies = [("notices", "0010_topics")]

    operations = [
        migrations.RemoveConstraint("digestrun", "digest_run_once_per_period"),
        migrations.RenameField("digestrun", "frequency", "kind"),
        migrations.AlterField("digestrun", "kind", models.CharField(choices=KINDS, max_length=6)),
        migrations.AlterField(
            "digestrun",
            "until",
            models.DateTimeField(help_text="Up to when it tells what is new; before a meeting, its start."),
        ),
        migrations.AddField("digestrun", "key", models.CharField(default="", max_length=60), preserve_default=False),
        migrations.AddField(
            "digestrun",
            "skipped",
            models.CharField(blank=True, help_text="Why it was left out; empty where it was not.", max_length=120),
        ),
        migrations.AddField("digestrun", "made_at", models.DateTimeField(default=django.utils.timezone.now)),
        migrations.RunPython(_name, migrations.RunPython.noop),
    ]
