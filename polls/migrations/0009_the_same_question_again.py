import django.db.models.deletion
from django.db import migrations, models

from polls.late_answers import AnswersAtAnyTime, AnswersOnlyWhileOpen


def link_by_words(apps, schema_editor):
    """Polls that were prepared from a saved question before this kept the question's words."""
    polls = apps.get_model("polls", "Poll")
    for saved in apps.get_model("polls", "SavedQuestion").objects.all():
        polls.objects.filter(question=saved.question, kind=saved.kind, report=None).update(saved=saved)


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
        migrations.RunPython(link_by_words, migrations.RunPython.noop),
    ]
