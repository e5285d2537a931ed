"""What consent covers, and by when a request must be answered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from privacy.business_days import add_business_days
from privacy.enums import RequestKind
from privacy.models import Consent

if TYPE_CHECKING:
    from members.models import Member

# Minn. Stat. 13.04, subd. 3 (access: ten business days) and subd. 4 (accuracy: thirty days).
ACCESS_BUSINESS_DAYS = 10
ACCURACY_DAYS = 30


def has_consented(member: Member, *, key: str) -> bool:
    """Whether the person agreed to the notice now in force for this purpose, and has not withdrawn."""
    return Consent.objects.current(key).filter(member=member).exists()


def due_on(kind: str, asked_on: date) -> date:
    """The last day on which the law lets a request of this kind be answered."""
    if kind == RequestKind.ACCURACY:
        return asked_on + timedelta(days=ACCURACY_DAYS)
    return add_business_days(asked_on, ACCESS_BUSINESS_DAYS)
