from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from stipends.enums import CLAIM_OVER, ClaimState

if TYPE_CHECKING:
    from datetime import date

    from members.models import Member


class StipendPolicyQuerySet(models.QuerySet[Any]):
    def in_force(self, on: date) -> StipendPolicyQuerySet:
        return self.filter(Q(starts_on__lte=on) & (Q(ends_on__isnull=True) | Q(ends_on__gt=on))).order_by("-starts_on")


class EnrollmentQuerySet(models.QuerySet[Any]):
    def standing(self) -> EnrollmentQuerySet:
        return self.filter(left_at__isnull=True)


class ClaimQuerySet(models.QuerySet[Any]):
    def visible_to(self, member: Member) -> ClaimQuerySet:
        """A person sees their own claims and nobody else's."""
        return self.filter(member=member)

    def standing(self) -> ClaimQuerySet:
        """All but the denied, withdrawn and reversed."""
        return self.exclude(state__in=list(CLAIM_OVER))

    def to_verify(self) -> ClaimQuerySet:
        return self.filter(state=ClaimState.SUBMITTED).order_by("submitted_at")

    def to_approve(self) -> ClaimQuerySet:
        return self.filter(state=ClaimState.VERIFIED).order_by("submitted_at")

    def to_batch(self) -> ClaimQuerySet:
        return self.filter(state=ClaimState.APPROVED).order_by("submitted_at")
