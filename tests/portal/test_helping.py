"""Staff do for a person what the person cannot do here: the same actions, and who did it is written down."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cop_portal.helping import ACTS
from members.models import Member
from privacy.enums import NoticeKey
from privacy.models import Consent, DataRequest, SensitiveView
from stipends.models import Claim, Enrollment
from tests.factories import (
    ConsentNoticeFactory,
    EnrollmentFactory,
    MeetingFactory,
    MembershipPeriodFactory,
    ParticipantCategoryFactory,
    StaffFactory,
    WorkgroupFactory,
)
from tests.members.test_admin import grant
from tests.stipends.scenes import Scene, held_meeting

pytestmark = pytest.mark.django_db
HOW = {"how": "phone"}


@pytest.fixture
def person():
    return MembershipPeriodFactory(member__name="Ada Anders", member__email=None).member


@pytest.fixture
def staff(sign_in):
    return sign_in(grant(StaffFactory(name="Zoe Staff"), "Membership"))


@pytest.fixture
def payer(sign_in):
    return sign_in(grant(StaffFactory(name="Vera Verifier"), "Stipend verifier"))


def do(client, person, act, **said):
    return client.post(reverse("help_act", args=[person.pk, act]), said)


def events(person):
    return [(event.what, event.about, event.why, event.by.name) for event in person.events.all()]


def test_finding_and_opening_are_written_down(staff, person):
    page = staff.get(reverse("help_find"), {"q": "ada"})
    staff.get(reverse("help_person", args=[person.pk]))

    assert page.context["found"] == [person]
    looks = SensitiveView.objects.order_by("pk").values_list("what", "subject")
    assert ("a person to help", person.pk) in list(looks)
    assert [what for what, _ in looks] == ["names found", "a person to help"]


def test_an_invitation_is_answered_with_what_the_person_needs(staff, person):
    meeting = MeetingFactory(starts_at=timezone.now() + timedelta(days=20))

    answer = do(staff, person, "answer", meeting=meeting.pk, answer="in_person", need="A ramp", **HOW)

    row = person.rsvps.get()
    assert (answer.status_code, row.meeting, row.accommodation.need) == (302, meeting, "A ramp")
    assert events(person) == [("answered", meeting.title, "Asked by phone", "Zoe Staff")]


def test_workgroups_and_categories_are_chosen(staff, person):
    workgroup, category = WorkgroupFactory(), ParticipantCategoryFactory()

    do(staff, person, "workgroups", workgroups=[workgroup.pk], **HOW)
    do(staff, person, "categories", categories=[category.pk], **HOW)

    assert (list(person.workgroups.all()), list(person.categories.all())) == ([workgroup], [category])
    assert [event[:2] for event in events(person)] == [
        ("profile", "participant categories"),
        ("workgroups", workgroup.name),
    ]


def test_a_refusal_keeps_what_was_typed_and_leaves_nothing_behind(staff, person):
    answer = do(staff, person, "data-request", kind="accuracy", details="", **HOW)

    assert (answer.status_code, answer.context["form"]["how"].value()) == (422, "phone")
    assert (events(person), DataRequest.objects.count()) == ([], 0)


def test_a_data_request_is_entered(staff, person):
    do(staff, person, "data-request", kind="access", details="Everything", **HOW)

    assert DataRequest.objects.get().member == person
    assert events(person) == [("data_request", "See my data", "Asked by phone", "Zoe Staff")]


def test_a_membership_is_closed_and_taken_in_again_at_their_wish(staff, person):
    ConsentNoticeFactory()
    do(staff, person, "close", reason="Wrote a letter")
    do(staff, person, "come-back", level="public", notice_read="on", reason="Called")

    person.refresh_from_db()
    assert (person.is_active, person.level_on(timezone.localdate())) == (True, "public")
    assert [event[0] for event in events(person)] == ["returned", "closed"]


def test_a_death_is_recorded_and_corrected(staff, person):
    do(staff, person, "deceased", on="2026-01-05", reason="Their sister called")
    person.refresh_from_db()
    assert (person.closed_as, str(person.deceased_on)) == ("deceased", "2026-01-05")
    assert do(staff, person, "answer").status_code == 404

    do(staff, person, "not-deceased", reason="A namesake")
    person.refresh_from_db()
    assert person.is_active


def test_the_verifier_enrolls_claims_and_takes_it_back(payer):
    ConsentNoticeFactory(key=NoticeKey.STIPEND)
    person = MembershipPeriodFactory(member__email=None).member
    held = held_meeting(ended=timezone.now() - timedelta(days=3))

    do(payer, person, "enroll", notice_read="on", agreed="on", **HOW)
    assert Enrollment.objects.get().entered_by.name == "Vera Verifier"
    Scene(now=timezone.now(), member=person, meeting=held)
    do(payer, person, "claim", meeting=held.pk, amount="55.00", attested="on", **HOW)
    assert Claim.objects.get().entered_by.name == "Vera Verifier"
    do(payer, person, "stipend-consent", **HOW)
    assert Enrollment.objects.get().left_at is not None


def test_a_question_about_a_claim_is_answered(payer):
    person = MembershipPeriodFactory(member__email=None).member
    EnrollmentFactory(member=person)
    held = held_meeting(ended=timezone.now() - timedelta(days=3))
    claim = Scene(now=timezone.now(), member=person, meeting=held).at("returned")

    do(payer, person, "question", claim=claim.pk, words="The first", amount="55.00", **HOW)

    claim.refresh_from_db()
    assert (claim.state, claim.entered_by.name) == ("submitted", "Vera Verifier")


@pytest.mark.parametrize("act", ACTS)
def test_each_act_shows_its_questions_to_those_whose_work_it_is(sign_in, person, act):
    ways = {"come-back": "left", "not-deceased": "deceased"}
    if act in ways:
        day = "2026-01-05" if ways[act] == "deceased" else None
        Member.objects.filter(pk=person.pk).update(is_active=False, closed_as=ways[act], deceased_on=day)
    address = reverse("help_act", args=[person.pk, act])
    rights = {
        "Membership": ACTS[act].right == "members.change_member",
        "Stipend verifier": "stipends" in ACTS[act].right,
    }

    answers = {group: sign_in(grant(StaffFactory(), group)).get(address).status_code for group in rights}

    assert answers == {group: 200 if may else 404 for group, may in rights.items()}


def test_an_offer_of_help_is_written_down_and_nothing_typed_is_lost(staff, person):
    refused = do(staff, person, "offer", offered="x" * 101)
    answer = do(staff, person, "offer", offered="A ride, O'Brien 🙂")

    assert (refused.status_code, refused.context["form"]["offered"].value()) == (422, "x" * 101)
    assert (answer.status_code, answer.url) == (302, reverse("help_person", args=[person.pk]))
    assert events(person) == [("help_offered", "A ride, O'Brien 🙂", "", "Zoe Staff")]


def test_others_of_the_staff_help_nobody(sign_in, person):
    client = sign_in(grant(StaffFactory(), "Meetings"))

    assert [
        client.get(address).status_code
        for address in (
            reverse("help_find"),
            reverse("help_person", args=[person.pk]),
            reverse("help_act", args=[person.pk, "answer"]),
            reverse("help_person", args=[0]),
        )
    ] == [403, 403, 403, 403]


def test_the_persons_page_leads_to_help(staff, person):
    page = staff.get(f"/admin/members/member/{person.pk}/change/").content.decode()

    assert reverse("help_person", args=[person.pk]) in page


def test_the_new_notice_is_read_to_a_person_and_it_is_kept_who_read_it_and_in_which_language(staff, person, now):
    old = ConsentNoticeFactory(version=1)
    Consent.objects.create(member=person, notice=old, given_at=now)
    assert not Member.objects.to_read_notice_to().exists()
    new = ConsentNoticeFactory(version=2, changes="We also count who came online.")
    signs_in = MembershipPeriodFactory().member
    Consent.objects.create(member=signs_in, notice=old, given_at=now)
    assert list(Member.objects.to_read_notice_to()) == [person]

    page = staff.get(reverse("help_person", args=[person.pk])).content.decode()
    form = staff.get(reverse("help_act", args=[person.pk, "agree"])).content.decode()
    said = {"notice": new.pk, "language": "so", "agreed": "on", **HOW}
    stale = do(staff, person, "agree", **said | {"notice": old.pk})
    refused = do(staff, person, "answer", meeting=MeetingFactory(starts_at=timezone.now() + timedelta(3)).pk,
                 answer="online", **HOW)  # fmt: skip
    done = do(staff, person, "agree", **said)

    assert ("they have not agreed to version 2" in page, new.why in form) == (True, True)
    assert (stale.status_code, refused.status_code, done.status_code) == (422, 422, 302)
    consent = person.consents.latest("pk")
    assert (consent.notice, consent.read_by.name, consent.read_in) == (new, "Zoe Staff", "so")
    assert events(person) == [("consent_given", "Membership notice, version 2", "Asked by phone", "Zoe Staff")]
    assert not Member.objects.to_read_notice_to().exists()


def test_the_stipend_notice_is_read_and_stands_with_the_consent_alone(payer, person):
    new = ConsentNoticeFactory(key=NoticeKey.STIPEND)

    do(payer, person, "agree-stipends", notice=new.pk, language="en", agreed="on", **HOW)

    assert [(row.notice, row.read_by.name) for row in person.consents.all()] == [(new, "Vera Verifier")]
    assert events(person) == []


def test_staff_agree_for_themselves_on_their_own_pages(sign_in):
    zoe, notice = grant(StaffFactory(), "Membership"), ConsentNoticeFactory()

    answer = do(sign_in(zoe), zoe, "agree", notice=notice.pk, language="en", agreed="on", **HOW)

    assert (answer.status_code, Consent.objects.count()) == (422, 0)
