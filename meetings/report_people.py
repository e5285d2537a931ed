"""Who the people of a report are: known by their address alone. A name only suggests; staff are asked."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.functions import Lower

from meetings.enums import PersonChoice
from meetings.models import Rsvp
from meetings.rules import runs_as_facilitator
from members.models import Member

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from meetings.models import Meeting, ReportPerson

AT_A_TIME = 500
SUGGESTED, ALIKE = 3, 0.6


def match_by_address(people: Sequence[ReportPerson], meeting: Meeting) -> None:
    """Say of each person (unsaved) whose address it is: a member's, or that of a guest who answered. A few queries."""
    addresses = sorted({person.email.casefold() for person in people if person.email})
    members: dict[str, Member] = {}
    for start in range(0, len(addresses), AT_A_TIME):
        some = addresses[start : start + AT_A_TIME]
        rows = Member.objects.active().annotate(address=Lower("email")).filter(address__in=some)
        members |= {row.address: row for row in rows}
    answers = Rsvp.objects.filter(meeting=meeting, member=None).values_list("guest_email", "guest_name")
    guests = {address.casefold(): name for address, name in answers if name}
    facilitators = set(meeting.facilitators.values_list("pk", flat=True))
    for person in people:
        address = person.email.casefold()
        if address and address in members:
            member = members[address]
            person.choice, person.member, person.is_matched = PersonChoice.MEMBER, member, True
            person.is_facilitator = runs_as_facilitator(member, facilitators)
        elif address and address in guests:
            person.choice, person.guest_name, person.is_matched = PersonChoice.GUEST, guests[address], True


def suggestions(people: Iterable[ReportPerson]) -> dict[int, list[Member]]:
    """By person's row, the members whose names look like theirs, the likeliest first. One query; never a match."""
    wanted = [person for person in people if person.choice == PersonChoice.OPEN and person.name]
    words = {word for person in wanted for word in _words(person.name)}
    if not words:
        return {}
    alike = Q()
    for word in sorted(words)[:200]:
        alike |= Q(name__icontains=word)
    members = list(Member.objects.active().filter(alike).order_by("name", "pk")[:AT_A_TIME])
    return {person.pk: _likeliest(person.name, members) for person in wanted}


def _words(name: str) -> list[str]:
    return [word for word in name.casefold().replace(",", " ").split() if len(word) > 2]


def _likeliest(name: str, members: Iterable[Member]) -> list[Member]:
    own = " ".join(sorted(_words(name)))
    scored = [(SequenceMatcher(None, own, " ".join(sorted(_words(row.name)))).ratio(), row) for row in members]
    near = sorted((pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: (-pair[0], pair[1].pk))
    return [row for _, row in near[:SUGGESTED]]
