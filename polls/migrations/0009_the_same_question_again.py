import django.db.models.deletion
from django.db import migrations, models

from polls.late_answers import AnswersAtAnyTime, AnswersOnlyWhileOpen


class Migration(migrations.Migration):
    dependencies = [("polls", "0008_answers_from_a_report")]

    operations = [
        migrations.AddField(
            model_name="savedquestion",
            name="at_every_meeting",
            field=models.BooleanField(
                default=False,
                help_text="The portal prepares it, as it does the category poll; whoever runs the meeting opens it when it is time.",
                verbose_name="stands ready at every meeting",
            ),
        ),
        AnswersAtAnyTime(),
        migrations.AddField(
            model_name="poll",
            name="saved",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="polls",
                to="polls.savedquestion",
            ),
        ),
        AnswersOnlyWhileOpen(),
    ]
