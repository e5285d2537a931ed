import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

KINDS = [("press", "Press or broadcast"), ("social", "Social media"), ("other", "Newsletter or website")]


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0014_a_year_from_confirming"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, default="press", max_length=6)),
                ("where", models.CharField(help_text="The newspaper, station, site or account.", max_length=120)),
                ("appeared_on", models.DateField(verbose_name="on")),
                ("url", models.URLField(blank=True, verbose_name="link")),
                (
                    "notice",
                    models.ForeignKey(
                        blank=True,
                        help_text="The notice it was about; empty: the community as such.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mentions",
                        to="notices.notice",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        blank=True,
                        help_text="The partner who brought it, if it was one.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mentions",
                        to="notices.outreachpartner",
                    ),
                ),
                ("remark", models.CharField(blank=True, max_length=200)),
                (
                    "logged_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mentions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("logged_at", models.DateTimeField(editable=False)),
            ],
            options={
                "verbose_name": "press or social entry",
                "verbose_name_plural": "press and social entries",
                "ordering": ["-appeared_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(kind__in=[key for key, _ in KINDS]), name="mention_kind_is_known"
                    ),
                ],
            },
        ),
    ]
