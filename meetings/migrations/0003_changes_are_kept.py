from django.db import migrations

from privacy.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("meetings", "0002_initial"), ("privacy", "0002_records_are_kept")]
    operations = [AppendOnly("meetings_changelogentry")]
