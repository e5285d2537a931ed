from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery

from meetings.models import AttendanceEvent
from stipends.enums import CLAIM_DECIDED, CLAIM_OVER, CLAIM_WAITING, PAYMENT_DUE_DAYS, ClaimState

if TYPE_CHECKING:
    from datetime import date, datetime

    from members.models import Member


class StipendPolicyQuerySet(models.QuerySet[Any]):
    def in_force(self, on: date) -> StipendPolicyQuerySet:
        return self.filter(Q(starts_on__lte=on) & (Q(ends_on__isnull=True) | Q(ends_on__gt=on))).order_by("-starts_on")


class EnrollmentQuerySet(models.QuerySet[Any]):
    def standing(self) -> EnrollmentQuerySet:
        return self.filter(left_at__isnull=True)

    def wanting_help(self) -> EnrollmentQuerySet:
        """Standing, without a supplier number, and the person asked for help to get one."""
        return self.standing().filter(wants_help=True, supplier_number="")


class ClaimQuerySet(models.QuerySet[Any]):
    def visible_to(self, member: Member) -> ClaimQuerySet:
        """A person sees their own claims and nobody else's."""
        return self.filter(member=member)

    def standing(self) -> ClaimQuerySet:
        """All but the denied, withdrawn and reversed."""
        return self.exclude(state__in=list(CLAIM_OVER))

    def open(self) -> ClaimQuerySet:
        """Neither paid nor ended: something is still to be done, by us or by the person."""
        return self.standing().exclude(state=ClaimState.PAID)

    def with_supplier_number(self) -> ClaimQuerySet:
        """Annotate ``supplier_number``: the newest that the person gave, or None."""
        enrollments = self.model._meta.get_field("member").related_model._meta.get_field("enrollments").related_model
        newest = enrollments.objects.filter(member=OuterRef("member")).exclude(supplier_number="")
        return self.annotate(supplier_number=Subquery(newest.order_by("-attested_at").values("supplier_number")[:1]))

    def to_verify(self) -> ClaimQuerySet:
        return self.filter(state=ClaimState.SUBMITTED).order_by("submitted_at")

    def to_approve(self) -> ClaimQuerySet:
        return self.filter(state=ClaimState.VERIFIED).order_by("submitted_at")

    def to_review(self) -> ClaimQuerySet:
        """Denied, and the person asked that somebody else looks at it again."""
        return self.filter(state=ClaimState.DENIED, review_asked_at__isnull=False).order_by("review_asked_at")

    def corrected(self) -> ClaimQuerySet:
        """Decided, and staff corrected the attendance since: whether the decision still holds must be looked at."""
        events = self.model._meta.get_field("events").related_model
        decisions = Q(from_state=ClaimState.SUBMITTED, to_state=ClaimState.VERIFIED)
        decisions |= Q(from_state=ClaimState.VERIFIED, to_state=ClaimState.APPROVED) | Q(evidence__stands=True)
        decided = events.objects.filter(decisions, claim=OuterRef("pk")).order_by("-pk").values("at")[:1]
        steps = AttendanceEvent.objects.corrections().filter(member=OuterRef("member"), meeting=OuterRef("meeting"))
        since = self.filter(state__in=list(CLAIM_DECIDED)).annotate(decided_at=Subquery(decided))
        return since.filter(Exists(steps.filter(at__gt=OuterRef("decided_at"))))

    def to_look_at_again(self) -> ClaimQuerySet:
        """Corrected after they were sent to the payer or paid: nobody edits them, somebody says whether they stand."""
        sent = Q(state=ClaimState.BATCHED) & ~Q(batch__checksum="") | Q(state=ClaimState.PAID)
        return self.corrected().filter(sent).order_by("submitted_at")

    def to_batch(self) -> ClaimQuerySet:
        return self.filter(state=ClaimState.APPROVED).order_by("submitted_at")

    def to_pay(self) -> ClaimQuerySet:
        """Sent to the payer, not yet known to be paid."""
        return self.filter(state=ClaimState.BATCHED).exclude(batch__checksum="").order_by("submitted_at")

    def overdue(self, now: datetime) -> ClaimQuerySet:
        """Not paid thirty days after they were submitted (Minn. Stat. 16A.124)."""
        return self.waiting_since(now - timedelta(days=PAYMENT_DUE_DAYS))

    def waiting_since(self, moment: datetime) -> ClaimQuerySet:
        """Waiting for us, and handed in at this moment or before."""
        return self.filter(state__in=list(CLAIM_WAITING), submitted_at__lte=moment)
