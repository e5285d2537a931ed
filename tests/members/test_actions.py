from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from cop_portal.errors import Refused
from members import actions
from members.enums import ReferralState
from members.models import Interest, Member, MembershipPeriod, Referral
from privacy.models import Consent
from tests.factories import (
    NOW,
    ConsentNoticeFactory,
    MemberFactory,
    MembershipPeriodFactory,
    ParticipantCategoryFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db


def spans(member):
    return list(member.periods.order_by("starts_on", "pk").values_list("level", "starts_on", "ends_on"))


def join(now, **changes):
    values = {"level": "full", "agreed": True, "now": now} | changes
    return actions.join(Member(name="Ada Example", email=values.pop("email", "Ada@Example.org")), **values)


def test_join_saves_person_level_and_consent(now):
    notice = ConsentNoticeFactory()

    member = join(now, notice_id=notice.pk)

    assert (member.email, member.joined_at, member.entered_by) == ("ada@example.org", now, None)
    assert not member.has_usable_password()
    period = member.periods.get()
    assert (period.level, period.starts_on, period.ends_on, period.agreed_at) == ("full", date(2027, 1, 20), None, now)
    assert list(Consent.objects.values_list("member", "notice", "given_at")) == [(member.pk, notice.pk, now)]


def test_join_by_staff_needs_no_address(now):
    ConsentNoticeFactory()
    staff = StaffFactory()

    first, second = (join(now, email="", level="public", agreed=False, by=staff) for _ in range(2))

    assert first.email is None
    assert second.email is None
    assert first.entered_by == staff


def test_join_turns_a_proposal_into_a_joining_and_forgets_its_address(now):
    ConsentNoticeFactory()
    referral = actions.refer(MemberFactory(), email="ada@example.org", names_referrer=False, now=now)

    join(now)

    referral.refresh_from_db()
    assert (referral.state, referral.email) == (ReferralState.JOINED, "")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"agreed": False}, "expectations", id="full without the tick"),
        pytest.param({"agreed": False, "level": "specialty"}, "expectations", id="specialty without the tick"),
        pytest.param({"notice_id": 0}, "stale_notice", id="another notice is in force"),
        pytest.param({"email": "TAKEN@example.org"}, "address_taken", id="address is a member's"),
    ],
)
def test_join_is_refused_and_leaves_nothing_behind(now, changes, code):
    ConsentNoticeFactory()
    MemberFactory(email="taken@example.org")

    with pytest.raises(Refused) as refusal:
        join(now, **changes)

    assert refusal.value.code == code
    assert Member.objects.count() == 1
    assert not Consent.objects.exists()
    assert not MembershipPeriod.objects.exists()


def test_join_keeps_a_password_that_was_set(now):
    ConsentNoticeFactory()
    member = Member(name="Ada", email="ada@example.org")
    member.set_password("correct-horse-battery")

    actions.join(member, level="public", agreed=False, now=now)

    assert Member.objects.get().check_password("correct-horse-battery")


def test_join_without_a_name_is_a_fault_and_no_refusal(now):
    ConsentNoticeFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        actions.join(Member(name="", email="ada@example.org"), level="public", agreed=False, now=now)

    assert not Member.objects.exists()


def test_join_is_refused_without_a_notice_in_force(now):
    ConsentNoticeFactory(published_at=None)

    with pytest.raises(Refused) as refusal:
        join(now)

    assert refusal.value.code == "no_notice"
    assert not Member.objects.exists()


def test_leave_ends_level_and_consent_and_takes_out_what_was_optional(now):
    member = MemberFactory(organization="Org", phone="1", language="Somali", needs_interpreter=True)
    MembershipPeriodFactory(member=member)
    member.categories.add(ParticipantCategoryFactory())
    member.interests.add(Interest.objects.create(label="Housing"))
    consent = Consent.objects.create(member=member, notice=ConsentNoticeFactory(), given_at=now)

    actions.leave(member, now=now)
    actions.leave(member, now=now + timedelta(days=1))  # twice changes nothing

    member = Member.objects.get(pk=member.pk)
    kept = (member.name, member.email, member.is_active)
    gone = (member.organization, member.phone, member.language, member.needs_interpreter)
    assert kept == (member.name, member.email, False)
    assert gone == ("", "", "", False)
    assert not member.categories.exists()
    assert not member.interests.exists()
    assert member.periods.get().ends_on == date(2027, 1, 20)
    consent.refresh_from_db()
    assert consent.withdrawn_at == now


def test_leave_ends_the_level_today_even_where_a_change_was_planned(now):
    member = MembershipPeriodFactory(level="public").member
    actions.set_level(member, level="full", agreed=True, starts_on=date(2027, 3, 1), now=now)

    actions.leave(member, now=now)

    assert not member.periods.planned(date(2027, 1, 20)).exists()
    assert [member.level_on(day) for day in (date(2027, 1, 19), date(2027, 1, 20), date(2027, 3, 1))] == [
        "public",
        None,
        None,
    ]


def test_leave_is_refused_to_staff(now):
    staff = StaffFactory()

    with pytest.raises(Refused) as refusal:
        actions.leave(staff, now=now)

    staff.refresh_from_db()
    assert (refusal.value.code, staff.is_active) == ("is_staff", True)


def test_set_rights_gives_exactly_these_groups():
    old, new = Group.objects.create(name="Old"), Group.objects.create(name="New")
    member = MemberFactory()
    member.groups.add(old)

    actions.set_rights(member, is_staff=True, groups=[new], by=StaffFactory(is_superuser=True), now=NOW)

    member.refresh_from_db()
    assert (member.is_staff, list(member.groups.all())) == (True, [new])
    assert [(event.what, event.about) for event in member.events.all()] == [("rights", "New")]


@pytest.mark.parametrize(
    ("by_superuser", "own", "is_staff", "code"),
    [
        (False, False, True, "superuser_only"),
        (True, True, True, "own_account"),
        (True, False, False, "groups_without_staff"),
    ],
)
def test_set_rights_is_refused_and_changes_nothing(by_superuser, own, is_staff, code):
    by = StaffFactory(is_superuser=by_superuser)
    member = by if own else MemberFactory()

    with pytest.raises(Refused) as refusal:
        actions.set_rights(member, is_staff=is_staff, groups=[Group.objects.create(name="G")], by=by, now=NOW)

    assert refusal.value.code == code
    assert not member.groups.exists()


@pytest.mark.parametrize(
    ("by_superuser", "own", "code"),
    [(False, False, "superuser_only"), (True, True, "own_account"), (True, False, "no_factor")],
)
def test_removing_second_factors_is_refused(by_superuser, own, code):
    by = StaffFactory(is_superuser=by_superuser)
    if own:
        TOTP.activate(by, "JBSWY3DPEHPK3PXP")

    with pytest.raises(Refused) as refusal:
        actions.remove_second_factors(by if own else MemberFactory(), by=by, now=NOW)

    assert refusal.value.code == code
    assert Authenticator.objects.count() == own


def test_refer_writes_one_proposal(now):
    member = MemberFactory()

    referral = actions.refer(member, email=" Bea@Example.org ", names_referrer=True, now=now)

    assert (referral.email, referral.names_referrer, referral.state) == ("bea@example.org", True, ReferralState.ASKED)


@pytest.mark.parametrize("known", ["member", "proposed"])
def test_refer_owes_nothing_to_an_address_that_is_known(now, known):
    email = "known@example.org"
    if known == "member":
        MemberFactory(email=email)
    else:
        actions.refer(MemberFactory(), email=email, names_referrer=False, now=now)
    before = Referral.objects.filter(email=email).count()

    row = actions.refer(MemberFactory(), email=email.upper(), names_referrer=False, now=now + timedelta(1))

    assert (row.email, row.state) == ("", ReferralState.FORGOTTEN)
    assert Referral.objects.filter(email=email).count() == before


def test_refer_counts_alike_whoever_was_proposed_and_is_refused_after_twenty_in_thirty_days(now):
    member = MemberFactory()
    known = MemberFactory().email
    actions.refer(member, email=known, names_referrer=False, now=now - timedelta(30))
    actions.refer(member, email=known, names_referrer=False, now=now - timedelta(29))
    for n in range(19):
        actions.refer(member, email=f"p{n}@example.org", names_referrer=False, now=now)

    with pytest.raises(Refused) as refusal:
        actions.refer(member, email="p20@example.org", names_referrer=False, now=now)

    assert (refusal.value.code, Referral.objects.count()) == ("too_many", 21)


def test_unanswered_proposals_are_forgotten_after_thirty_days_and_not_before(now):
    member = MemberFactory()
    old = actions.refer(member, email="old@example.org", names_referrer=False, now=now - timedelta(days=30))
    young = actions.refer(member, email="young@example.org", names_referrer=False, now=now - timedelta(days=29))

    assert actions.forget_unanswered_referrals(now=now) == 1
    assert actions.forget_unanswered_referrals(now=now) == 0

    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.state, old.email) == (ReferralState.FORGOTTEN, "")
    assert young.email == "young@example.org"


def test_unconfirmed_people_are_deleted_after_seven_days_and_nobody_else(now):
    ConsentNoticeFactory()
    week, younger = now - timedelta(days=7, seconds=1), now - timedelta(days=6)

    def person(email, joined, *, verified):
        member = join(joined, email=email)
        EmailAddress.objects.create(user=member, email=email, primary=True, verified=verified)
        return member

    person("mistyped@example.org", week, verified=False)
    kept = [person("slow@example.org", younger, verified=False), person("true@example.org", week, verified=True)]
    kept.append(join(week, email="", by=kept[1]))
    tied = person("tied@example.org", week, verified=False)
    actions.refer(tied, email="x@example.org", names_referrer=False, now=now)

    assert actions.forget_unconfirmed(now=now) == 1

    assert set(Member.objects.all()) == {*kept, tied}
    assert tied.periods.exists()
    assert Consent.objects.filter(member=tied).exists()
