"""A person's own yes to having lived experience, and what belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from cop_portal.errors import Refused
from members.models import Member
from privacy.actions import give_consent, require_consent, withdraw_consent
from privacy.enums import NoticeKey
from privacy.models import Consent
from stipends.models import Decline, Enrollment
from stipends.rules import refusal_of_supplier_number, refusal_to_enroll
from stipends.steps import check_taker

if TYPE_CHECKING:
    from datetime import datetime

    from meetings.models import Meeting


@transaction.atomic
def enroll(
    member: Member,
    *,
    agreed: bool,
    notice_id: int | None = None,
    language: str = "en",
    wants_help: bool = False,
    supplier_number: str = "",
    by: Member | None = None,
    attested_how: str = "",
    now: datetime,
) -> Enrollment:
    """Keep the person's attestation with their consent to the stipend notice in force (``notice_id``: the one read).

    Asked only of those who could be paid (Minn. Stat. 13.05, subd. 3: no data without need). Enrolled twice gives
    the same row, now with consent to the notice in force. ``by``: staff, who read the notice to a person and took
    their word (``attested_how``). Refuses: ``not_agreed``, ``own_claim``, ``how_missing``, ``level``, ``facilitator``, ``supplier_number``, ``looks_like_ssn``, and what give_consent refuses.
    """
    if not agreed:
        raise Refused("You can only be enrolled with your own yes.", code="not_agreed")
    check_taker(member, by, attested_how)
    refusal = refusal_to_enroll(member, timezone.localdate(now))
    if refusal:
        raise refusal
    number = _checked(supplier_number)
    take_back_decline(member)
    member = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    consent = give_consent(member, key=NoticeKey.STIPEND, language=language, notice_id=notice_id, read_by=by, now=now)
    standing: Enrollment | None = Enrollment.objects.standing().filter(member=member).first()
    if standing:
        return standing
    try:
        with transaction.atomic():
            return Enrollment.objects.create(
                member=member,
                consent=consent,
                attested_at=now,
                supplier_number=number,
                wants_help=wants_help,
                entered_by=by,
                attested_how=attested_how if by else "",
            )
    except IntegrityError as error:  # pragma: no cover  # the row lock makes it rare; the constraint decides
        raise Refused("You are enrolled already.", code="enrolled") from error


@transaction.atomic
def leave_enrollment(member: Member, *, now: datetime) -> Enrollment:
    """End the enrollment and its consent from now on. Claims already made stand: they are records.

    Refuses: ``not_enrolled``.
    """
    enrollment = _standing(member)
    enrollment.left_at = now
    enrollment.save(update_fields=["left_at"])
    if Consent.objects.standing().filter(member=member, notice__key=NoticeKey.STIPEND).exists():
        withdraw_consent(member, key=NoticeKey.STIPEND, now=now)
    return enrollment


@transaction.atomic
def decline(member: Member, *, meeting: Meeting | None = None, now: datetime) -> None:
    """Offer this person no stipend any more, for this meeting or for good. Twice is once; nothing else changes."""
    Decline.objects.bulk_create([Decline(member=member, meeting=meeting, declined_at=now)], ignore_conflicts=True)


@transaction.atomic
def take_back_decline(member: Member, *, meeting: Meeting | None = None) -> None:
    """Offer it again. Where nothing was declined, nothing happens."""
    Decline.objects.filter(member=member, meeting=meeting).delete()


@transaction.atomic
def set_supplier_number(member: Member, *, supplier_number: str, wants_help: bool, remove: bool = False) -> Enrollment:
    """Keep the number that the state's supplier system gave the person. Empty leaves it; only ``remove`` takes it away.

    Refuses: ``not_enrolled``, ``supplier_number`` (not a number of that system), ``looks_like_ssn``,
    ``consent_missing`` (taking it away needs none).
    """
    number = _checked(supplier_number)
    enrollment = _standing(member)
    if not remove:
        require_consent(member, key=NoticeKey.STIPEND)
    if number or remove:
        enrollment.supplier_number = "" if remove else number
    enrollment.wants_help = wants_help
    enrollment.save(update_fields=["supplier_number", "wants_help"])
    return enrollment


@transaction.atomic
def mark_helped(enrollment: Enrollment) -> bool:
    """Somebody helped the person to register as a supplier: take the wish off the work list. False: done already."""
    return bool(Enrollment.objects.filter(pk=enrollment.pk, wants_help=True).update(wants_help=False))


def _checked(supplier_number: str) -> str:
    number = supplier_number.strip()
    refusal = refusal_of_supplier_number(number)
    if refusal:
        raise refusal
    return number


def _standing(member: Member) -> Enrollment:
    enrollment: Enrollment | None = Enrollment.objects.select_for_update().standing().filter(member=member).first()
    if enrollment is None:
        raise Refused("You are not enrolled for stipends.", code="not_enrolled")
    return enrollment
