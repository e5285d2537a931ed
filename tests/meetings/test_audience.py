"""Whom a notice can be narrowed to, and what it can say about a meeting."""

import pytest
from django.utils import timezone

from cop_portal.errors import Refused
from members.enums import Level
from notices import actions
from notices.audience import addressees
from notices.enums import Frequency
from notices.kinds import Kind, in_words, kinds, words_of
from notices.message import share_notice
from tests.factories import (
    AttendanceFactory,
    MeetingFactory,
    MemberFactory,
    MembershipPeriodFactory,
    NoticeFactory,
    ParticipantCategoryFactory,
    RsvpFactory,
    SubscriptionFactory,
    WorkgroupFactory,
)

pytestmark = pytest.mark.django_db


def somebody(name, level=Level.FULL, **fields):
    member = MemberFactory(name=name, **fields)
    MembershipPeriodFactory(member=member, level=level)
    return member


def meant(notice):
    return {person.name: person.skipped for person in addressees(notice, timezone.localdate())}


def narrowed(meeting=None, **audience):
    levels = [Level.FULL, Level.SPECIALTY]
    return NoticeFactory(audience=audience, levels=levels, meeting=meeting and meeting.pk)


def test_answers_to_a_meeting(now):
    meeting = MeetingFactory()
    for name, answer in (("here", "in_person"), ("online", "online"), ("not", "no")):
        RsvpFactory(meeting=meeting, member=somebody(name), answer=answer)
        RsvpFactory(meeting=MeetingFactory(), member=somebody(f"{name} elsewhere"), answer=answer)

    assert meant(narrowed(meeting, answer=["in_person", "online"])) == {"here": "", "online": ""}
    silent = [name for name, why in meant(narrowed(meeting, answer=["none", "no"])).items() if not why]
    assert sorted(silent) == ["here elsewhere", "not", "not elsewhere", "online elsewhere"]


def test_who_was_there_and_who_had_said_yes_and_was_not():
    meeting = MeetingFactory()
    for name, answer, came in (("came", "online", True), ("missed", "online", False), ("said no", "no", False)):
        member = somebody(name)
        RsvpFactory(meeting=meeting, member=member, answer=answer)
        if came:
            AttendanceFactory(meeting=meeting, member=member)
    somebody("never asked")

    assert meant(narrowed(meeting, presence=["attended"])) == {"came": ""}
    assert meant(narrowed(meeting, presence=["missed"])) == {"missed": ""}
    assert sorted(meant(narrowed(meeting, presence=["attended", "missed"]))) == ["came", "missed"]


def test_kinds_are_all_of_them_and_values_any_of_them():
    first, second = WorkgroupFactory(), WorkgroupFactory()
    category = ParticipantCategoryFactory()
    both, one, none = (somebody(name, language="Somali") for name in ("both", "one", "none"))
    first.members.add(both, one)
    second.members.add(none)
    both.categories.add(category)

    groups = [str(first.pk), str(second.pk)]
    assert sorted(meant(narrowed(workgroup=groups))) == ["both", "none", "one"]
    assert meant(narrowed(workgroup=groups, category=[str(category.pk)], language=["Somali"])) == {"both": ""}
    assert meant(narrowed(workgroup=groups, language=["Hmong"])) == {}


def test_the_list_of_a_narrower_notice_says_who_is_left_out_and_why():
    group = WorkgroupFactory()
    people = {
        "gets it": somebody("gets it"),
        "other level": somebody("other level", Level.PUBLIC),
        "no level": MemberFactory(name="no level", is_facilitator=True),
        "gone": somebody("gone", is_active=False),
        "no address": somebody("no address", email=None),
        "weekly": somebody("weekly"),
    }
    group.members.add(*people.values())
    subscription = {"subscriber__member": people["weekly"], "subscriber__email": ""}
    SubscriptionFactory(frequency=Frequency.WEEKLY, **subscription)
    SubscriptionFactory(subscriber__email="outside@example.org")

    assert meant(narrowed(workgroup=[str(group.pk)])) == {
        "gets it": "",
        "other level": "takes part at a level that is not chosen",
        "no level": "takes part at no level",
        "gone": "has left",
        "no address": "has no e-mail address; is told by phone or letter",
        "weekly": "",  # what is for a few does not wait for a digest
    }


def test_a_category_that_says_something_about_a_life_reaches_nobody():
    category = ParticipantCategoryFactory(is_sensitive=True)
    somebody("somebody").categories.add(category)

    assert str(category.pk) not in dict(kinds()["category"].choices())
    assert meant(narrowed(category=[str(category.pk)])) == {}


def test_no_way_to_narrow_rests_on_stipends_or_lived_experience():
    assert sorted(kinds()) == ["answer", "category", "language", "presence", "workgroup"]
    assert all(isinstance(kind, Kind) for kind in kinds().values())


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"audience": {"answer": ["no"]}}, "no_meeting"),
        ({"audience": {"answer": ["no"]}, "meeting": 999_999}, "no_meeting"),
        ({"body": "On {date}"}, "no_meeting"),
        ({"body": "{email}"}, "unknown_placeholder"),
        ({"audience": {"claims": ["paid"]}}, "unknown_kind"),
        ({"audience": {"workgroup": ["1"]}, "levels": []}, "nobody"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_an_unfinished_draft_is_not_released(fields, code, now):
    notice = NoticeFactory(**fields)
    with pytest.raises(Refused) as refusal:
        actions.release(notice, by=MemberFactory(), now=now)
    assert refusal.value.code == code
    notice.refresh_from_db()
    assert notice.state == "draft"


def test_the_words_of_the_meeting_are_those_of_the_release(now):
    meeting = MeetingFactory(title="Spring *meeting* {name} <b>")
    notice = NoticeFactory(body="Hello {name}, {meeting} is on {date}, {time}.", meeting=meeting.pk)
    date, time = meeting.date_text, meeting.time_text
    notice = actions.release(notice, by=MemberFactory(), now=now)
    meeting.title = "Another"
    meeting.save()

    text, html = share_notice(notice).for_person(name="Ana {date}", unsubscribe="/u", preferences="/p")
    assert f"Hello Ana {{date}}, Spring *meeting* {{name}} <b> is on {date}, {time}." in text
    assert f"Hello Ana {{date}}, Spring *meeting* {{name}} &lt;b&gt; is on {date}, {time}." in html
    assert words_of(NoticeFactory(meeting=meeting.pk))["meeting"] == "Another"
    assert words_of(NoticeFactory(meeting=999_999)) == {}


def test_how_it_was_narrowed_is_said_in_words():
    group = WorkgroupFactory(name="Housing")
    assert in_words(narrowed(workgroup=[str(group.pk)], answer=["none"], gone=["x"])) == [
        ("Answer to the meeting", "Has not answered"),
        ("gone", "x"),
        ("Workgroup", "Housing"),
    ]
