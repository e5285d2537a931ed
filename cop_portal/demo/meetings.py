"""Hold the demo's meetings: the session of 2022 as published, a series with a past and a future, and one today."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cop_portal.demo import history, texts
from meetings import actions
from meetings.actions import Details, Tick
from meetings.enums import Answer, AttendanceRole, Cadence, ItemKind, MaterialKind, MeetingKind, WorkWhen
from meetings.models import AgendaItem, Duty, Material, Meeting, MeetingWork, Series, Summary, Workgroup
from members.enums import CONTRIBUTING
from members.models import Interest, Member
from polls import actions as polling
from polls.models import Poll, SavedQuestion

ZONE = ZoneInfo("America/Chicago")
LEFT_EARLY = 40  # minutes


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """This wall-clock time in Minnesota, as UTC."""
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def hold_history(by: Member) -> None:
    """The planning session of September 2022: agenda, summary and the table as the agency published it."""
    start, end = at(history.HELD_ON, 0), at(history.HELD_ON, 23, 59)
    meeting = actions.create(
        slug=history.SLUG,
        title=history.TITLE,
        kind=MeetingKind.PLANNING,
        purpose=history.PURPOSE,
        starts_at=start,
        ends_at=end,
        place="Online",
        is_historical=True,
    )
    meeting = actions.publish(meeting, by=by, now=start)
    _set_agenda(meeting, [(title, kind, 1, "") for title, kind in history.AGENDA])
    summary = Summary.objects.create(meeting=meeting, body=history.SUMMARY)
    actions.publish_summary(summary, by=by, now=end)
    polling.import_published(
        meeting,
        rows=list(zip(history.CATEGORY_LABELS, history.PERCENTAGES, strict=True)),
        participants=history.PARTICIPANTS,
        facilitators=history.FACILITATORS,
        submissions=history.SUBMISSIONS,
        remark=history.REMARK,
        by=by,
        now=end,
    )


def plan_series(by: Member, now: datetime) -> list[Meeting]:
    """Monthly three times, then quarterly, beginning about six weeks ago; all published."""
    today = now.astimezone(ZONE).date()
    first = today - timedelta(days=40)
    first -= timedelta(days=(first.weekday() - 2) % 7)  # a Wednesday
    series = Series.objects.create(
        title="Full CoP meeting",
        slug="full-cop-meeting",
        kind=MeetingKind.FULL,
        cadence=Cadence.QUARTERLY_AFTER_THREE,
        first_on=first,
        starts_at=time(10, 0),
        minutes=120,
        meetings_planned=8,
        place=texts.PLACE,
        join_url=texts.JOIN_URL,
        capacity=20,
    )
    planned = actions.plan_series(series)
    facilitators = list(Member.objects.filter(is_facilitator=True))
    for meeting in planned:
        meeting.purpose, meeting.always_provided = texts.PURPOSE, texts.ALWAYS_PROVIDED
        meeting.save(update_fields=["purpose", "always_provided"])
        meeting.facilitators.set(facilitators)
        _set_agenda(meeting, texts.AGENDA)
        actions.publish(meeting, by=by, now=planned[0].starts_at - timedelta(days=45))
    return [Meeting.objects.get(pk=meeting.pk) for meeting in planned]


def hold(meeting: Meeting, *, number: int, by: Member) -> None:
    """A meeting that is over, the ``number``-th: answers, category poll, attendance, summary.

    Who was absent, did not vote or left early goes by a person's place in the list, so that it is the same every time.
    """
    asked, began = meeting.starts_at - timedelta(days=20), meeting.starts_at
    everybody = list(Member.objects.filter(is_staff=False).order_by("pk"))
    present = [(place, member) for place, member in enumerate(everybody) if (place + number) % 5]
    answer_for(meeting, everybody, now=asked)
    poll = polling.prepare_category_poll(meeting, by=by, now=began)
    polling.open_poll(poll, by=by, now=began)
    for place, member in present:
        if not member.is_facilitator and place % 9:
            _vote(poll, member, began + timedelta(minutes=5))
    polling.close_poll(poll, by=by, now=began + timedelta(minutes=10))
    polling.publish_poll(poll, by=by, now=began + timedelta(minutes=12))
    _ask_at_the_end(meeting, [member for _, member in present][::3], number=number, by=by)
    ticks = [
        Tick(True, LEFT_EARLY if place % 11 == 0 else meeting.minutes, role=_role(member), member_id=member.pk)
        for place, member in present
    ]
    actions.record_attendance(meeting, ticks=ticks, by=by, now=meeting.ends_at)
    if number == 0:  # of the later ones the table no longer matches: a work list says so
        _, _, after = next(line for line in polling.tables_out_of_date(meeting.ends_at) if line[0] == poll)
        polling.publish_version(
            poll,
            seen=after.fingerprint,
            reason="The attendance was confirmed",
            by=by,
            now=meeting.ends_at + timedelta(days=1),
        )
    summary = Summary.objects.create(meeting=meeting, body=texts.SUMMARY)
    actions.publish_summary(summary, by=by, now=meeting.ends_at + timedelta(days=2))


def _ask_at_the_end(meeting: Meeting, people: list[Member], *, number: int, by: Member) -> None:
    """How well they were heard: a little better at each meeting."""
    asked = meeting.ends_at - timedelta(minutes=5)
    polling.go_to_item(meeting, item=meeting.agenda_items.last(), now=asked)
    for saved in SavedQuestion.objects.standing():
        poll = polling.open_poll(polling.prepare_saved(meeting, saved, by=by, now=asked), by=by, now=asked)
        steps = list(poll.options.all())
        for place, member in enumerate(people):
            chosen = steps[min((place + number) % 4 + 1, len(steps) - 1)]
            polling.cast_ballot(poll, voter=member, options=[chosen], now=asked)
        poll = polling.close_poll(poll, by=by, now=meeting.ends_at)
        polling.publish_poll(poll, by=by, now=meeting.ends_at)


def answer_for(meeting: Meeting, people: list[Member], *, now: datetime) -> None:
    """RSVPs of every kind: in person until the room is full and beyond, online, no, and some with needs."""
    for number, member in enumerate(people):
        if number % 7 == 6:
            continue
        answer = (Answer.ONLINE, Answer.IN_PERSON, Answer.ONLINE, Answer.IN_PERSON, Answer.NO)[number % 5]
        need = "A seat near the front, for lip-reading" if number % 19 == 4 and answer != Answer.NO else ""
        language = member.language if member.language not in {"", "English"} else ""
        details = Details(need=need, language=language, needs_interpreter=bool(language))
        actions.rsvp(meeting, member=member, answer=answer, details=details, now=now)


def prepare_next(meeting: Meeting, *, now: datetime) -> None:
    """The next meeting of the series: answers, work due and something to read."""
    answer_for(meeting, list(Member.objects.filter(is_staff=False).order_by("pk")[:45]), now=now)
    Meeting.objects.filter(pk=meeting.pk).update(agenda_public_on=now.date())
    MeetingWork.objects.create(
        meeting=meeting,
        title="Read the gap list and mark your three",
        when=WorkWhen.BEFORE,
        due_on=meeting.held_on - timedelta(days=2),
        description="Mark the three gaps you would work on first, and bring one example for each.",
    )
    Material.objects.create(
        meeting=meeting,
        title="What a community of practice does",
        kind=MaterialKind.PRE_READ,
        url="https://www.revisor.mn.gov/statutes/cite/254B.151",
    )


def hold_open_house(by: Member, now: datetime) -> None:
    """A meeting that is on now and until the evening, to try check-in, polls and the room."""
    start = now.replace(minute=0, second=0, microsecond=0)
    meeting = actions.create(
        slug="open-house",
        title="Open house: try the room",
        kind=MeetingKind.LEARNING_CALL,
        purpose="A practice meeting of the demonstration: check in, answer the category poll, watch the screen.",
        starts_at=start,
        ends_at=start + timedelta(hours=10),
        place=texts.PLACE,
        join_url=texts.JOIN_URL,
        always_provided=texts.ALWAYS_PROVIDED,
    )
    meeting.facilitators.set(Member.objects.filter(is_facilitator=True))
    _set_agenda(meeting, texts.AGENDA)
    published = start - timedelta(days=5)
    meeting = actions.publish(meeting, by=by, now=published)
    contributing = Member.objects.active().at_level(CONTRIBUTING, meeting.held_on).order_by("pk")
    for member in contributing[:12]:
        actions.rsvp(meeting, member=member, answer=Answer.ONLINE, now=published)
    polling.prepare_category_poll(meeting, by=by, now=now)
    polling.prepare_standing(now=now)


def found_workgroups() -> None:
    members = list(Member.objects.filter(is_staff=False, is_facilitator=False).order_by("pk"))
    for number, (name, purpose, interests) in enumerate(texts.WORKGROUPS):
        slug = name.lower().replace(" ", "-")
        group = actions.save_workgroup(Workgroup(name=name, slug=slug, purpose=purpose))
        group.interests.set(Interest.objects.filter(label__in=interests))
        group.members.set(members[number::7])


def _set_agenda(meeting: Meeting, items: Any) -> None:
    duties = list(Duty.objects.all())
    for order, (title, kind, minutes, presenter) in enumerate(items, 1):
        item = AgendaItem.objects.create(
            meeting=meeting, order=order, title=title, kind=kind, minutes=minutes, presenter=presenter
        )
        if duties and kind in {ItemKind.DISCUSSION, ItemKind.DECISION}:
            item.duties.set(duties[:1])


def _vote(poll: Poll, member: Member, now: datetime) -> None:
    chosen = poll.options.filter(category__in=member.categories.all())
    if chosen:
        polling.cast_ballot(poll, voter=member, options=list(chosen), now=now)


def _role(member: Member) -> str:
    return AttendanceRole.FACILITATOR if member.is_facilitator else AttendanceRole.PARTICIPANT
