import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from privacy.append_only import AppendOnly

FROZEN_BEFORE = "OLD.state = 'paid' AND NEW.state <> 'reversed' OR OLD.state = 'reversed'"
# The amount moves only while the person answers a question; who and what for never do; a paid claim is only reversed.
FROZEN = (
    "OLD.state = 'reversed'"
    " OR OLD.state = 'paid' AND (NEW.state <> 'reversed' OR NEW.paid_on <> OLD.paid_on"
    " OR NEW.payment_reference <> OLD.payment_reference OR NEW.batch_id <> OLD.batch_id"
    " OR NEW.verified_by_id <> OLD.verified_by_id OR NEW.approved_by_id <> OLD.approved_by_id)"
    " OR OLD.state <> 'returned' AND NEW.amount <> OLD.amount"
    " OR NEW.member_id <> OLD.member_id OR NEW.meeting_id <> OLD.meeting_id OR NEW.meeting_on <> OLD.meeting_on"
    " OR NEW.policy_id <> OLD.policy_id OR NEW.cap <> OLD.cap OR NEW.once_per <> OLD.once_per"
)
BATCH_FROZEN_BEFORE = "OLD.checksum <> '' AND (NEW.export <> OLD.export OR NEW.checksum <> OLD.checksum)"
BATCH_FROZEN = (
    "OLD.checksum <> '' AND (NEW.export <> OLD.export OR NEW.checksum <> OLD.checksum OR NEW.payer <> OLD.payer"
    " OR NEW.closed_by_id <> OLD.closed_by_id OR NEW.closed_at <> OLD.closed_at OR NEW.state = 'open')"
)


class Thaw(AppendOnly):
    """The reverse: take the trigger away (SQLite would lose it silently when it rebuilds the table)."""

    database_forwards = AppendOnly.database_backwards
    database_backwards = AppendOnly.database_forwards


class Migration(migrations.Migration):
    dependencies = [
        ("meetings", "0001_initial"),
        ("stipends", "0002_claims_are_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Thaw("stipends_claim", FROZEN_BEFORE),
        Thaw("stipends_paymentbatch", BATCH_FROZEN_BEFORE),
        migrations.AddField(
            model_name="claim",
            name="attendance_confirmed_by",
            field=models.ForeignKey(
                help_text="Who of the staff saw the person at the meeting; kept here so that the database can tell them apart.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="claims_resting_on",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="exported_by",
            field=models.ForeignKey(
                help_text="Who closed the batch it is in.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exported_claims",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(condition=models.Q(("state", "paid")), fields=["paid_on"], name="claim_paid_by_day"),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    models.Q(
                        ("attendance_confirmed_by__isnull", False),
                        models.Q(("approved_by", models.F("attendance_confirmed_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="claim_not_approved_by_who_confirmed_attendance",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("exported_by__isnull", True),
                    models.Q(
                        models.Q(("exported_by", models.F("member")), _negated=True),
                        models.Q(("exported_by", models.F("approved_by")), _negated=True),
                        ("batch__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="claim_not_exported_by_payee_or_approver",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["paid", "reversed"]), _negated=True),
                    ("exported_by__isnull", False),
                    _connector="OR",
                ),
                name="claim_paid_was_exported",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "submitted",
                            "verified",
                            "approved",
                            "batched",
                            "paid",
                            "returned",
                            "denied",
                            "withdrawn",
                            "reversed",
                        ],
                    )
                ),
                name="claim_state_is_known",
            ),
        ),
        AppendOnly("stipends_claim", FROZEN),
        AppendOnly("stipends_paymentbatch", BATCH_FROZEN),
    ]
