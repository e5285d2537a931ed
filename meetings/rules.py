"""Who may do what with a meeting, and when. Time is passed in; nothing here writes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from meetings.enums import GOING, AccommodationState, Answer, AttendanceRole, Audience
from members.enums import CONTRIBUTING

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from meetings.models import Accommodation, Attendance, Material, Meeting, Rsvp
    from members.models import Member

CHECK_IN_OPENS_BEFORE = timedelta(minutes=30)
OFFERED_AT_LEAST = timedelta(hours=1)
ARRANGES = "meetings.change_accommodation"  # the right of those who own requests
# The facts of a meeting that the public change log names, in the words people read there (``facts``).
WHEN, PLACE, JOINING = "Date and time", "Place", "Way to join online"
# What its calendar entry says: with a change of these SEQUENCE grows.
ON_THE_CALENDAR = frozenset({WHEN, PLACE})
# A change of these is told to everybody who is going or waits for a seat.
TOLD = ON_THE_CALENDAR | {JOINING}
# The fields they are made of: under the floor of three days a new one needs a reason.
TOLD_FIELDS = frozenset({"starts_at", "ends_at", "zone", "place", "join_url"})


def facts(meeting: Meeting) -> dict[str, str]:
    """What the change log watches, each fact in words. The join link is compared here, and never logged or shown."""
    return {
        "Title": meeting.title,
        WHEN: f"{meeting.date_text}, {meeting.time_text}",
        PLACE: meeting.place_text,
        JOINING: meeting.join_url,
        "Seats in the room": "" if meeting.capacity is None else str(meeting.capacity),
        "Access always provided": meeting.always_provided,
        "Purpose": meeting.purpose,
    }


def is_special(meeting: Meeting) -> bool:
    """Not at the time that the rule of a series gave it: of such a meeting there is public notice, and of its changes."""
    return meeting.series_id is None or meeting.starts_at != meeting.planned_start


def was_moved_by_hand(meeting: Meeting) -> bool:
    """Away from where its series put it: a move of the whole series does not take it along unasked."""
    return meeting.planned_start is not None and meeting.starts_at != meeting.planned_start


def agenda_is_public(meeting: Meeting, now: datetime) -> bool:
    """From its day on; before it the agenda is a draft that only those who prepare the meeting see."""
    return meeting.is_historical or now.astimezone(meeting.tz).date() >= meeting.agenda_due_on


def prepares(member: Member | None, meeting: Meeting) -> bool:
    """Meetings staff, and the facilitators of this meeting."""
    if member is None or not member.is_authenticated:
        return False
    return member.has_perm("meetings.change_meeting") or is_facilitator_of(member, meeting)


def can_rsvp(meeting: Meeting, now: datetime) -> bool:
    """Answers are taken, and may be changed, until the meeting starts."""
    return meeting.is_published and now < meeting.starts_at


def can_check_in(meeting: Meeting, now: datetime) -> bool:
    """From half an hour before the start until the end."""
    return meeting.is_published and meeting.starts_at - CHECK_IN_OPENS_BEFORE <= now < meeting.ends_at


def correction_needs_reason(meeting: Meeting, row: Attendance, now: datetime) -> bool:
    """While the meeting runs the list is being taken; afterwards what was confirmed has been relied on."""
    return row.confirmed_by_id is not None and meeting.is_over(now)


def join_link_is_open(meeting: Meeting, now: datetime) -> bool:
    """The link is shown shortly before the start (a setting) and until the end, and at no other time."""
    opens = meeting.starts_at - timedelta(minutes=settings.JOIN_LINK_MINUTES)
    return bool(meeting.join_url) and meeting.is_published and opens <= now < meeting.ends_at


def rsvp_sees_join_link(rsvp: Rsvp | None, meeting: Meeting, now: datetime) -> bool:
    return rsvp is not None and has_place(rsvp) and join_link_is_open(meeting, now)


def sees_join_link(member: Member | None, meeting: Meeting, now: datetime) -> bool:
    """A member who is going, or who runs the meeting, sees it. Asks the database only while the link is open."""
    if member is None or not member.is_authenticated or not join_link_is_open(meeting, now):
        return False
    return meeting.rsvps.of(member).going().exists() or is_facilitator_of(member, meeting)


def has_place(rsvp: Rsvp) -> bool:
    """Going, online or with a seat in the room: not waiting for one."""
    return rsvp.answer in GOING and not rsvp.is_waiting


def gives_input_throughout(level: str | None, *, is_facilitator: bool) -> bool:
    """Full and specialty members and facilitators at every item; everybody else at the open discussion."""
    return is_facilitator or level in CONTRIBUTING


def can_do_work(level: str | None) -> bool:
    """Work before and after a meeting is expected of full and specialty members."""
    return level in CONTRIBUTING


def can_join_workgroups(level: str | None) -> bool:
    return level in CONTRIBUTING


def may_have_a_claim(meeting: Meeting, level: str | None, *, is_facilitator: bool, now: datetime) -> bool:
    """Whether the page of a held meeting leads to the claim for it: by level alone, so that it says nothing of a person.

    Who can claim indeed, and why not, the page behind it says.
    """
    held = meeting.is_published and meeting.is_over(now) and not meeting.is_historical
    return held and level in CONTRIBUTING and not is_facilitator


def is_facilitator_of(member: Member, meeting: Meeting) -> bool:
    return bool(member.is_facilitator) and meeting.facilitators.filter(pk=member.pk).exists()


def runs_as_facilitator(member: Member, facilitators: Collection[int]) -> bool:
    """The same as ``role_of`` for many members: ``facilitators`` are the ids of those who run the meeting."""
    return member.is_facilitator or member.pk in facilitators


def role_of(member: Member, meeting: Meeting) -> str:
    """A contractor who facilitates never counts as a participant, whoever runs this very meeting."""
    if member.is_facilitator or meeting.facilitators.filter(pk=member.pk).exists():
        return AttendanceRole.FACILITATOR
    return AttendanceRole.PARTICIPANT


def can_get_material(material: Material, member: Member | None) -> bool:
    return material.audience == Audience.PUBLIC or (member is not None and member.is_authenticated)


def needs_seat(answer: str) -> bool:
    return answer == Answer.IN_PERSON


def offer_ends(meeting: Meeting, now: datetime) -> datetime:
    """Until when a free seat is held for the first in line: a day (a setting), and never past the start.

    Near the start it is half of the time that is left, so that the next one has a chance too, but at least an hour: in
    less nobody reads a mail.
    """
    half = (meeting.starts_at - now) / 2
    hold = min(timedelta(hours=settings.SEAT_OFFER_HOURS), max(half, OFFERED_AT_LEAST))
    return min(now + hold, meeting.starts_at)


def can_answer_request(accommodation: Accommodation, *, will_do: bool) -> bool:
    """The person answers to what was arranged, and also where it cannot be or no longer does: that is not enough."""
    answerable = {AccommodationState.ARRANGED}
    if not will_do:
        answerable |= {AccommodationState.CANNOT, AccommodationState.CONFIRMED}
    return accommodation.state in answerable


def asked_late(accommodation: Accommodation, meeting: Meeting) -> bool:
    """Asked for after the soft deadline: it is tried all the same, and staff see that there is little time."""
    return accommodation_is_late(meeting, accommodation.asked_at.astimezone(meeting.tz).date())


def accommodation_is_late(meeting: Meeting, today: date) -> bool:
    """After the soft deadline: still taken, with the warning that it may not be possible."""
    return today > meeting.held_on - timedelta(days=settings.ACCOMMODATION_NOTICE_DAYS)


def is_short_notice(starts_at: datetime, now: datetime) -> bool:
    """Closer than the notice that a special meeting needs (3 days): a reason is asked for."""
    return starts_at - now < timedelta(days=settings.CHANGE_NOTICE_DAYS)


def change_needs_reason(meeting: Meeting, changes: dict[str, Any], now: datetime) -> bool:
    """A new time, place or way to join of a published meeting, within three days of the old or of the new start."""
    if not meeting.is_published or not TOLD_FIELDS & changes.keys():
        return False
    return is_short_notice(min(meeting.starts_at, changes.get("starts_at", meeting.starts_at)), now)
