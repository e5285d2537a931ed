"""Taking back a consent or the whole membership: what every app then does. It is all done, or nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

import meetings.actions
import members.actions
import notices.actions
import stipends.actions
from cop_portal.retention import BY_KEY
from notices.enums import Subject, SuppressionReason
from notices.models import Subscriber, Suppression
from privacy.actions import discard_exports, withdraw_consent
from privacy.enums import NoticeKey
from stipends.models import Enrollment

if TYPE_CHECKING:
    from datetime import date, datetime

    from cop_portal.retention import Kind
    from members.models import Member

# What stays, why, and the kind of record whose period holds (retention.toml). Shown before the person decides.
KEPT: list[tuple[str, str, str]] = [
    ("Your name, your address and the levels you held", "they say whose the records below are", "former_members"),
    ("Which meetings you attended", "it shows how the community was counted", "attendance"),
    ("Your answers to invitations", "they show how meetings were planned", "rsvps"),
    ("Stipend claims and payments", "the State must be able to account for money it paid", "claims"),
    ("What you agreed to, and when", "it shows that we were allowed to keep what we kept", "consents"),
    ("That messages were sent to you", "it shows what you were told", "messages"),
    ("Who looked at your private data", "it protects you", "looks"),
]
STRIPPED = [
    "organization, phone, how you are reached, language and whether you need an interpreter",
    "who you are in this community, your fields of interest and your workgroups",
    "your password, any login you connected, your calendar address and what you get by e-mail",
]


def what_is_kept() -> list[tuple[str, str, str]]:
    """What stays after closing: (what, why, for how long in words). A period nobody has approved is said to be one."""
    return [(what, why, _for_how_long(BY_KEY[kind])) for what, why, kind in KEPT]


def _for_how_long(kind: Kind) -> str:
    years = max(round(kind.period["days"] / 365), 1)
    span = f"{years} year{'' if years == 1 else 's'} from {kind.counted_from}"
    return f"For {span}." if kind.period["approved"] else f"Planned: {span}. No period is approved yet."


@transaction.atomic
def close_membership(member: Member, *, by: Member | None = None, reason: str = "", now: datetime) -> None:
    """Give up seats, end the stipend enrollment and every subject, then close the membership itself.

    ``by``: staff, for a person who asked them. Refuses what ``members.actions.leave`` refuses, and then nothing has
    happened.
    """
    meetings.actions.give_back_places(member, now=now)
    if _is_enrolled(member):
        stipends.actions.leave_enrollment(member, now=now)
    # A wish from before they joined is one for the same address.
    for subscriber in Subscriber.objects.filter(Q(member=member) | Q(email__gt="", email__iexact=member.email or "")):
        notices.actions.save_preferences(subscriber, choices=dict.fromkeys(Subject.values, ""), now=now)
    discard_exports(member)
    members.actions.leave(member, by=by, reason=reason, now=now)


@transaction.atomic
def mark_deceased(member: Member, *, on: date, by: Member, reason: str, now: datetime) -> None:
    """Record a death: nobody is mailed at the address any more, and seats go to those who wait. All of it, or nothing.

    Claims that are under way stay for staff to decide. Refuses what ``members.actions.mark_deceased`` refuses.
    """
    member = members.actions.mark_deceased(member, on=on, by=by, reason=reason, now=now)
    meetings.actions.give_back_places(member, now=now)
    if member.email:
        # Mail to the address as a guest's or a subscriber's would reach the same family.
        for standing in Suppression.objects.standing().filter(email__iexact=member.email):
            notices.actions.lift_suppression(standing, now=now)
        notices.actions.suppress(member.email, reason=SuppressionReason.DECEASED, now=now)


@transaction.atomic
def correct_deceased(member: Member, *, by: Member, reason: str, now: datetime) -> None:
    """It was a mistake: the membership is open again and mail goes out. Seats and workgroups are chosen again.

    Refuses what ``members.actions.correct_deceased`` refuses.
    """
    member = members.actions.correct_deceased(member, by=by, reason=reason, now=now)
    for standing in Suppression.objects.standing().filter(
        email__iexact=member.email or "", reason=SuppressionReason.DECEASED
    ):
        notices.actions.lift_suppression(standing, now=now)


@transaction.atomic
def withdraw(member: Member, *, key: str, now: datetime) -> None:
    """End the consent of this kind, and first of all what rests on it: nobody stays enrolled for stipends without one.

    Refuses: ``no_consent`` (none stands).
    """
    if key == NoticeKey.STIPEND and _is_enrolled(member):
        stipends.actions.leave_enrollment(member, now=now)
    else:
        withdraw_consent(member, key=key, now=now)


def _is_enrolled(member: Member) -> bool:
    return Enrollment.objects.standing().filter(member=member).exists()
