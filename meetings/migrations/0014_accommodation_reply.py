from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("meetings", "0013_guests_who_call")]
    operations = [
        migrations.AddField(
            model_name="accommodation",
            name="reply",
            field=models.CharField(
                blank=True,
                help_text="What the person said to it: why it is not enough, what they need instead.",
                max_length=500,
            ),
        ),
        migrations.AlterField(model_name="accommodation", name="need", field=models.CharField(max_length=1001)),
    ]
