import django.db.models.deletion
from django.db import migrations, models

from polls.late_answers import AnswersAtAnyTime, AnswersOnlyWhileOpen


class Migration(migrations.Migration):
    dependencies = [("meetings", "0018_poll_reports"), ("polls", "0009_the_same_question_again")]

    operations = [
        AnswersAtAnyTime(),
        migrations.AddField(
            model_name="poll",
            name="item",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="meetings.agendaitem",
            ),
        ),
        AnswersOnlyWhileOpen(),
    ]
