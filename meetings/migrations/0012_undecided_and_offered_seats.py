from django.db import migrations, models

ANSWERS = [("in_person", "Yes, in person"), ("online", "Yes, online"), ("undecided", "I do not know yet"), ("no", "No")]


class Migration(migrations.Migration):
    dependencies = [("meetings", "0011_attendance_steps_are_kept")]
    operations = [
        migrations.RemoveConstraint(model_name="rsvp", name="rsvp_answer_is_known"),
        migrations.AddField(
            model_name="rsvp",
            name="offered_until",
            field=models.DateTimeField(
                blank=True,
                help_text="Set while a free seat is held for the person who waits: they answer by then.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="guestanswer", name="answer", field=models.CharField(choices=ANSWERS, max_length=10)
        ),
        migrations.AlterField(model_name="rsvp", name="answer", field=models.CharField(choices=ANSWERS, max_length=10)),
        migrations.AddConstraint(
            model_name="rsvp",
            constraint=models.CheckConstraint(
                condition=models.Q(answer__in=["in_person", "online", "undecided", "no"]), name="rsvp_answer_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="rsvp",
            constraint=models.CheckConstraint(
                condition=models.Q(offered_until__isnull=True) | models.Q(waiting_since__isnull=False),
                name="rsvp_seat_is_offered_to_who_waits",
            ),
        ),
        migrations.AddIndex(
            model_name="rsvp",
            index=models.Index(
                fields=["offered_until"], condition=models.Q(offered_until__isnull=False), name="rsvp_offers_open"
            ),
        ),
    ]
