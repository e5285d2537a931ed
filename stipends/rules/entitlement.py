"""Who may be paid for which meeting: computed and explained, never typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format

from meetings.enums import AttendanceRole
from members.enums import CONTRIBUTING, Level
from stipends.enums import Per
from stipends.rules.facts import Facts, fiscal_year, gather, most, newest_holding

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from meetings.models import Meeting
    from members.models import Member
    from stipends.models import Claim, StipendPolicy

# What a decision rests on. The claim window and the search for other claims belong to the moment of claiming alone.
EVIDENCE = frozenset({"level", "enrolled", "recorded", "confirmed", "minutes", "policy", "not_facilitator", "held"})


# Nobody can have confirmed, or counted the minutes of, an attendance that is not recorded.
FOLLOWS = {"confirmed": "recorded", "minutes": "recorded"}


@dataclass(frozen=True)
class Condition:
    """One condition of entitlement: whether it is met, in words for the person, and what says so."""

    code: str
    label: str
    answer: bool
    sentence: str
    evidence: dict[str, Any]


def entitlement(member: Member, meeting: Meeting, now: datetime) -> list[Condition]:
    """Every condition for this person's stipend for this meeting, met or not."""
    return conditions(member, meeting, gather([(member.pk, meeting)]), now=now)


def conditions(
    member: Member, meeting: Meeting, facts: Facts, *, now: datetime, claim: Claim | None = None
) -> list[Condition]:
    """The same from facts already gathered. A claim is judged by its own policy and the moment it was made."""
    moment = claim.attested_at if claim else now
    policy = claim.policy if claim else newest_holding(facts.policies, meeting.held_on)
    return [
        _level(member, meeting, facts),
        _enrolled(member, facts, moment),
        *([] if claim else [_consented(member, facts)]),
        *_attended(member, meeting, facts, policy),
        _policy(meeting, policy),
        _not_facilitator(member, meeting, facts),
        _held(meeting, moment),
        _in_time(meeting, policy, moment),
        *_not_claimed(member, meeting, facts, policy, claim),
        *([] if claim else _within_the_year(member, meeting, facts, policy)),
    ]


def unmet(answers: Iterable[Condition]) -> list[Condition]:
    """What stands in the way, each thing once: what only follows from another that is not met is left out."""
    missing = [condition for condition in answers if not condition.answer]
    codes = {condition.code for condition in missing}
    return [condition for condition in missing if FOLLOWS.get(condition.code) not in codes]


def evidence_of(answers: Iterable[Condition]) -> dict[str, Any]:
    """What a decision rests on, as it is kept with the decision; equal as long as nothing behind it changed."""
    return {
        condition.code: {"met": condition.answer, **condition.evidence}
        for condition in answers
        if condition.code in EVIDENCE
    }


def _say(day: date) -> str:
    return date_format(day, "F j, Y")


def _level(member: Member, meeting: Meeting, facts: Facts) -> Condition:
    day = meeting.held_on
    period = newest_holding(facts.periods.get(member.pk, []), day)
    level = period.level if period else None
    words = Level(level).label.lower() if level else "not a member"
    article = "a " if level else ""
    met = level in CONTRIBUTING
    sentence = f"You were {article}{words} on {_say(day)}."
    if not met:
        sentence += " Stipends are for full contributing members and specialty contributors."
    return Condition("level", "Level on the day", met, sentence, {"level": level, "on": day.isoformat()})


def _enrolled(member: Member, facts: Facts, moment: datetime) -> Condition:
    standing = [
        row
        for row in facts.enrollments.get(member.pk, [])
        if row.attested_at <= moment and (row.left_at is None or row.left_at > moment)
    ]
    sentence = (
        "You are enrolled for stipends." if standing else "You are not enrolled for stipends. You can enroll now."
    )
    number = standing[0].pk if standing else None
    return Condition("enrolled", "Enrolled when claiming", bool(standing), sentence, {"enrollment": number})


def _consented(member: Member, facts: Facts) -> Condition:
    """A new notice needs a new yes before anything more is kept (Minn. R. 1205.1400); asked only when claiming."""
    met = member.pk in facts.consented
    sentence = (
        "You agreed to the notice about stipends."
        if met
        else "You have not agreed to the notice about stipends as it is now. Please read it and agree."
    )
    return Condition("consented", "Agreed to the notice in force", met, sentence, {})


def _attended(member: Member, meeting: Meeting, facts: Facts, policy: StipendPolicy | None) -> list[Condition]:
    row = facts.attendances.get((member.pk, meeting.pk))
    minutes = row.minutes if row else 0
    needed = policy.minimum_minutes if policy else None
    confirmed = row is not None and row.confirmed_by_id is not None
    return [
        Condition(
            "recorded",
            "Attendance recorded",
            row is not None,
            "You are on the attendance list." if row else "You are not on the attendance list of this meeting.",
            {"attendance": row.pk if row else None, "source": row.source if row else None},
        ),
        Condition(
            "confirmed",
            "Attendance confirmed by staff",
            confirmed,
            "Staff confirmed that you were there."
            if confirmed
            else "Staff have not confirmed yet that you were there.",
            {"attendance": row.pk if row else None, "confirmed_by": row.confirmed_by_id if row else None},
        ),
        Condition(
            "minutes",
            "Minutes present",
            needed is not None and row is not None and minutes >= needed,
            f"{minutes} minutes are recorded for you; {needed if needed is not None else 'an unknown number'} are needed.",
            {"minutes": minutes, "needed": needed},
        ),
    ]


def _policy(meeting: Meeting, policy: StipendPolicy | None) -> Condition:
    day = _say(meeting.held_on)
    if policy:
        evidence = {"policy": policy.pk, "cap": str(policy.cap), "per": policy.per}
        sentence = f"Stipends of up to ${policy.cap} were offered on {day}."
        return Condition("policy", "Policy in force", True, sentence, evidence)
    return Condition("policy", "Policy in force", False, f"No stipends were offered on {day}.", {"policy": None})


def _not_facilitator(member: Member, meeting: Meeting, facts: Facts) -> Condition:
    row = facts.attendances.get((member.pk, meeting.pk))
    ran_it = (member.pk, meeting.pk) in facts.facilitated or (
        row is not None and row.role == AttendanceRole.FACILITATOR
    )
    met = not (member.is_facilitator or ran_it)
    sentence = (
        "You came as a participant."
        if met
        else "Facilitators are paid by their contract, so they cannot claim a stipend."
    )
    evidence = {"facilitator": member.is_facilitator, "ran_this_meeting": ran_it}
    return Condition("not_facilitator", "Not a facilitator", met, sentence, evidence)


def _held(meeting: Meeting, moment: datetime) -> Condition:
    if meeting.is_cancelled:
        sentence = "The meeting was cancelled."
    elif not meeting.is_published:
        sentence = "The meeting was not announced."
    elif meeting.ends_at > moment:
        sentence = "The meeting is not over yet. You can claim when it has ended."
    else:
        return Condition("held", "Meeting held and over", True, "The meeting is over.", {"state": meeting.state})
    return Condition("held", "Meeting held and over", False, sentence, {"state": meeting.state})


def last_day(meeting: Meeting, policy: StipendPolicy) -> date:
    """The last day on which a claim for this meeting can be made, in the meeting's zone."""
    return meeting.held_on + timedelta(days=policy.claim_days)


def _in_time(meeting: Meeting, policy: StipendPolicy | None, moment: datetime) -> Condition:
    if policy is None:
        return Condition("in_time", "Claimed in time", False, "There is no time to claim without a policy.", {})
    until = last_day(meeting, policy)
    met = moment.astimezone(meeting.tz).date() <= until
    sentence = f"You can claim until {_say(until)}." if met else f"The time to claim ended on {_say(until)}."
    return Condition("in_time", "Claimed in time", met, sentence, {"until": until.isoformat()})


def _not_claimed(
    member: Member, meeting: Meeting, facts: Facts, policy: StipendPolicy | None, claim: Claim | None
) -> list[Condition]:
    others = [other for other in facts.claims.get(member.pk, []) if claim is None or other.pk != claim.pk]
    same_meeting = [other for other in others if other.meeting_id == meeting.pk]
    per = policy.per if policy else Per.MEETING
    same_day = [
        other
        for other in others
        if other.meeting_on == meeting.held_on and other.meeting_id != meeting.pk and Per.DATE in (per, other.once_per)
    ]
    day = _say(meeting.held_on)
    return [
        Condition(
            "not_claimed",
            "One claim for the meeting",
            not same_meeting,
            "You have claimed for this meeting already." if same_meeting else "You made no other claim for it.",
            {"claims": [other.pk for other in same_meeting]},
        ),
        Condition(
            "not_claimed_that_date",
            "One claim for the date",
            not same_day,
            f"You have claimed for another meeting on {day}; there is one stipend a day."
            if same_day
            else f"You made no claim for another meeting on {day}.",
            {"claims": [other.pk for other in same_day]},
        ),
    ]


def _within_the_year(member: Member, meeting: Meeting, facts: Facts, policy: StipendPolicy | None) -> list[Condition]:
    """Asked only when claiming, and where the policy has a yearly cap."""
    if policy is None or policy.yearly_cap is None:
        return []
    left = most(policy, facts.claims.get(member.pk, []), meeting.held_on)
    year = fiscal_year(meeting.held_on)
    span = f"the meetings from July {year - 1} to June {year}"
    sentence = f"You have claimed all of the ${policy.yearly_cap} that one person can claim for {span}."
    if left:
        sentence = f"You can claim ${left} more for this meeting; ${policy.yearly_cap} is the most for {span}."
    evidence = {"yearly_cap": str(policy.yearly_cap), "left": str(left)}
    return [Condition("within_the_year", "Within the yearly cap", left > 0, sentence, evidence)]
