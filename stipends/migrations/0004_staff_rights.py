from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stipends", "0003_separation_of_duties")]

    operations = [
        migrations.AlterModelOptions(
            name="claim",
            options={
                "ordering": ["-submitted_at", "-pk"],
                "permissions": [
                    ("verify_claim", "Can verify claims against their evidence"),
                    ("approve_claim", "Can approve verified claims"),
                ],
            },
        ),
        migrations.AlterModelOptions(
            name="paymentbatch",
            options={
                "ordering": ["-pk"],
                "permissions": [("manage_batches", "Can open, close, export and settle payment batches")],
                "verbose_name_plural": "payment batches",
            },
        ),
    ]
