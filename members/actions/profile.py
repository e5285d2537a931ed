"""What people say about themselves, and the words a seat rests on. One transaction each; times are passed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from cop_portal.errors import Refused
from members.models import Member, ParticipantCategory, SeatAttestation
from members.rules import why_phone_does_not_fit
from privacy.actions import require_consent
from privacy.enums import NoticeKey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from members.models import Interest

PROFILE_FIELDS = ("name", "organization", "language", "needs_interpreter", "reach_by", "phone")


@transaction.atomic
def save_profile(
    member: Member,
    *,
    fields: dict[str, Any],
    categories: Iterable[ParticipantCategory],
    interests: Iterable[Interest] | None = None,
    attested: Iterable[int] = (),
    now: datetime,
) -> Member:
    """Keep what the person says of themselves: only ``PROFILE_FIELDS``, their categories and, if given, interests.

    ``attested``: the chosen categories (ids) whose statement the person confirms; a statement not among them is
    withdrawn. Subscriptions, level and rights are not touched. Refuses: ``inactive``, ``consent_missing``, ``phone`` (a number without the
    wish to be reached by it, or the wish without a number).
    """
    member = Member.objects.select_for_update().get(pk=member.pk)
    if not member.is_active:
        raise Refused("This membership is closed. Reopen it first.", code="inactive")
    require_consent(member, key=NoticeKey.MEMBERSHIP)
    for name in PROFILE_FIELDS:
        setattr(member, name, fields[name])
    mend = why_phone_does_not_fit(member.reach_by, member.phone)
    if mend:
        raise Refused(mend, code="phone")
    member.save(update_fields=PROFILE_FIELDS)
    chosen = list(categories)
    member.categories.set(chosen)
    if interests is not None:
        member.interests.set(interests)
    confirmed = set(attested)
    _attest(member, [row for row in chosen if row.attestation and row.pk in confirmed], now=now)
    return member


@transaction.atomic
def replace_category(
    category: ParticipantCategory,
    *,
    label: str,
    seat: str,
    is_sensitive: bool,
    attestation: str,
    starts_on: date,
    today: date,
) -> ParticipantCategory:
    """End a category and begin another in its place in the table; what was counted under the old one stays.

    Nobody is moved: those who had chosen the old one are told on their profile, and choose again.
    Refuses: ``date`` (before today, or not after the old one began), ``ended`` (the old one ends by then already).
    """
    category = ParticipantCategory.objects.select_for_update().get(pk=category.pk)
    if starts_on < today or starts_on <= category.starts_on:
        raise Refused("Please choose today or a later day, after the old one began.", code="date")
    if category.ends_on is not None and category.ends_on <= starts_on:
        raise Refused("This category has ended by then. Begin a new one by itself.", code="ended")
    ends_on, category.ends_on = category.ends_on, starts_on
    category.save(update_fields=["ends_on"])
    return ParticipantCategory.objects.create(
        label=label,
        order=category.order,
        seat=seat,
        is_sensitive=is_sensitive,
        is_lived_experience=category.is_lived_experience,
        attestation=attestation,
        starts_on=starts_on,
        ends_on=ends_on,
        follows=category,
    )


def withdraw_attestations(member: Member, *, now: datetime) -> None:
    """Every statement ends. In the transaction of an action that locked the person."""
    _attest(member, [], now=now)


def _attest(member: Member, categories: list[ParticipantCategory], *, now: datetime) -> None:
    standing = SeatAttestation.objects.standing().filter(member=member)
    standing.exclude(category__in=categories).update(withdrawn_at=now)
    known = set(standing.values_list("category", flat=True))
    SeatAttestation.objects.bulk_create(
        SeatAttestation(member=member, category=row, statement=row.attestation, attested_at=now)
        for row in categories
        if row.pk not in known
    )
