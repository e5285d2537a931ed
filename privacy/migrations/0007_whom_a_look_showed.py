import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy.append_only import AppendOnly, Thaw


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0006_consents_are_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Thaw("privacy_sensitiveview"),
        migrations.AddField(
            model_name="sensitiveview",
            name="group",
            field=models.CharField(
                blank=True,
                default="",
                help_text="The viewer's groups at that time: what the person is told.",
                max_length=120,
                verbose_name="staff group",
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="sensitiveview",
            name="subject",
            field=models.ForeignKey(
                help_text="Empty where one look showed many people: see whom in the list of those shown.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="views_of_me",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.CreateModel(
            name="ShownPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "look",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="people",
                        to="privacy.sensitiveview",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shown_in",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "person shown in a list",
                "verbose_name_plural": "people shown in lists",
                "indexes": [models.Index(fields=["member", "look"], name="shown_person_by_member")],
                "constraints": [models.UniqueConstraint(fields=("look", "member"), name="shown_person_once_per_look")],
            },
        ),
        migrations.AddIndex(
            model_name="sensitiveview",
            index=models.Index(fields=["viewer", "-seen_at"], name="sensitive_view_by_viewer"),
        ),
        migrations.AddIndex(
            model_name="sensitiveview",
            index=models.Index(fields=["what", "-seen_at"], name="sensitive_view_by_what"),
        ),
        AppendOnly("privacy_sensitiveview"),
        AppendOnly("privacy_shownperson"),
    ]
