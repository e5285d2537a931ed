"""The digests before a meeting: a week before, what it is about and what to prepare; a day before, how to join.

The rule for one that was missed: a week's digest is sent late as long as more than a day is left, then the day's takes
its place; the day's is sent late until the meeting begins. What was left out is kept with that reason, and never sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, Q

from meetings import rules
from meetings.actions.seats import lock_meeting
from meetings.digest_words import News, Standing, is_asked, news_for, standing
from meetings.enums import Answer, MeetingKind, MeetingState, WorkWhen
from meetings.models import Meeting, MeetingWork, Rsvp
from meetings.rules import agenda_is_public, can_do_work
from meetings.tokens import answer_url, member_answer_url
from members.enums import CONTRIBUTING
from members.models import Member
from notices.actions import Digest, Reader, keep, make_subscribers, owe, share, withdraw, write
from notices.enums import DigestKind, Subject
from notices.models import Delivery, DigestRun

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from meetings.models import AgendaItem
    from members.querysets import MemberQuerySet
    from notices.actions import Shared

BEFORE = {DigestKind.WEEK: timedelta(days=7), DigestKind.DAY: timedelta(days=1)}
CLOCKS_MOVE = timedelta(hours=2)  # at most, between a reminder and its meeting; anywhere in the tables of zones
AT_A_TIME = 1000
LOOK_BACK = timedelta(days=14)
TOO_LATE = "The digest of the day before took its place."
BEGUN = "The meeting had begun."


@dataclass(frozen=True)
class Facts:
    """What a digest of one meeting says to everybody, asked once."""

    meeting: Meeting
    kind: DigestKind
    work: list[MeetingWork]
    done: set[tuple[int, int]]
    news: list[News]
    shared: dict[str, Any]


def owe_digests(*, now: datetime) -> int:
    """Owe the digests of a week and of a day before each meeting that is near; returns how many.

    To members who contribute at the meeting's date or have not said no, if they want digests; a day before, also to
    guests who are going. A meeting published late gets its digest late, but never after it has begun; a meeting moved
    to another day gets a new one. Each batch is a transaction of its own: what is owed stays owed, two at once owe one.
    """
    owed = 0
    make_subscribers(now)
    for meeting in _near(now, now):
        kind = DigestKind.DAY if _due_at(meeting, DigestKind.DAY) <= now else DigestKind.WEEK
        if kind == DigestKind.DAY:
            _leave_out([(DigestKind.WEEK, meeting)], TOO_LATE, now)
        digest = _plan(meeting, kind, now)
        last, more = 0, True
        while more:
            count, last = _owe_batch(meeting, digest, last, now)
            owed, more = owed + count, count == AT_A_TIME
        if kind == DigestKind.DAY:
            owed += _owe_guests(meeting, key=digest.key, now=now)
    begun = Meeting.objects.filter(state=MeetingState.PUBLISHED, is_historical=False, published_at__lt=F("starts_at"))
    missed = begun.filter(starts_at__lte=now, starts_at__gt=now - LOOK_BACK)
    _leave_out([(kind, meeting) for meeting in missed for kind in BEFORE], BEGUN, now)
    return owed


def meeting_digests(*, now: datetime, until: datetime) -> list[Digest]:
    """The digests before meetings that fall due until then, to whoever has not got them: what the preview shows."""
    found = []
    for meeting in _near(now, until):
        for kind in BEFORE:
            due_at = _due_at(meeting, kind)
            is_over = kind == DigestKind.WEEK and _due_at(meeting, DigestKind.DAY) <= now
            if due_at <= until and not is_over:
                found.append(_plan(meeting, kind, max(now, due_at)))
    return found


def take_back_digests(meeting: Meeting, *, started_at: datetime, why: str) -> None:
    """Digests with former words that are not on their way are not sent; where one is still due, it is written anew.

    ``started_at``: as it was when they were written. The caller holds the meeting.
    """
    day = started_at.astimezone(meeting.tz).date()
    withdraw([_key(meeting, kind, day) for kind in BEFORE], why=why, may_be_owed_again=True)


def _due_at(meeting: Meeting, kind: DigestKind) -> datetime:
    """A day or a week before on the wall clock: at the hour of the meeting, also where the clocks change between."""
    return (meeting.local_start - BEFORE[kind]).astimezone(UTC)


def _near(now: datetime, until: datetime) -> list[Any]:
    """Meetings that begin after now and whose first digest is due by then."""
    held = Meeting.objects.filter(state=MeetingState.PUBLISHED, starts_at__gt=now)
    near = held.filter(starts_at__lte=until + BEFORE[DigestKind.WEEK] + CLOCKS_MOVE).select_related("workgroup")
    return [row for row in near.order_by("starts_at", "pk") if _due_at(row, DigestKind.WEEK) <= until]


def _key(meeting: Meeting, kind: str, day: date) -> str:
    return f"digest:{meeting.pk}:{day:%Y%m%d}:{kind}"


def _run_key(meeting: Meeting, kind: DigestKind) -> str:
    return f"{kind}:{meeting.pk}:{meeting.held_on:%Y%m%d}"


def _leave_out(digests: list[tuple[DigestKind, Meeting]], why: str, now: datetime) -> None:
    rows = [
        DigestRun(key=_run_key(meeting, kind), kind=kind, until=meeting.starts_at, skipped=why, made_at=now)
        for kind, meeting in digests
    ]
    DigestRun.objects.bulk_create(rows, ignore_conflicts=True)  # one that was made stays as it is


def _plan(meeting: Meeting, kind: DigestKind, now: datetime) -> Digest:
    work = list(MeetingWork.objects.filter(meeting=meeting, when=WorkWhen.BEFORE))
    done = set(MeetingWork.done_by.through.objects.filter(meetingwork__in=work).values_list("meetingwork", "member"))
    papers = [paper for paper in meeting.materials.all() if paper.item_id is None or agenda_is_public(meeting, now)]
    shared = {"meeting": meeting, "agenda": _agenda(meeting, now), "papers": papers}
    facts = Facts(meeting, kind, work, done, news_for(meeting, kind, now), shared)
    key = _key(meeting, kind, meeting.held_on)
    return Digest(
        key=key,
        kind=kind,
        title=f"{kind.label}: {meeting.title}, {meeting.date_text}",
        due_at=_due_at(meeting, kind),
        subject=Subject.DIGEST,
        # The last word goes before other mail; a week ahead, thousands of digests must not hold up an answer.
        priority=Delivery.ORDINARY if kind == DigestKind.DAY else Delivery.BULK,
        readers=partial(_readers, facts, key),
        words=partial(_words, facts),
    )


@transaction.atomic
def _owe_batch(meeting: Meeting, digest: Digest, after: int, now: datetime) -> tuple[int, int]:
    """The next thousand: how many, and the last of them. The run is the lock: who comes second finds all told."""
    if not _still_so(meeting):
        return 0, after
    run, _ = DigestRun.objects.get_or_create(
        key=_run_key(meeting, digest.kind),
        defaults={"kind": digest.kind, "until": meeting.starts_at, "made_at": now},
    )
    run = DigestRun.objects.select_for_update().get(pk=run.pk)
    batch = list(islice(digest.readers(after), AT_A_TIME))
    if batch:
        run.owed, run.skipped = run.owed + keep(write(digest, iter(batch), now)), ""
        run.save(update_fields=["owed", "skipped"])
    return len(batch), (batch[-1].subscriber.member_id or after) if batch else after


def _still_so(meeting: Meeting) -> bool:
    """Whether it still is as the planned words say. It is held: who changes it takes back this batch, or stops it.

    What is not owed now is owed with the words of then, a minute later.
    """
    held = lock_meeting(meeting.pk)
    return (held.state, rules.facts(held)) == (meeting.state, rules.facts(meeting))


def _readers(facts: Facts, key: str, after: int = 0) -> Iterator[Reader]:
    """Members who get this digest and have not got it, with what their words depend on: two queries a thousand."""
    told = Delivery.objects.filter(key=key, member__isnull=False).values("member")
    wanting = _meant(facts.meeting).exclude(pk__in=told).with_level(facts.meeting.held_on)
    members = wanting.select_related("subscriber").order_by("pk")
    while chunk := list(members.filter(pk__gt=after)[:AT_A_TIME]):
        answers = Rsvp.objects.filter(meeting=facts.meeting, member__in=[member.pk for member in chunk])
        answered = {row.member_id: row for row in answers}
        yield from (_reader(facts, member, answered.get(member.pk)) for member in chunk)
        after = chunk[-1].pk


def _reader(facts: Facts, member: Any, rsvp: Rsvp | None) -> Reader:
    due: tuple[int, ...] = ()
    if can_do_work(member.level_then):
        due = tuple(item.pk for item in facts.work if (item.pk, member.pk) not in facts.done)
    news = tuple(n for n, item in enumerate(facts.news) if not item.levels or member.level_then in item.levels)
    member.subscriber.member = member
    if rsvp is not None:
        rsvp.meeting = facts.meeting
    parts = (standing(rsvp), due, news)
    return Reader(member.subscriber, parts, partial(_own_links, facts.meeting, member))


def _own_links(meeting: Meeting, member: Member) -> dict[str, str]:
    return {"answer": member_answer_url(meeting, member)}


def _meant(meeting: Meeting) -> MemberQuerySet:
    answered = Rsvp.objects.filter(meeting=meeting, member__isnull=False)
    contributing = Member.objects.at_level(CONTRIBUTING, meeting.held_on)
    if meeting.kind == MeetingKind.WORKGROUP and meeting.workgroup_id:
        contributing = contributing.filter(workgroups=meeting.workgroup_id)
    wanting: MemberQuerySet = Member.objects.active().filter(
        email__isnull=False, subscriber__subscriptions__subject=Subject.DIGEST
    )
    invited = Q(pk__in=answered.exclude(answer=Answer.NO).values("member")) | Q(pk__in=contributing.values("pk"))
    return wanting.filter(invited).exclude(pk__in=answered.filter(answer=Answer.NO).values("member"))


def _words(facts: Facts, parts: tuple[Standing | None, tuple[int, ...], tuple[int, ...]]) -> Shared:
    rsvp, due, news = parts
    personal = {
        "name": "{name}",  # filled in for each
        "rsvp": rsvp,
        "asked": is_asked(rsvp),
        "work": [item for item in facts.work if item.pk in due],
        "news": [facts.news[n] for n in news],
    }
    return share(f"meetings/digest_{facts.kind}", {**facts.shared, **personal}, own=["answer"])


@transaction.atomic
def _owe_guests(meeting: Meeting, *, key: str, now: datetime) -> int:
    """A guest asked to come to this very meeting: the reminder of the day before belongs to that."""
    if not _still_so(meeting):
        return 0
    told = Delivery.objects.filter(key=key, member__isnull=True).values("address")
    guests = list(meeting.rsvps.filter(member__isnull=True).exclude(answer=Answer.NO).exclude(guest_email__in=told))
    agenda = _agenda(meeting, now)
    for rsvp in guests:
        rsvp.meeting = meeting
        context = {"meeting": meeting, "agenda": agenda, "name": rsvp.guest_name, "answer_url": answer_url(rsvp)}
        context |= {"rsvp": rsvp, "asked": is_asked(standing(rsvp))}
        owe(key=key, address=rsvp.guest_email, template="meetings/digest_day", context=context, now=now)
    return len(guests)


def _agenda(meeting: Meeting, now: datetime) -> list[AgendaItem]:
    """Empty while it is a draft: what a mail says is public."""
    return [item for item in meeting.timed_agenda() if item.takes_time] if agenda_is_public(meeting, now) else []
