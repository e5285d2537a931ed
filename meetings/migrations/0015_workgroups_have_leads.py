from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("meetings", "0014_accommodation_reply")]
    operations = [
        migrations.AddField(
            model_name="workgroupmembership",
            name="is_lead",
            field=models.BooleanField(default=False, verbose_name="lead"),
        ),
        migrations.AddField(
            model_name="workgroupmembership",
            name="shows_name",
            field=models.BooleanField(
                default=False, help_text="The person lets the leads of the workgroup see their name."
            ),
        ),
    ]
