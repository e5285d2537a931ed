from django.db import migrations

from privacy.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("polls", "0002_right_to_the_full_view"), ("privacy", "0001_initial")]

    operations = [AppendOnly("polls_pollevent")]
