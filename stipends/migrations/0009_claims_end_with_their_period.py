from django.db import migrations

from privacy.append_only import Disposable


class Migration(migrations.Migration):
    dependencies = [("stipends", "0008_batches_as_workbooks"), ("privacy", "0009_holds_and_disposals_are_kept")]
    operations = [
        Disposable("stipends_claim"),
        Disposable("stipends_claimevent"),
        Disposable("stipends_paymentbatch"),
    ]
