"""What a digest before a meeting says: the same for all, by what somebody answered, and what is new since the last one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q
from django.utils import dateformat

from meetings.enums import Answer, MeetingKind, MeetingState
from meetings.models import ChangeLogEntry, Material, Meeting, Summary
from members.enums import Level
from notices.enums import DigestKind
from notices.models import DigestRun, Notice

if TYPE_CHECKING:
    from datetime import datetime

    from meetings.models import Rsvp

NEWS_AT_MOST = 8
LOOK_BACK = timedelta(days=30)  # of the very first digest


@dataclass(frozen=True)
class Standing:
    """What the words say of an answer: everybody who stands alike reads the same."""

    answer: str
    is_offered: bool
    is_waiting: bool
    offer_text: str


@dataclass(frozen=True)
class News:
    """One thing that is new. ``levels``: whom it is meant for; empty: everybody."""

    text: str
    url: str
    levels: frozenset[str] = frozenset()


def standing(rsvp: Rsvp | None) -> Standing | None:
    return None if rsvp is None else Standing(rsvp.answer, rsvp.is_offered, rsvp.is_waiting, rsvp.offer_text)


def is_asked(rsvp: Standing | None) -> bool:
    """Whether the digest asks for an answer: of whoever gave none, does not know yet, or is held a seat for."""
    return rsvp is None or rsvp.is_offered or rsvp.answer == Answer.UNDECIDED


def news_for(meeting: Meeting, kind: DigestKind, now: datetime) -> list[News]:
    """What is new since the last digest that went to the same circle, this meeting's changes first."""
    since = _last_told(meeting, kind, now)
    found = [
        *_changes(meeting, since), *_summaries(meeting, since), *_papers(meeting, since), *_notices(since),
    ]  # fmt: skip
    return found[:NEWS_AT_MOST]


def _last_told(meeting: Meeting, kind: DigestKind, now: datetime) -> datetime:
    """A day before: since the week's digest of this meeting. Otherwise since the last one before another meeting."""
    if kind == DigestKind.DAY:
        own = DigestRun.objects.made(DigestKind.WEEK).filter(key__startswith=f"week:{meeting.pk}:").first()
        if own:
            return own.made_at
    earlier = _of_the_same_circle(meeting).filter(starts_at__lt=meeting.starts_at).order_by("-starts_at")
    keys = [f"week:{pk}:" for pk in earlier.values_list("pk", flat=True)[:5]]
    told = Q(pk__in=[])
    for key in keys:
        told |= Q(key__startswith=key)
    last = DigestRun.objects.made(DigestKind.WEEK).filter(told).first()
    return last.made_at if last else now - LOOK_BACK


def _of_the_same_circle(meeting: Meeting) -> Any:
    """Meetings whose digests go to the same people: those of one workgroup, or all that are of none."""
    others = Meeting.objects.filter(state=MeetingState.PUBLISHED, is_historical=False).exclude(pk=meeting.pk)
    if meeting.kind == MeetingKind.WORKGROUP and meeting.workgroup_id:
        return others.filter(workgroup=meeting.workgroup_id)
    return others.exclude(kind=MeetingKind.WORKGROUP)


def _changes(meeting: Meeting, since: datetime) -> list[News]:
    page = settings.PUBLIC_URL + meeting.get_absolute_url()
    rows = ChangeLogEntry.objects.filter(meeting=meeting, changed_at__gt=since).order_by("changed_at", "pk")
    return [News(f"{row.what} of this meeting changed", page) for row in rows]


def _summaries(meeting: Meeting, since: datetime) -> list[News]:
    rows = Summary.objects.filter(published_at__gt=since, meeting__in=_of_the_same_circle(meeting))
    return [
        News(f"Summary: {row.meeting.title}, {_day(row.meeting)}", f"{_page(row.meeting)}summary/")
        for row in rows.select_related("meeting").order_by("published_at")
    ]


def _papers(meeting: Meeting, since: datetime) -> list[News]:
    """Papers of earlier meetings; those of this one stand in its own list. One line for each meeting."""
    new = Material.objects.filter(added_at__gt=since)
    rows = _of_the_same_circle(meeting).filter(materials__in=new, starts_at__lt=meeting.starts_at).distinct()
    return [News(f"New papers: {row.title}, {_day(row)}", _page(row)) for row in rows.order_by("starts_at")]


def _notices(since: datetime) -> list[News]:
    everybody = frozenset(Level.values)
    return [
        News(
            f"Notice: {row.title}",
            settings.PUBLIC_URL + row.get_absolute_url(),
            frozenset() if everybody <= set(row.levels) else frozenset(row.levels),
        )
        for row in Notice.objects.public().filter(released_at__gt=since, audience={}).order_by("released_at")
    ]


def _page(meeting: Meeting) -> str:
    return settings.PUBLIC_URL + meeting.get_absolute_url()


def _day(meeting: Meeting) -> str:
    return dateformat.format(meeting.local_start, "F j, Y")
