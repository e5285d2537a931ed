"""What consent covers, and by when a request must be answered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from cop_portal.errors import Refused
from privacy.business_days import add_business_days
from privacy.enums import Language, NoticeKey, RequestKind
from privacy.models import Consent, ConsentNotice

if TYPE_CHECKING:
    from members.models import Member

# Minn. Stat. 13.04, subd. 3 (access: ten business days) and subd. 4 (accuracy: thirty days).
ACCESS_BUSINESS_DAYS = 10
ACCURACY_DAYS = 30


def has_consented(member: Member, *, key: str) -> bool:
    """Whether the person agreed to the notice now in force for this purpose, and has not withdrawn."""
    return Consent.objects.current(key).filter(member=member).exists()


def lacks_consent(member: Member, *, key: str) -> bool:
    """Whether nothing more may be kept for this purpose: the person is asked for an agreement that they have not given.

    Staff and facilitators hold their accounts by their work and are asked about membership only where they once
    agreed; nobody's stipend data is kept without a consent of their own.
    """
    if key == NoticeKey.STIPEND:
        return not has_consented(member, key=key)
    return ConsentNotice.objects.unanswered_by(member).filter(key=key).exists()


def refusal_to_publish(notice: ConsentNotice) -> Refused | None:
    """Why this text cannot be put in force, or None."""
    if notice.published_at is not None:
        return Refused("This version is published already.", code="published_already")
    if not all(text.strip() for _, text in notice.parts):
        return Refused("All six parts must be filled in before it is published.", code="part_missing")
    published = ConsentNotice.objects.published().filter(key=notice.key)
    if published.filter(version__gt=notice.version).exists():
        return Refused("A later version is in force already. Write the next version.", code="older_version")
    if notice.version > 1 and not notice.changes.strip():
        return Refused("Say what changed since the version before: people read it.", code="changes_missing")
    if not notice.is_original and not published.filter(version=notice.version, language=Language.ENGLISH).exists():
        return Refused("Publish the English text of this version first: it governs.", code="english_first")
    return None


def due_on(kind: str, asked_on: date) -> date:
    """The last day on which the law lets a request of this kind be answered."""
    if kind == RequestKind.ACCURACY:
        return asked_on + timedelta(days=ACCURACY_DAYS)
    return add_business_days(asked_on, ACCESS_BUSINESS_DAYS)
