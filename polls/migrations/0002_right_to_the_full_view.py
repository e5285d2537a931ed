from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("polls", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="poll",
            options={
                "ordering": ["pk"],
                "permissions": [
                    ("view_full_representation", "Can read representation tables without hidden cells"),
                ],
            },
        ),
    ]
