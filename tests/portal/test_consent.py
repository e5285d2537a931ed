"""A new consent notice asks at the next visit, before anything more is kept about the person."""

import re
from html import unescape

import pytest
from django.utils import timezone

from cop_portal import on_behalf
from cop_portal.errors import Refused
from meetings.actions import join_workgroup, rsvp
from meetings.enums import Answer
from meetings.models import Rsvp
from members.actions import save_profile
from members.models import Interest, Member
from privacy.models import Consent
from stipends.actions import set_supplier_number
from stipends.models import Enrollment
from tests.factories import (
    NOW,
    ConsentNoticeFactory,
    EnrollmentFactory,
    MeetingFactory,
    MemberFactory,
    MembershipPeriodFactory,
    StaffFactory,
    WorkgroupFactory,
)

pytestmark = pytest.mark.django_db
PAGE, LATER = "/me/consent/", "/me/consent/later/"


@pytest.fixture
def first():
    return ConsentNoticeFactory(version=1)


@pytest.fixture
def member(first, now):
    member = MembershipPeriodFactory().member
    Consent.objects.create(member=member, notice=first, given_at=now)
    return member


def hidden(page):
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode())
    return [(name, unescape(value)) for name, value in fields if name != "csrfmiddlewaretoken"]


def test_new_version_stands_before_own_pages_and_leads_on_after_agreeing(member, sign_in):
    client = sign_in(member)
    assert client.get("/me/profile/").status_code == 200
    newer = ConsentNoticeFactory(version=2, changes="We also count who came online.")

    led = client.get("/me/profile/?from=mail")
    assert led.url == "/me/consent/?next=%2Fme%2Fprofile%2F%3Ffrom%3Dmail"
    page = client.get(led.url)
    assert "We also count who came online." in page.content.decode()
    assert client.post(PAGE, {"next": "/me/profile/?from=mail", "notice": newer.pk}).status_code == 422
    answer = client.post(PAGE, {"next": "/me/profile/?from=mail", "notice": newer.pk, "agreed": "on"})

    assert answer.url == "/me/profile/?from=mail"
    assert client.get("/me/profile/").status_code == 200
    assert list(member.consents.order_by("pk").values_list("notice__version", flat=True)) == [1, 2]


def test_what_was_being_sent_is_held_back_and_sent_after_agreeing(member, sign_in):
    client = sign_in(member)
    newer = ConsentNoticeFactory(version=2)
    first, second = (str(Interest.objects.create(label=label).pk) for label in ("Housing", "Recovery"))
    typed = {"name": "O'Brien <b>🙂", "reach_by": "text", "phone": "=1+1", "interests": [first, second]}

    held = client.post("/me/profile/", typed)
    member.refresh_from_db()
    assert (held.status_code, member.phone) == (409, "")
    again = client.post(PAGE, dict(hidden(held)) | {"notice": newer.pk})  # no tick: nothing is lost either
    assert again.status_code == 422
    given = client.post(PAGE, dict(hidden(again)) | {"notice": newer.pk, "agreed": "on"})

    assert 'action="/me/profile/"' in given.content.decode()
    assert hidden(given) == [
        ("name", "O'Brien <b>🙂"), ("reach_by", "text"), ("phone", "=1+1"),
        ("interests", first), ("interests", second),
    ]  # fmt: skip
    client.post("/me/profile/", dict(hidden(given)))
    member.refresh_from_db()
    assert (member.name, member.reach_by, member.phone) == ("O'Brien <b>🙂", "text", "=1+1")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/"), ("get", "/meetings/"), ("get", "/me/data/"), ("get", "/me/data/close/"),
        ("get", "/me/preferences/"), ("get", PAGE), ("get", "/accounts/logout/"),
        ("post", "/me/data/ask/"), ("post", "/notices/subscribe/"),
    ],
)  # fmt: skip
def test_some_doors_stay_open(member, sign_in, method, path):
    client = sign_in(member)
    ConsentNoticeFactory(version=2)

    response = getattr(client, method)(path)

    assert response.status_code in (200, 422) or not response.url.startswith(PAGE)


def test_signing_out_stays_open(member, sign_in):
    client = sign_in(member)
    ConsentNoticeFactory(version=2)

    assert client.post("/accounts/logout/").url == "/"


@pytest.mark.parametrize("path", ["/me/", "/me/profile/", "/me/level/", "/stipends/", "/me/refer/"])
def test_own_pages_are_closed_until_the_answer(member, sign_in, path):
    client = sign_in(member)
    ConsentNoticeFactory(version=2)

    assert client.get(path).url.startswith(PAGE)


def test_staff_work_on_and_a_script_in_the_room_is_led_to_the_notice(member, sign_in):
    ConsentNoticeFactory(version=2)

    assert sign_in(StaffFactory()).get("/me/").status_code == 200
    client = sign_in(member)
    answer = client.post("/me/profile/", headers={"hx-request": "true"})
    assert answer.headers["HX-Redirect"] == PAGE
    assert "What you were sending is not saved" in client.get(PAGE).content.decode()


def test_a_third_version_while_reading_the_second_asks_for_the_tick_anew(member, sign_in):
    client = sign_in(member)
    second = ConsentNoticeFactory(version=2)
    third = ConsentNoticeFactory(version=3, changes="The third.")

    response = client.post(PAGE, {"notice": second.pk, "agreed": "on"})

    assert response.status_code == 422
    assert f'name="notice" value="{third.pk}"' in response.content.decode()
    assert member.consents.count() == 1


def test_stipend_notice_can_wait_and_refusing_it_ends_the_enrollment(member, sign_in):
    notice = ConsentNoticeFactory(key="stipend", version=1)
    consent = Consent.objects.create(member=member, notice=notice, given_at=timezone.now())
    EnrollmentFactory(member=member, consent=consent, attested_at=timezone.now())
    ConsentNoticeFactory(key="stipend", version=2)
    client = sign_in(member)

    assert client.get("/me/").url.startswith(PAGE)
    assert client.post(LATER, {"next": "/me/"}).url == "/me/"
    assert client.get("/me/").status_code == 200
    assert client.post("/me/data/withdraw/stipend/").url == "/me/data/"

    assert Enrollment.objects.get().left_at is not None
    assert sign_in(member).get("/me/").status_code == 200  # nothing is left to ask


def test_membership_notice_cannot_wait(member, sign_in):
    client = sign_in(member)
    ConsentNoticeFactory(version=2)

    client.post(LATER)

    assert client.get("/me/").url.startswith(PAGE)


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "me/"])
def test_agreeing_never_leads_away(member, sign_in, target):
    newer = ConsentNoticeFactory(version=2)

    assert sign_in(member).post(PAGE, {"next": target, "notice": newer.pk, "agreed": "on"}).url == "/me/"


@pytest.mark.parametrize("kept", ["nonsense", "[1]", '{"a": 1}', "[[1, 2]]"])
def test_kept_fields_that_somebody_made_up_break_nothing(member, sign_in, kept):
    response = sign_in(member).post(PAGE, {"kept": kept, "next": "/me/"})

    assert (response.status_code, hidden(response)) == (200, [])


def test_answer_by_a_link_in_a_mail_keeps_nothing_without_consent(member, now):
    ConsentNoticeFactory(version=2)
    meeting = MeetingFactory()

    with pytest.raises(Refused) as refusal:
        rsvp(meeting, answer=Answer.ONLINE, member=member, now=now)
    rsvp(meeting, answer=Answer.NO, member=member, now=now)

    assert refusal.value.code == "consent_missing"
    assert list(Rsvp.objects.filter(member=member).values_list("answer", flat=True)) == [Answer.NO]


def test_somebody_entered_without_any_consent_is_asked_too(first, sign_in):
    response = sign_in(MemberFactory()).get("/me/", follow=True)

    assert "Please read this first" in response.content.decode()
    assert Member.objects.count() == 1


BEHIND_CONSENT = {
    "profile": lambda member, **_: save_profile(member, fields={}, categories=[], now=timezone.now()),
    "answer by staff": lambda member, staff: rsvp(
        MeetingFactory(), answer=Answer.ONLINE, member=member, by=staff, now=NOW
    ),
    "workgroup": lambda member, **_: join_workgroup(WorkgroupFactory(), member=member, now=timezone.now()),
    "categories by staff": lambda member, staff: on_behalf.choose_categories(member, {}, by=staff, now=NOW),
}


@pytest.mark.parametrize("act", BEHIND_CONSENT)
def test_actions_that_keep_data_by_choice_refuse_without_the_agreement(member, act):
    ConsentNoticeFactory(version=2)

    with pytest.raises(Refused) as refusal:
        BEHIND_CONSENT[act](member, staff=StaffFactory())

    assert refusal.value.code == "consent_missing"
    assert (member.workgroups.count(), member.rsvps.count(), member.categories.count()) == (0, 0, 0)


def test_a_supplier_number_is_taken_away_but_not_kept_under_an_old_notice(member, now):
    notice = ConsentNoticeFactory(key="stipend", version=1)
    consent = Consent.objects.create(member=member, notice=notice, given_at=now)
    EnrollmentFactory(member=member, consent=consent, attested_at=now, supplier_number="0001111111")
    ConsentNoticeFactory(key="stipend", version=2)

    with pytest.raises(Refused) as refusal:
        set_supplier_number(member, supplier_number="0002222222", wants_help=False)
    assert (refusal.value.code, Enrollment.objects.get().supplier_number) == ("consent_missing", "0001111111")
    set_supplier_number(member, supplier_number="", wants_help=False, remove=True)
    assert Enrollment.objects.get().supplier_number == ""


def test_staff_see_in_their_room_that_their_own_notice_is_new(sign_in, now):
    staff = StaffFactory()
    Consent.objects.create(member=staff, notice=ConsentNoticeFactory(version=1), given_at=now)
    client = sign_in(staff)
    words = "The notice about your own data has changed"

    before = client.get("/admin/").content.decode()
    ConsentNoticeFactory(version=2)
    after = client.get("/admin/").content.decode()

    assert (words in before, words in after) == (False, True)
