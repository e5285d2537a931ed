import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy.append_only import AppendOnly, Thaw

FROZEN = (
    "OLD.state = 'reversed'"
    " OR OLD.state = 'paid' AND (NEW.state <> 'reversed' OR NEW.paid_on <> OLD.paid_on"
    " OR NEW.payment_reference <> OLD.payment_reference OR NEW.batch_id <> OLD.batch_id"
    " OR NEW.verified_by_id <> OLD.verified_by_id OR NEW.approved_by_id <> OLD.approved_by_id)"
    " OR OLD.state <> 'returned' AND NEW.amount <> OLD.amount"
    " OR NEW.member_id <> OLD.member_id OR NEW.meeting_id <> OLD.meeting_id OR NEW.meeting_on <> OLD.meeting_on"
    " OR NEW.policy_id <> OLD.policy_id OR NEW.cap <> OLD.cap OR NEW.once_per <> OLD.once_per"
)


class Migration(migrations.Migration):
    dependencies = [
        ("meetings", "0004_guest_answers_and_calendar_feeds"),
        ("stipends", "0009_claims_end_with_their_period"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Thaw("stipends_claim", FROZEN),
        migrations.AddField(
            model_name="claim",
            name="denied_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="denied_claims",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="review_asked_at",
            field=models.DateTimeField(help_text="Since when a denial waits for somebody else to look.", null=True),
        ),
        migrations.AddField(
            model_name="claim",
            name="reviewed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reviewed_claims",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(("review_asked_at__isnull", True), ("state", "denied"), _connector="OR"),
                name="claim_review_is_of_a_denial",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewed_by__isnull", True),
                    models.Q(
                        ("denied_by__isnull", False),
                        models.Q(("reviewed_by", models.F("denied_by")), _negated=True),
                        models.Q(("reviewed_by", models.F("member")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="claim_reviewed_by_a_second_person",
            ),
        ),
        AppendOnly("stipends_claim", FROZEN),
    ]
