"""What is published of a poll: the first version with the poll, later ones with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F

from cop_portal.errors import Refused
from polls.enums import PollState
from polls.models import Poll, PollEvent, PublishedTable
from polls.table import Table, to_json
from polls.versions import changes, first_version, next_versions

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member

COMPARED = 100
ASKED_AGAIN = "The question was asked again: these are other answers than those of the version before"


def record_first(poll: Poll, *, by: Member, now: datetime) -> PublishedTable:
    """Keep what everybody can read from now on. In the transaction that publishes the poll, with its row locked."""
    table = first_version(poll, threshold=settings.SMALL_CELL_THRESHOLD)
    before = poll.tables.order_by("version").last()
    if before is None:
        return _keep(poll, table, version=1, by=by, now=now)
    reset = poll.events.filter(state=PollState.DRAFT).exclude(reason="").last()
    reason = f"The answers before were thrown away: {reset.reason if reset else 'no reason is on record'}"[:300]
    return _keep(poll, table, version=before.version + 1, reason=reason, changed=[ASKED_AGAIN], by=by, now=now)


@transaction.atomic
def keep_first_versions() -> int:
    """Give each poll that was published before versions were kept its first: the table that its page showed until now.

    By ``setup_portal``; again it does nothing. Returns how many.
    """
    without = list(Poll.objects.published().filter(tables=None).select_related("meeting"))
    for poll in without:
        event = poll.events.filter(state=PollState.PUBLISHED).last()
        if event is not None:
            record_first(poll, by=event.actor, now=poll.published_at or event.at)
    return len(without)


def tables_out_of_date(now: datetime) -> list[tuple[Poll, Table, Table]]:
    """Published tables of meetings that are over and that would be published otherwise now: what stands, what would be.

    Of the last ones only (``COMPARED``), and in four queries for all of them: attendance comes in late, and an old
    table is looked at again by whoever opens its poll.
    """
    published = Poll.objects.published().filter(meeting__ends_at__lte=now).select_related("meeting")
    polls = list(published.order_by("-meeting__starts_at", "pk")[:COMPARED])
    tables = next_versions(polls, threshold=settings.SMALL_CELL_THRESHOLD) if polls else {}
    found = [(poll, *tables[poll.pk]) for poll in polls if poll.pk in tables]
    return [line for line in found if line[1].fingerprint != line[2].fingerprint]


@transaction.atomic
def publish_version(poll: Poll, *, seen: str, reason: str, by: Member, now: datetime) -> PublishedTable:
    """Publish the table anew with today's attendance, names and rules; the version before stays readable.

    ``seen`` is the fingerprint of the table that was looked at. Refuses: ``no_reason``, ``not_published``,
    ``no_change`` (what stands is what would be published), ``changed_meanwhile`` (it is not what was looked at).
    """
    if not reason.strip():
        raise Refused("Say why there is a new version.", code="no_reason")
    poll = Poll.objects.select_for_update(of=("self",)).select_related("meeting").get(pk=poll.pk)
    tables = next_versions([poll], threshold=settings.SMALL_CELL_THRESHOLD) if poll.is_published else {}
    if poll.pk not in tables:
        raise Refused("This poll is not published.", code="not_published")
    before, after = tables[poll.pk]
    if after.fingerprint == before.fingerprint:
        raise Refused("The published table matches what is on record. There is nothing to publish.", code="no_change")
    if after.fingerprint != seen:
        raise Refused(
            "Something changed since you looked at it. Please look again before you publish.", code="changed_meanwhile"
        )
    Poll.objects.filter(pk=poll.pk).update(version=F("version") + 1)
    PollEvent.objects.create(poll=poll, state=poll.state, actor=by, reason=reason.strip(), at=now)
    return _keep(
        poll, after, version=before.version + 1, reason=reason.strip(), changed=changes(before, after), by=by, now=now
    )


def _keep(
    poll: Poll,
    table: Table,
    *,
    version: int,
    by: Member,
    now: datetime,
    reason: str = "",
    changed: list[str] | None = None,
) -> PublishedTable:
    return PublishedTable.objects.create(
        poll=poll,
        version=version,
        shown=to_json(table),
        answers_closed_at=poll.closed_at,
        reason=reason,
        changes=changed or [],
        published_by=by,
        published_at=now,
    )
