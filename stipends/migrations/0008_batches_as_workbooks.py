from django.db import migrations, models

from privacy.append_only import AppendOnly, Thaw

FROZEN_BEFORE = (
    "OLD.checksum <> '' AND (NEW.export <> OLD.export OR NEW.checksum <> OLD.checksum OR NEW.payer <> OLD.payer"
    " OR NEW.closed_by_id <> OLD.closed_by_id OR NEW.closed_at <> OLD.closed_at OR NEW.state = 'open')"
)
FROZEN = FROZEN_BEFORE.replace(
    "NEW.payer", "NEW.sheet <> OLD.sheet OR NEW.sheet_checksum <> OLD.sheet_checksum OR NEW.payer"
)


class Migration(migrations.Migration):
    dependencies = [("stipends", "0007_claims_on_behalf")]

    operations = [
        Thaw("stipends_paymentbatch", FROZEN_BEFORE),
        migrations.AddField(
            model_name="paymentbatch",
            name="sheet",
            field=models.BinaryField(default=b"", editable=False, help_text="The export as an Excel workbook."),
        ),
        migrations.AddField(
            model_name="paymentbatch",
            name="sheet_checksum",
            field=models.CharField(
                blank=True, default="", editable=False, help_text="SHA-256 of the workbook.", max_length=64
            ),
            preserve_default=False,
        ),
        AppendOnly("stipends_paymentbatch", FROZEN),
    ]
