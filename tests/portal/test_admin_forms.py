"""The forms of the staff's room, whichever app has them: no script needed, nothing typed is lost."""

import pytest
from django.urls import reverse

from meetings.models import Meeting, Summary
from stipends.models import StipendPolicy
from tests.factories import (
    MeetingFactory,
    MemberFactory,
    SeriesFactory,
    StaffFactory,
    StipendPolicyFactory,
    SummaryFactory,
)

pytestmark = pytest.mark.django_db
FORMS = [
    "meetings_meeting", "meetings_series", "meetings_summary", "meetings_workgroup", "meetings_duty", "members_interest",
    "members_member", "members_participantcategory", "notices_mention", "notices_notice", "notices_outreachpartner", "notices_rfp",
    "notices_suppression", "polls_poll", "privacy_consentnotice", "stipends_paymentbatch", "stipends_stipendpolicy",
    "stipends_taxthreshold", "stipends_budget",
]  # fmt: skip


@pytest.fixture
def root(sign_in):
    return sign_in(StaffFactory(is_superuser=True))


@pytest.mark.parametrize("name", FORMS)
def test_a_form_needs_no_script_to_choose_something(name, root):
    page = root.get(reverse(f"admin:{name}_add")).content.decode()

    assert "<h1>" in page
    assert "admin-autocomplete" not in page
    assert "selectfilter" not in page


def test_interests_of_a_person_are_boxes_to_tick(root):
    page = root.get(reverse("admin:members_member_change", args=[MemberFactory().pk])).content.decode()

    assert "selectfilter" not in page


def test_a_meeting_has_blank_rows_for_what_is_added(root):
    page = root.get(reverse("admin:meetings_meeting_add")).content.decode()

    for row in ("agenda_items-2-title", "materials-0-title", "work-0-title", "summary-0-body"):
        assert f'name="{row}"' in page


def test_a_summary_is_written_for_a_meeting_that_has_none(root):
    MeetingFactory(title="Has none")
    written = SummaryFactory(meeting__title="Has one")

    page = root.get(reverse("admin:meetings_summary_add")).content.decode()
    assert "Has none" in page
    assert "Has one" not in page

    root.post(reverse("admin:meetings_summary_change", args=[written.pk]), {"body": "New words", "meeting": ""})
    assert Summary.objects.values_list("meeting__title", "body").get() == ("Has one", "New words")


def test_boxes_without_a_label_of_their_own_are_named(root):
    assert 'aria-label="Proposals due: date"' in root.get(reverse("admin:notices_rfp_add")).content.decode()
    assert 'aria-label="Page"' in root.get(reverse("admin:notices_outreachpartner_add")).content.decode()


def test_a_refused_meeting_keeps_what_was_typed(root):
    inlines = {f"{name}-TOTAL_FORMS": 0 for name in ("agenda_items", "materials", "work", "summary")}
    inlines |= {f"{name}-INITIAL_FORMS": 0 for name in ("agenda_items", "materials", "work", "summary")}
    response = root.post(
        reverse("admin:meetings_meeting_add"),
        {
            "title": "Typed with care", "kind": "full", "zone": "America/Chicago", "place": "Room 1",
            "starts_at_0": "2027-02-17", "starts_at_1": "12:00", "ends_at_0": "2027-02-17", "ends_at_1": "10:00",
            **inlines,
        },
    )  # fmt: skip

    page = response.content.decode()
    assert "The meeting must end after it starts." in page
    assert 'value="Typed with care"' in page
    assert not Meeting.objects.exists()


def test_a_refused_policy_keeps_what_was_typed(root):
    StipendPolicyFactory(starts_on="2026-01-01")
    typed = {
        "starts_on": "2025-01-01", "cap": "55", "per": "date", "minimum_minutes": "30", "claim_days": "60",
        "funding": "Typed with care",
    }  # fmt: skip

    page = root.post(reverse("admin:stipends_stipendpolicy_add"), typed).content.decode()

    assert "A new policy begins after the one in force." in page
    assert 'value="Typed with care"' in page
    assert StipendPolicy.objects.count() == 1


@pytest.mark.parametrize(
    ("page", "sentence"), [("publish", "This meeting is over."), ("cancel", "It has begun or is over.")]
)
def test_a_refused_decision_on_a_meeting_keeps_the_reason(page, sentence, root):
    meeting = MeetingFactory(state="draft", starts_at="2020-01-15T16:00Z", ends_at="2020-01-15T18:00Z")
    address = reverse(f"admin:meetings_meeting_{page}", args=[meeting.pk])

    response = root.post(address, {"reason": "Typed with care"})

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert "Typed with care" in response.content.decode()


def test_a_refused_tick_list_keeps_the_names_of_guests(root):
    meeting = MeetingFactory(starts_at="2999-01-15T16:00Z", ends_at="2999-01-15T18:00Z")

    response = root.post(reverse("admin:meetings_meeting_attendance", args=[meeting.pk]), {"guest": "Guest <Two>"})

    assert 'value="Guest &lt;Two&gt;"' in response.content.decode()


def test_summaries_are_published_after_one_was_asked(root):
    row = SummaryFactory(meeting__starts_at="2020-01-15T16:00Z", meeting__ends_at="2020-01-15T18:00Z")
    early = SummaryFactory(meeting__starts_at="2999-01-15T16:00Z", meeting__ends_at="2999-01-15T18:00Z")
    address = reverse("admin:meetings_summary_changelist")
    chosen = {"action": "publish_selected", "_selected_action": [row.pk, early.pk]}

    asked = root.post(address, chosen, follow=True)
    assert "for everybody?" in asked.content.decode()
    assert not Summary.objects.filter(published_at__isnull=False).exists()

    page = root.post(address, {**chosen, "confirmed": "yes"}, follow=True).content.decode()
    assert "Published: 1." in page
    assert "A summary is published after the meeting." in page
    assert Summary.objects.get(published_at__isnull=False) == row


def test_a_series_planned_twice_says_that_nothing_was_left_to_plan(root):
    address = reverse("admin:meetings_series_plan", args=[SeriesFactory().pk])

    assert "8 meetings are planned" in root.post(address, follow=True).content.decode()
    assert "All meetings of this series are planned already." in root.post(address, follow=True).content.decode()
