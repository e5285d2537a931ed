import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("meetings", "0004_guest_answers_and_calendar_feeds"),
        ("members", "0012_help_is_offered"),
    ]

    operations = [
        # The table is the one that Django made for the field; it is only named from now on.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="WorkgroupMembership",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "workgroup",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="meetings.workgroup"),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="workgroup_memberships",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={"db_table": "meetings_workgroup_members", "unique_together": {("workgroup", "member")}},
                ),
                migrations.AlterField(
                    model_name="workgroup",
                    name="members",
                    field=models.ManyToManyField(
                        blank=True,
                        related_name="workgroups",
                        through="meetings.WorkgroupMembership",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="workgroupmembership",
            name="joined_on",
            field=models.DateField(
                blank=True, help_text="Empty: before this was kept.", null=True, verbose_name="joined"
            ),
        ),
        migrations.AddField(
            model_name="workgroup",
            name="interests",
            field=models.ManyToManyField(
                blank=True,
                help_text="Whoever chose one of these fields of interest finds the workgroup first.",
                related_name="workgroups",
                to="members.interest",
            ),
        ),
    ]
