import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("meetings", "0006_notice_beside_the_form"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwedChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(help_text="The first edit that is not told yet.")),
                (
                    "due_at",
                    models.DateTimeField(
                        help_text="When the editing has come to rest, or has gone on for long enough."
                    ),
                ),
                ("join_url", models.URLField(blank=True, help_text="As it was before: the public log never holds it.")),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="meeting",
            name="meeting_once_per_series_and_time",
        ),
        migrations.AddField(
            model_name="agendaitem",
            name="carried_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="agendaitem",
            name="carried_to",
            field=models.OneToOneField(
                blank=True,
                editable=False,
                help_text="The item of a later meeting that goes on with it; this one stays and says so.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="carried_from",
                to="meetings.agendaitem",
            ),
        ),
        migrations.AddField(
            model_name="material",
            name="item",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: for the whole meeting.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="papers",
                to="meetings.agendaitem",
                verbose_name="for the agenda item",
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="agenda_public_on",
            field=models.DateField(
                blank=True,
                help_text="Empty: a week before the meeting. Until then it is a draft.",
                null=True,
                verbose_name="agenda public on",
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="number",
            field=models.PositiveSmallIntegerField(
                editable=False, help_text="Which one of its series, from 1.", null=True
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="planned_start",
            field=models.DateTimeField(
                editable=False,
                help_text="The start that the rule of its series gave it, wherever it was moved.",
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "cancelled"), _negated=True),
                fields=("series", "starts_at"),
                name="meeting_once_per_series_and_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.UniqueConstraint(fields=("series", "number"), name="meeting_number_once_in_series"),
        ),
        migrations.AddField(
            model_name="owedchange",
            name="meeting",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="owed_change", to="meetings.meeting"
            ),
        ),
        migrations.AddIndex(
            model_name="owedchange",
            index=models.Index(fields=["due_at"], name="owed_change_by_due_time"),
        ),
    ]
