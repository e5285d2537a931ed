from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction

from cop_portal.errors import Refused
from privacy import actions
from privacy.enums import NoticeKey, RequestKind
from privacy.models import Consent, ConsentNotice, DataRequest, SensitiveView
from privacy.rules import has_consented
from tests.factories import ConsentNoticeFactory, DataRequestFactory, MemberFactory, StaffFactory

pytestmark = pytest.mark.django_db
KEY = NoticeKey.MEMBERSHIP


def test_consent_keeps_the_version_that_was_read(now):
    member, notice = MemberFactory(), ConsentNoticeFactory()

    first = actions.give_consent(member, key=KEY, notice_id=notice.pk, now=now)
    second = actions.give_consent(member, key=KEY, now=now + timedelta(hours=1))

    assert first == second
    assert (first.notice, first.given_at) == (notice, now)
    assert has_consented(member, key=KEY)


def test_consent_in_ones_own_language_or_in_english_where_there_is_none(now):
    member = MemberFactory()
    english, somali = ConsentNoticeFactory(version=2), ConsentNoticeFactory(version=2, language="so")
    ConsentNoticeFactory(version=1, language="hmn")  # of a version that is over

    assert actions.give_consent(member, key=KEY, language="so", now=now).notice == somali
    assert actions.give_consent(member, key=KEY, notice_id=somali.pk, now=now).notice == somali
    assert actions.give_consent(member, key=KEY, language="hmn", now=now).notice == english
    assert ConsentNotice.objects.readable(KEY) == [english, somali]


def test_a_newer_notice_asks_for_consent_again(now):
    member = MemberFactory()
    ConsentNoticeFactory(version=1)
    actions.give_consent(member, key=KEY, now=now)

    newer = ConsentNoticeFactory(version=2, published_at=None)
    assert has_consented(member, key=KEY)  # a draft changes nothing

    actions.publish_notice(newer, now=now)
    assert not has_consented(member, key=KEY)
    assert list(ConsentNotice.objects.unanswered_by(member)) == [newer]
    actions.give_consent(member, key=KEY, now=now)
    assert has_consented(member, key=KEY)
    assert not ConsentNotice.objects.unanswered_by(member).exists()


def test_agreeing_to_a_translation_is_agreeing_to_the_version(now):
    member = MemberFactory()
    ConsentNoticeFactory(version=3)
    somali = ConsentNoticeFactory(version=3, language="so")

    actions.give_consent(member, key=KEY, notice_id=somali.pk, now=now)

    assert has_consented(member, key=KEY)
    assert not ConsentNotice.objects.unanswered_by(member).exists()


def test_a_correction_of_no_substance_asks_nobody_again(now):
    member, late = MemberFactory(), MemberFactory()
    first = ConsentNoticeFactory(version=1)
    actions.give_consent(member, key=KEY, now=now)
    correction = ConsentNoticeFactory(version=2, asks_again=False)

    assert has_consented(member, key=KEY)
    assert not ConsentNotice.objects.unanswered_by(member).exists()
    assert list(ConsentNotice.objects.unanswered_by(late)) == [first]
    assert actions.give_consent(late, key=KEY, now=now).notice == correction
    assert not ConsentNotice.objects.unanswered_by(late).exists()


@pytest.mark.parametrize(
    ("fields", "key", "asked"),
    [
        pytest.param({}, "membership", True, id="a member"),
        pytest.param({"is_staff": True}, "membership", False, id="staff"),
        pytest.param({"is_facilitator": True}, "membership", False, id="a facilitator"),
        pytest.param({}, "stipend", False, id="nobody who never enrolled"),
    ],
)
def test_who_is_asked_that_never_agreed(fields, key, asked):
    ConsentNoticeFactory(key=key, version=1)

    assert ConsentNotice.objects.unanswered_by(MemberFactory(**fields)).exists() is asked


@pytest.mark.parametrize(("published", "code"), [(True, "stale_notice"), (False, "no_notice")])
def test_consent_is_refused_and_leaves_nothing_behind(now, published, code):
    ConsentNoticeFactory(published_at=now if published else None)

    with pytest.raises(Refused) as refusal:
        actions.give_consent(MemberFactory(), key=KEY, notice_id=0, now=now)

    assert refusal.value.code == code
    assert not Consent.objects.exists()


def test_withdrawn_consent_stays_on_record_and_can_be_given_anew(now):
    member = MemberFactory()
    ConsentNoticeFactory()
    actions.give_consent(member, key=KEY, now=now)

    assert actions.withdraw_consent(member, key=KEY, now=now + timedelta(days=1)) == 1

    assert not has_consented(member, key=KEY)
    actions.give_consent(member, key=KEY, now=now + timedelta(days=2))
    assert Consent.objects.count() == 2


def test_nothing_to_withdraw_is_refused(now):
    with pytest.raises(Refused) as refusal:
        actions.withdraw_consent(MemberFactory(), key=KEY, now=now)

    assert refusal.value.code == "no_consent"


def test_publishing_freezes_a_notice(now):
    notice = actions.publish_notice(ConsentNoticeFactory(published_at=None), now=now)

    assert ConsentNotice.objects.in_force(KEY) == notice
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentNotice.objects.filter(pk=notice.pk).update(why="Something else.")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({}, "published_already", id="published already"),
        pytest.param({"published_at": None, "use": "  "}, "part_missing", id="a part is empty"),
        pytest.param({"published_at": None, "version": 1}, "older_version", id="a later version is in force"),
        pytest.param({"published_at": None, "changes": " "}, "changes_missing", id="nobody says what is new"),
        pytest.param({"published_at": None, "language": "so"}, "english_first", id="its English text is a draft"),
    ],
)
def test_publishing_is_refused_and_changes_nothing(now, changes, code):
    ConsentNoticeFactory(version=900)
    notice = ConsentNoticeFactory(**({"version": 901} | changes))

    with pytest.raises(Refused) as refusal:
        actions.publish_notice(notice, now=now)

    assert refusal.value.code == code
    assert ConsentNotice.objects.get(pk=notice.pk).published_at == notice.published_at


def test_a_look_is_recorded_and_can_never_be_changed(now):
    viewer, subject = StaffFactory(), MemberFactory()

    actions.record_view(viewer, what="a person's page", why="Work of: Membership", subject=subject, now=now)

    row = SensitiveView.objects.get()
    assert (row.viewer, row.subject, row.count, row.seen_at) == (viewer, subject, 1, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        SensitiveView.objects.update(why="nothing")
    if connection.vendor == "postgresql":
        with pytest.raises(IntegrityError), transaction.atomic():
            SensitiveView.objects.all().delete()


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        (RequestKind.ACCESS, date(2027, 2, 3)),
        (RequestKind.CLOSING, date(2027, 2, 3)),
        (RequestKind.ACCURACY, date(2027, 2, 19)),
    ],
)
def test_a_request_is_due_when_the_law_says(now, kind, due):
    request = actions.open_request(MemberFactory(), kind=kind, details="My name is spelled wrong.", now=now)

    assert (request.due_on, request.state, request.requested_at) == (due, "open", now)


def test_a_request_late_in_the_evening_counts_from_the_day_in_minnesota(now):
    late = now.replace(hour=5, day=21)  # eleven in the evening of the 20th

    assert actions.open_request(MemberFactory(), kind=RequestKind.ACCESS, now=late).due_on == date(2027, 2, 3)


@pytest.mark.parametrize(
    ("kind", "details", "open_already", "code"),
    [
        (RequestKind.ACCURACY, " ", False, "details_missing"),
        (RequestKind.ACCESS, "", True, "request_open"),
    ],
)
def test_a_request_is_refused_and_leaves_nothing_behind(now, kind, details, open_already, code):
    member = MemberFactory()
    if open_already:
        DataRequestFactory(member=member, kind=kind)
    before = DataRequest.objects.count()

    with pytest.raises(Refused) as refusal:
        actions.open_request(member, kind=kind, details=details, now=now)

    assert refusal.value.code == code
    assert DataRequest.objects.count() == before


def test_an_answer_closes_a_request_and_another_may_be_asked(now):
    request, staff = DataRequestFactory(), StaffFactory()

    actions.close_request(request, by=staff, result="done", outcome="Here is all of it.", now=now)

    request.refresh_from_db()
    assert (request.state, request.closed_by, request.closed_at) == ("done", staff, now)
    actions.open_request(request.member, kind=request.kind, now=now)


@pytest.mark.parametrize(
    ("outcome", "own", "done", "code"),
    [
        (" ", False, False, "outcome_missing"),
        ("yes", True, False, "own_request"),
        ("yes", False, True, "closed_already"),
    ],
)
def test_an_answer_is_refused_and_changes_nothing(now, outcome, own, done, code):
    request = DataRequestFactory(member=StaffFactory())
    by = request.member if own else StaffFactory()
    if done:
        actions.close_request(request, by=by, result="done", outcome="first", now=now)

    with pytest.raises(Refused) as refusal:
        actions.close_request(request, by=by, result="done", outcome=outcome, now=now)

    request.refresh_from_db()
    assert (refusal.value.code, request.outcome) == (code, "first" if done else "")


def test_expired_sessions_are_forgotten(now):
    for key, end in (("old", now - timedelta(seconds=1)), ("new", now + timedelta(hours=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=end)

    assert actions.forget_expired_sessions(now=now) == 1
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]
