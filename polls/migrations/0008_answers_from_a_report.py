import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from polls.late_answers import AnswersAtAnyTime, AnswersOnlyWhileOpen


class Migration(migrations.Migration):
    dependencies = [("meetings", "0018_poll_reports"), ("polls", "0007_the_room")]

    operations = [
        AnswersAtAnyTime(),
        migrations.AddField(
            model_name="poll",
            name="report",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="polls",
                to="meetings.toolreport",
            ),
        ),
        migrations.AddConstraint(
            model_name="poll",
            constraint=models.CheckConstraint(
                condition=Q(report__isnull=True)
                | Q(state__in=["closed", "published"], imported_submissions__isnull=True),
                name="poll_from_a_report_is_closed",
            ),
        ),
        AnswersOnlyWhileOpen(),
    ]
