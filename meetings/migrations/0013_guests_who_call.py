import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("meetings", "0012_undecided_and_offered_seats")]
    operations = [
        migrations.RemoveConstraint(model_name="rsvp", name="rsvp_is_a_members_or_a_guests"),
        migrations.AddField(
            model_name="rsvp",
            name="guest_phone",
            field=models.CharField(blank=True, help_text="Of a guest whom staff entered on a call.", max_length=40),
        ),
        migrations.AddField(
            model_name="rsvp",
            name="to_tell",
            field=models.CharField(
                blank=True, help_text="What a guest without an address is still to be told, by phone.", max_length=200
            ),
        ),
        migrations.AddConstraint(
            model_name="rsvp",
            constraint=models.CheckConstraint(
                condition=models.Q(member__isnull=False, guest_email="", guest_phone="")
                | models.Q(member__isnull=True) & (models.Q(guest_email__gt="") | models.Q(guest_name__gt="")),
                name="rsvp_is_a_members_or_a_guests",
            ),
        ),
        migrations.AddConstraint(
            model_name="rsvp",
            constraint=models.UniqueConstraint(
                models.F("meeting"),
                django.db.models.functions.text.Lower("guest_name"),
                models.F("guest_phone"),
                condition=models.Q(member__isnull=True, guest_email=""),
                name="rsvp_one_per_caller",
            ),
        ),
        migrations.AddIndex(
            model_name="rsvp",
            index=models.Index(fields=["meeting"], condition=~models.Q(to_tell=""), name="rsvp_to_tell"),
        ),
    ]
