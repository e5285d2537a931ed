from django.db import migrations, models

AS_SHIPPED = "Individual who has used SUD treatment services"


def mark(apps, schema_editor):
    """The row that the portal ships with; other communities mark theirs in the staff's room."""
    apps.get_model("members", "ParticipantCategory").objects.filter(label=AS_SHIPPED).update(is_lived_experience=True)


class Migration(migrations.Migration):
    dependencies = [("members", "0012_help_is_offered")]

    operations = [
        migrations.AddField(
            model_name="participantcategory",
            name="is_lived_experience",
            field=models.BooleanField(
                default=False,
                help_text="People who choose it speak from what they lived through. Reports then say at which meetings "
                "enough of them were present.",
                verbose_name="lived experience",
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop, elidable=True),
    ]
