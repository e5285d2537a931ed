from django.db import migrations

from polls.late_answers import AnswersOnlyWhileOpen


class Migration(migrations.Migration):
    dependencies = [("polls", "0005_other_saved_and_portals_own")]

    operations = [AnswersOnlyWhileOpen()]
