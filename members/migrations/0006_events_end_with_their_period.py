from django.db import migrations

from privacy.append_only import Disposable


class Migration(migrations.Migration):
    dependencies = [("members", "0005_levels_never_overlap")]
    operations = [Disposable("members_memberevent")]
