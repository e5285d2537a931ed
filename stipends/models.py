"""Stipends for people with lived experience: what was claimed, who decided, what was paid."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from members.enums import Asked
from stipends.enums import CLAIM_OVER, CLAIM_WITHDRAWABLE, CLAIM_WORDS, BatchState, ClaimState, Payer, Per
from stipends.querysets import ClaimQuerySet, EnrollmentQuerySet, StipendPolicyQuerySet

standing = ~Q(state__in=sorted(CLAIM_OVER))


class StipendPolicy(models.Model):
    """The rule in force during a span of days. A change is a new row: past claims keep the rule they were made under."""

    starts_on = models.DateField("valid from", unique=True)
    ends_on = models.DateField("valid until", null=True, blank=True, help_text="The first day it no longer applies.")
    cap = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal("55.00"), help_text="Dollars.")
    per = models.CharField(max_length=7, choices=Per, default=Per.DATE)
    minimum_minutes = models.PositiveSmallIntegerField(default=60, help_text="Minutes present that count as attended.")
    claim_days = models.PositiveSmallIntegerField(default=60, help_text="Days after the meeting to claim.")
    yearly_cap = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Dollars that one person can claim for the meetings of one fiscal year (July to June). Empty: no such cap.",
    )
    funding = models.CharField("funding string", max_length=60, blank=True)

    objects = StipendPolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "stipend policies"
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(condition=Q(cap__gt=0), name="policy_cap_is_money"),
            models.CheckConstraint(
                condition=Q(yearly_cap__isnull=True) | Q(yearly_cap__gt=0), name="policy_yearly_cap_is_money"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")), name="policy_ends_after_it_starts"
            ),
            models.UniqueConstraint(
                models.Value(1), condition=Q(ends_on__isnull=True), name="policy_one_without_an_end"
            ),
        ]

    def __str__(self) -> str:
        return f"Policy from {self.starts_on}"


class Enrollment(models.Model):
    """A person's own yes to having lived experience, with its own consent. No diagnosis, substance, place or date."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enrollments")
    consent = models.ForeignKey("privacy.Consent", on_delete=models.PROTECT, related_name="enrollments")
    attested_at = models.DateTimeField()
    supplier_number = models.CharField(max_length=20, blank=True, help_text="From the state's supplier system.")
    wants_help = models.BooleanField("needs help registering as a supplier", default=False)
    left_at = models.DateTimeField(null=True, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="entered_enrollments",
        help_text="Who of the staff took the person's word; empty where they gave it here themselves.",
    )
    attested_how = models.CharField("word given", max_length=9, choices=Asked, blank=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        ordering = ["-attested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(left_at__isnull=True), name="enrollment_one_per_member"
            ),
            models.CheckConstraint(
                condition=Q(entered_by__isnull=True, attested_how="")
                | Q(entered_by__isnull=False, attested_how__in=Asked.values) & ~Q(entered_by=F("member")),
                name="enrollment_for_another_says_how_they_attested",
            ),
        ]

    def __str__(self) -> str:
        return f"Enrollment {self.pk}"


class Decline(models.Model):
    """The person does not want to be offered a stipend: for one meeting, or (without a meeting) until they say so."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="declines")
    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, null=True, related_name="declines")
    declined_at = models.DateTimeField()

    class Meta:
        ordering = ["-declined_at"]
        constraints = [
            models.UniqueConstraint(fields=["member", "meeting"], name="decline_one_per_meeting"),
            models.UniqueConstraint(fields=["member"], condition=Q(meeting__isnull=True), name="decline_once_for_good"),
        ]

    def __str__(self) -> str:
        return f"Decline {self.pk}"


class PaymentBatch(models.Model):
    """Approved claims that go to the payer together. Closing freezes it: the export is the same bytes every time."""

    state = models.CharField(max_length=6, choices=BatchState, default=BatchState.OPEN, editable=False)
    payer = models.CharField(max_length=10, choices=Payer, default=Payer.AGENCY)
    note = models.CharField(max_length=200, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="opened_batches", editable=False
    )
    opened_at = models.DateTimeField(editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="closed_batches", editable=False
    )
    closed_at = models.DateTimeField(null=True, editable=False)
    export = models.TextField(blank=True, editable=False)
    checksum = models.CharField(max_length=64, blank=True, editable=False, help_text="SHA-256 of the export.")
    sheet = models.BinaryField(default=b"", editable=False, help_text="The export as an Excel workbook.")
    sheet_checksum = models.CharField(max_length=64, blank=True, editable=False, help_text="SHA-256 of the workbook.")

    class Meta:
        verbose_name_plural = "payment batches"
        ordering = ["-pk"]
        permissions = [("manage_batches", "Can open, close, export and settle payment batches")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", checksum="")
                | ~Q(state="open") & ~Q(checksum="") & Q(closed_by__isnull=False),
                name="batch_closed_has_its_export",
            ),
        ]

    def __str__(self) -> str:
        return f"Batch {self.pk}"


class Claim(models.Model):
    """One person's claim for one meeting. Whoever verifies, approves and receives are three people."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="claims")
    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.PROTECT, related_name="claims")
    meeting_on = models.DateField(help_text="The meeting's date in its own zone.")
    policy = models.ForeignKey(StipendPolicy, on_delete=models.PROTECT, related_name="claims")
    once_per = models.CharField(max_length=7, choices=Per, help_text="The policy's rule when the claim was made.")
    cap = models.DecimalField(max_digits=6, decimal_places=2)
    amount = models.DecimalField(max_digits=6, decimal_places=2, help_text="Dollars.")
    state = models.CharField(max_length=9, choices=ClaimState, default=ClaimState.SUBMITTED)
    attested_at = models.DateTimeField(help_text="When the person said that nobody else pays them for this meeting.")
    submitted_at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was returned, denied or reversed.")
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="verified_claims"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="approved_claims"
    )
    attendance_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="claims_resting_on",
        help_text="Who of the staff saw the person at the meeting; kept here so that the database can tell them apart.",
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="entered_claims",
        help_text="Who of the staff took the person's word, last; empty where they gave it here themselves.",
    )
    attested_how = models.CharField("word given", max_length=9, choices=Asked, blank=True)
    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, null=True, related_name="claims")
    exported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="exported_claims",
        help_text="Who closed the batch it is in.",
    )
    paid_on = models.DateField(null=True)
    payment_reference = models.CharField(max_length=40, blank=True)
    denied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="denied_claims"
    )
    review_asked_at = models.DateTimeField(null=True, help_text="Since when a denial waits for somebody else to look.")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="reviewed_claims"
    )

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["member", "meeting"], condition=standing, name="claim_one_per_meeting"),
            models.UniqueConstraint(
                fields=["member", "meeting_on"], condition=standing & Q(once_per="date"), name="claim_one_per_date"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0) & Q(amount__lte=F("cap")), name="claim_amount_within_the_cap"
            ),
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True) | ~Q(verified_by=F("member")), name="claim_not_verified_by_payee"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (~Q(approved_by=F("member")) & ~Q(approved_by=F("verified_by")) & Q(verified_by__isnull=False)),
                name="claim_approved_by_a_third_person",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "batched", "paid", "reversed"]) | Q(approved_by__isnull=False),
                name="claim_not_paid_unapproved",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["batched", "paid", "reversed"]) | Q(batch__isnull=False),
                name="claim_paid_in_a_batch",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["paid", "reversed"]) | (Q(paid_on__isnull=False) & ~Q(payment_reference="")),
                name="claim_paid_says_when_and_by_which_payment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["returned", "denied", "reversed"]) | ~Q(reason=""),
                name="claim_refused_says_why",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | Q(attendance_confirmed_by__isnull=False) & ~Q(approved_by=F("attendance_confirmed_by")),
                name="claim_not_approved_by_who_confirmed_attendance",
            ),
            models.CheckConstraint(
                condition=Q(exported_by__isnull=True)
                | (~Q(exported_by=F("member")) & ~Q(exported_by=F("approved_by")) & Q(batch__isnull=False)),
                name="claim_not_exported_by_payee_or_approver",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["paid", "reversed"]) | Q(exported_by__isnull=False),
                name="claim_paid_was_exported",
            ),
            models.CheckConstraint(
                condition=Q(entered_by__isnull=True, attested_how="")
                | Q(entered_by__isnull=False, attested_how__in=Asked.values) & ~Q(entered_by=F("member")),
                name="claim_for_another_says_how_they_attested",
            ),
            models.CheckConstraint(
                condition=Q(entered_by__isnull=True)
                | (Q(verified_by__isnull=True) | ~Q(verified_by=F("entered_by")))
                & (Q(approved_by__isnull=True) | ~Q(approved_by=F("entered_by"))),
                name="claim_not_decided_by_who_entered_it",
            ),
            models.CheckConstraint(condition=Q(state__in=ClaimState.values), name="claim_state_is_known"),
            models.CheckConstraint(
                condition=Q(review_asked_at__isnull=True) | Q(state="denied"), name="claim_review_is_of_a_denial"
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True)
                | Q(denied_by__isnull=False) & ~Q(reviewed_by=F("denied_by")) & ~Q(reviewed_by=F("member")),
                name="claim_reviewed_by_a_second_person",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "submitted_at"], name="claim_queue"),
            models.Index(fields=["-submitted_at", "-id"], name="claim_newest"),
            models.Index(fields=["paid_on"], condition=Q(state="paid"), name="claim_paid_by_day"),
        ]
        permissions = [
            ("verify_claim", "Can verify claims against their evidence"),
            ("approve_claim", "Can approve verified claims"),
            ("enter_claim", "Can enroll and claim for people who ask staff to"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What the payer and the person quote: it says nothing about either."""
        return f"C-{self.pk:06d}"

    @property
    def next_step(self) -> str:
        return CLAIM_WORDS[ClaimState(self.state)]

    @property
    def can_be_withdrawn(self) -> bool:
        return self.state in CLAIM_WITHDRAWABLE

    @property
    def is_returned(self) -> bool:
        return self.state == ClaimState.RETURNED

    @property
    def tag(self) -> str:
        """The colour of its label: done, waiting for the person, over; empty while it is on its way."""
        tags = {
            ClaimState.PAID: "tag-ok",
            ClaimState.RETURNED: "tag-warn",
            ClaimState.DENIED: "tag-stop",
            ClaimState.REVERSED: "tag-stop",
        }
        return tags.get(ClaimState(self.state), "")


class ClaimEvent(models.Model):
    """One step of a claim, with the evidence it rested on. Append-only; each row's hash covers the one before it."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="events")
    from_state = models.CharField(max_length=9, choices=ClaimState, blank=True)
    to_state = models.CharField(max_length=9, choices=ClaimState)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="claim_events")
    reason = models.CharField(max_length=500, blank=True)
    evidence = models.JSONField(default=dict)
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_to_state_display()} at {self.at:%Y-%m-%d %H:%M}"


class TaxThreshold(models.Model):
    """From which total of payments in a calendar year the payer reports them (26 U.S.C. 6041 as amended in 2025)."""

    year = models.PositiveSmallIntegerField("from year", unique=True)
    amount = models.DecimalField(max_digits=8, decimal_places=2)
    warn_at = models.PositiveSmallIntegerField(
        "warn from", default=80, help_text="Percent of the amount from which a person's total is “approaching” it."
    )

    class Meta:
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(condition=Q(warn_at__gte=1, warn_at__lte=100), name="threshold_warns_before_it"),
        ]

    def __str__(self) -> str:
        return f"{self.year}: ${self.amount}"


class Budget(models.Model):
    """What may be spent on stipends for the meetings of one fiscal year. A change is a new row; the newest counts."""

    year = models.PositiveSmallIntegerField("fiscal year", help_text="July to June, by the year in which it ends.")
    amount = models.DecimalField(max_digits=10, decimal_places=2, help_text="Dollars.")
    decided_on = models.DateField(default=timezone.localdate)
    note = models.CharField(max_length=200, blank=True, help_text="Who decided it, and where that is written.")

    class Meta:
        ordering = ["-year", "-decided_on"]
        constraints = [
            models.UniqueConstraint(fields=["year", "decided_on"], name="budget_one_decision_a_day"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="budget_is_money"),
        ]

    def __str__(self) -> str:
        return f"Fiscal year {self.year}, decided {self.decided_on}"
