from django.db import migrations

from privacy.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("stipends", "0001_initial"), ("privacy", "0002_records_are_kept")]
    operations = [
        AppendOnly("stipends_claimevent"),
        AppendOnly("stipends_claim", "OLD.state = 'paid' AND NEW.state <> 'reversed' OR OLD.state = 'reversed'"),
        AppendOnly(
            "stipends_paymentbatch", "OLD.checksum <> '' AND (NEW.export <> OLD.export OR NEW.checksum <> OLD.checksum)"
        ),
    ]
