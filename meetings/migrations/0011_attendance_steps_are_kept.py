from django.db import migrations

from privacy.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("meetings", "0010_steps_of_earlier_attendance"), ("privacy", "0013_what_became_of_a_request")]
    operations = [AppendOnly("meetings_attendanceevent")]
