import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("polls", "0003_events_are_kept"),
        ("privacy", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="poll",
            options={
                "ordering": ["pk"],
                "permissions": [
                    ("view_full_representation", "Can read representation tables without hidden cells"),
                    ("start_outreach", "Can see which seats stay empty and begin a notice about one"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PublishedTable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField()),
                ("shown", models.JSONField(help_text="The table as polls.versions writes it.")),
                (
                    "answers_closed_at",
                    models.DateTimeField(
                        help_text="When the answers behind it were closed: after a reset there are others.", null=True
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, help_text="Why there is a version after the first.", max_length=300),
                ),
                (
                    "changes",
                    models.JSONField(default=list, help_text="What differs from the version before, in words."),
                ),
                ("published_at", models.DateTimeField()),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tables", to="polls.poll"
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="published_tables",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["poll", "version"],
                "constraints": [
                    models.UniqueConstraint(fields=("poll", "version"), name="table_version_once_per_poll"),
                    models.CheckConstraint(condition=models.Q(("version__gte", 1)), name="table_version_from_one"),
                    models.CheckConstraint(
                        condition=models.Q(("version", 1), models.Q(("reason", ""), _negated=True), _connector="OR"),
                        name="table_says_why_there_is_another_version",
                    ),
                ],
            },
        ),
        AppendOnly("polls_publishedtable"),
    ]
