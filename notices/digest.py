"""One engine for every digest: whom it is for, the words that many share, and the messages that come of it.

Whoever plans a digest (what is new: ``actions/digests.py``; what is near: meetings) says when it is due, who reads it and
what their words depend on. Readers with equal parts read the same words, which are rendered once; each costs one
substitution. The owing and the staff's preview of tomorrow run through the same functions, so they cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db.models.functions import Lower

from notices.enums import DeliveryState, DigestKind
from notices.message import READER, Shared, links_for
from notices.models import Delivery, Suppression
from notices.rules import suppression_stops
from notices.tokens import new_message_id

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator
    from datetime import datetime

    from notices.models import Subscriber

AT_A_TIME = 1000


@dataclass(frozen=True)
class Reader:
    """One person whom a digest is for. ``parts``: what the words depend on; ``own``: links that are this person's."""

    subscriber: Subscriber
    parts: Hashable
    own: Callable[[], dict[str, str]] = dict

    @property
    def name(self) -> str:
        return self.subscriber.member.name if self.subscriber.member else READER


@dataclass(frozen=True)
class Digest:
    """One digest that is due, or will be."""

    key: str  # of each of its messages
    kind: DigestKind
    title: str  # what staff call it
    due_at: datetime
    subject: str  # what its readers can leave by it
    priority: int
    readers: Callable[..., Iterable[Reader]]
    words: Callable[[Any], Shared]


def write(digest: Digest, readers: Iterable[Reader], now: datetime) -> Iterator[Delivery]:
    """The message of each reader, not kept yet. One to a stopped address says so and goes nowhere."""
    rendered: dict[Hashable, Shared] = {}
    stopped = dict(Suppression.objects.standing().values_list(Lower("email"), "reason"))
    for reader in readers:
        if reader.parts not in rendered:
            rendered[reader.parts] = digest.words(reader.parts)
        shared, subscriber = rendered[reader.parts], reader.subscriber
        links = links_for(subscriber, digest.subject) | reader.own()
        text, html = shared.for_person(name=reader.name, **links)
        address = subscriber.address.lower()
        why = suppression_stops(stopped.get(address), digest.subject)
        yield Delivery(
            key=digest.key, address=address, state=DeliveryState.SUPPRESSED if why else DeliveryState.QUEUED, reason=why, member=subscriber.member, subscriber=subscriber,
            text=text, html=html, subject_line=shared.subject_line, unsubscribe_from=digest.subject,
            priority=digest.priority, owed_at=now, due_at=now, message_id=new_message_id(),
        )  # fmt: skip


def keep(rows: Iterator[Delivery]) -> int:
    """Owe these messages, a thousand in a statement; one that is owed already stays as it is. Returns how many."""
    owed = 0
    while chunk := list(islice(rows, AT_A_TIME)):
        Delivery.objects.bulk_create(chunk, ignore_conflicts=True)
        owed += len(chunk)
    return owed
