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
        ("privacy", "0004_words_for_looks"),
        ("stipends", "0006_budgets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Thaw("stipends_claim", FROZEN),
        migrations.AlterModelOptions(
            name="claim",
            options={
                "ordering": ["-submitted_at", "-pk"],
                "permissions": [
                    ("verify_claim", "Can verify claims against their evidence"),
                    ("approve_claim", "Can approve verified claims"),
                    ("enter_claim", "Can enroll and claim for people who ask staff to"),
                ],
            },
        ),
        migrations.AddField(
            model_name="claim",
            name="attested_how",
            field=models.CharField(
                blank=True,
                choices=[("in_person", "In person"), ("paper", "On paper"), ("phone", "By phone")],
                max_length=9,
                verbose_name="word given",
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="entered_by",
            field=models.ForeignKey(
                help_text="Who of the staff took the person's word, last; empty where they gave it here themselves.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entered_claims",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="enrollment",
            name="attested_how",
            field=models.CharField(
                blank=True,
                choices=[("in_person", "In person"), ("paper", "On paper"), ("phone", "By phone")],
                max_length=9,
                verbose_name="word given",
            ),
        ),
        migrations.AddField(
            model_name="enrollment",
            name="entered_by",
            field=models.ForeignKey(
                help_text="Who of the staff took the person's word; empty where they gave it here themselves.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entered_enrollments",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("attested_how", ""), ("entered_by__isnull", True)),
                    models.Q(
                        ("attested_how__in", ["in_person", "paper", "phone"]),
                        ("entered_by__isnull", False),
                        models.Q(("entered_by", models.F("member")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="claim_for_another_says_how_they_attested",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("entered_by__isnull", True),
                    models.Q(
                        models.Q(
                            ("verified_by__isnull", True),
                            models.Q(("verified_by", models.F("entered_by")), _negated=True),
                            _connector="OR",
                        ),
                        models.Q(
                            ("approved_by__isnull", True),
                            models.Q(("approved_by", models.F("entered_by")), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="claim_not_decided_by_who_entered_it",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrollment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("attested_how", ""), ("entered_by__isnull", True)),
                    models.Q(
                        ("attested_how__in", ["in_person", "paper", "phone"]),
                        ("entered_by__isnull", False),
                        models.Q(("entered_by", models.F("member")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="enrollment_for_another_says_how_they_attested",
            ),
        ),
        AppendOnly("stipends_claim", FROZEN),
    ]
