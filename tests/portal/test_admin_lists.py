"""Every list of the staff's room, whichever app registers it: lean at a million rows, and keeping what must be kept."""

from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from meetings.models import ChangeLogEntry, Duty
from members.models import Interest, Referral
from polls.models import Poll
from privacy.logged_reads import LoggedReads
from privacy.models import Disposal, LegalHold, SensitiveView
from tests.factories import (
    NOW,
    AccommodationFactory,
    AttendanceFactory,
    BudgetFactory,
    CallFactory,
    ClaimFactory,
    CommentFactory,
    ConsentNoticeFactory,
    DataExportFactory,
    DataRequestFactory,
    DeliveryFactory,
    EnrollmentFactory,
    MeetingFactory,
    MemberFactory,
    MembershipPeriodFactory,
    MentionFactory,
    NoticeFactory,
    OtherTextFactory,
    OutreachPartnerFactory,
    ParticipantCategoryFactory,
    PaymentBatchFactory,
    PollFactory,
    QuestionFactory,
    RelayFactory,
    RfpFactory,
    RsvpFactory,
    SavedQuestionFactory,
    SeriesFactory,
    StaffFactory,
    StipendPolicyFactory,
    SubscriberFactory,
    SummaryFactory,
    SuppressionFactory,
    TaxThresholdFactory,
    ToolReportFactory,
    WorkgroupFactory,
)

pytestmark = pytest.mark.django_db


def policy(n):
    return StipendPolicyFactory(starts_on=date(2000 + n, 1, 1), ends_on=date(2000 + n, 12, 31))


def change(n):
    return ChangeLogEntry.objects.create(
        meeting=MeetingFactory(), what="Place", before="A", after="B", changed_at=NOW, changed_by=MemberFactory()
    )


def look(n):
    return SensitiveView.objects.create(
        viewer=MemberFactory(), subject=MemberFactory(), what="a page", why="Work", seen_at=NOW + timedelta(n)
    )


def hold(n):
    return LegalHold.objects.create(member=MemberFactory(), why=f"Case {n}", set_by=MemberFactory(), set_at=NOW)


def disposal(n):
    return Disposal.objects.create(
        kind="rsvps", count=n, oldest=NOW, newest=NOW, days=1, schedule="26-000", disposed_at=NOW,
        disposed_by=MemberFactory(),
    )  # fmt: skip


def referral(n):
    return Referral.objects.create(referrer=MemberFactory(), email=f"friend{n}@example.org", created_at=NOW)


def other_text(n):
    row = OtherTextFactory()
    Poll.objects.filter(pk=row.poll_id).update(state="closed", secret=None)
    return row


# For each model in the staff's room, how its nth row is made, with all that a line of the list could ask for.
ROWS = {
    "meetings.accommodation": lambda n: AccommodationFactory(owner=MemberFactory()),
    "meetings.attendance": lambda n: AttendanceFactory(),
    "meetings.attendanceevent": lambda n: AttendanceFactory().steps.get(),
    "meetings.toolreport": lambda n: ToolReportFactory(),
    "meetings.changelogentry": change,
    "meetings.duty": lambda n: Duty.objects.create(number=100 + n, text="To listen"),
    "meetings.meeting": lambda n: MeetingFactory(series=SeriesFactory(), workgroup=WorkgroupFactory()),
    "meetings.rsvp": lambda n: RsvpFactory(),
    "meetings.series": lambda n: SeriesFactory(workgroup=WorkgroupFactory()),
    "meetings.summary": lambda n: SummaryFactory(published_at=NOW, published_by=MemberFactory()),
    "meetings.workgroup": lambda n: WorkgroupFactory(),
    "members.interest": lambda n: Interest.objects.create(label=f"Interest {n}"),
    "members.member": lambda n: MembershipPeriodFactory().member,
    "members.participantcategory": lambda n: ParticipantCategoryFactory(),
    "members.referral": referral,
    "notices.call": lambda n: CallFactory(),
    "notices.delivery": lambda n: DeliveryFactory(member=MemberFactory()),
    "notices.mention": lambda n: MentionFactory(notice=NoticeFactory(), partner=OutreachPartnerFactory()),
    "notices.notice": lambda n: NoticeFactory(rfp=RfpFactory()),
    "notices.outreachpartner": lambda n: RelayFactory().partner,
    "notices.rfp": lambda n: RfpFactory(),
    "notices.subscriber": lambda n: SubscriberFactory(member=MemberFactory(), email=""),
    "notices.suppression": lambda n: SuppressionFactory(),
    "polls.comment": lambda n: CommentFactory(),
    "polls.othertext": other_text,
    "polls.savedquestion": lambda n: SavedQuestionFactory(),
    "polls.poll": lambda n: PollFactory(),
    "polls.question": lambda n: QuestionFactory(),
    "privacy.consent": lambda n: EnrollmentFactory().consent,
    "privacy.consentnotice": lambda n: ConsentNoticeFactory(),
    "privacy.dataexport": lambda n: DataExportFactory(asked_by=StaffFactory(), reason="On paper."),
    "privacy.datarequest": lambda n: DataRequestFactory(),
    "privacy.disposal": disposal,
    "privacy.legalhold": hold,
    "privacy.sensitiveview": look,
    "stipends.claim": lambda n: ClaimFactory(),
    "stipends.enrollment": lambda n: EnrollmentFactory(),
    "stipends.paymentbatch": lambda n: PaymentBatchFactory(),
    "stipends.stipendpolicy": policy,
    "stipends.budget": lambda n: BudgetFactory(year=2000 + n),
    "stipends.taxthreshold": lambda n: TaxThresholdFactory(year=2000 + n),
}
LISTS = {model._meta.label_lower: model_admin for model, model_admin in admin.site._registry.items()}
# Rows that nothing rests on: a field of interest nobody wants, a draft of a meeting or request nobody ever saw.
DELETABLE = {"members.interest", "meetings.meeting", "notices.rfp"}


# Lists that show nobody's private data: what is public, what people said in public under a name of their choice, what staff wrote in their work, and figures.
NOBODYS = {
    "meetings.changelogentry", "meetings.duty", "meetings.meeting", "meetings.series", "meetings.summary",
    "meetings.toolreport", "meetings.workgroup", "members.interest", "members.participantcategory", "notices.notice", "notices.outreachpartner", "notices.rfp", "notices.mention", "polls.comment", "polls.othertext", "polls.savedquestion", "polls.poll", "polls.question", "privacy.consentnotice", "privacy.disposal", "stipends.budget",
    "stipends.stipendpolicy",
    "stipends.taxthreshold",
}  # fmt: skip


def test_every_list_of_the_room_is_tried_here():
    assert set(ROWS) == set(LISTS)


@pytest.mark.parametrize("label", sorted(set(LISTS) - NOBODYS))
def test_a_list_of_people_is_written_down_with_the_work_that_needs_it(label):
    assert isinstance(LISTS[label], LoggedReads)
    assert LISTS[label].reads
    assert LISTS[label].why


@pytest.mark.parametrize("label", LISTS)
def test_a_list_counts_and_deletes_nothing_it_need_not(label):
    model_admin = LISTS[label]
    request = RequestFactory().get("/")
    request.user = StaffFactory(is_superuser=True)

    assert model_admin.show_full_result_count is False
    assert model_admin.date_hierarchy is None
    assert model_admin.list_max_show_all <= 200
    assert label in DELETABLE or not model_admin.has_delete_permission(request)
    assert not model_admin.has_delete_permission(request, ROWS[label](1)) or label == "members.interest"


@pytest.mark.parametrize("label", LISTS)
def test_a_list_costs_the_same_for_one_row_and_for_thirty(label, sign_in):
    client = sign_in(StaffFactory(is_superuser=True))
    address = "/admin/{}/{}/".format(*label.split("."))

    def asked():
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address)
        assert response.status_code == 200
        return len(queries), len(response.context["cl"].result_list)

    ROWS[label](1)
    client.get(address)
    cost_of_one, _ = asked()
    for n in range(2, 31):
        ROWS[label](n)
    cost_of_thirty, shown = asked()

    assert shown >= 30
    assert cost_of_thirty == cost_of_one


@pytest.mark.parametrize("label", [label for label in LISTS if LISTS[label].search_fields])
def test_a_list_that_can_be_searched_takes_any_words(label, sign_in):
    client = sign_in(StaffFactory(is_superuser=True))
    address = "/admin/{}/{}/".format(*label.split("."))

    for words in ("%", "C-99999999999999999999", "a'b\"c", "Zoë & <b>"):
        assert client.get(address, {"q": words}).status_code == 200


def test_no_list_is_filtered_by_a_table_that_points_at_it():
    """``?enrollments__isnull=False`` on the list of people would say who has lived experience."""
    request, let_through = RequestFactory().get("/"), []

    for model, model_admin in admin.site._registry.items():
        offered = {getattr(item, "parameter_name", item) for item in model_admin.list_filter}
        for field in model._meta.get_fields(include_hidden=True):
            if not field.concrete and field.name not in offered:
                lookups = (field.name, f"{field.name}__isnull", f"{field.name}__pk", f"{field.name}__id__in")
                let_through += [(model, one) for one in lookups if model_admin.lookup_allowed(one, "1", request)]

    assert let_through == []


def test_address_of_a_list_does_not_tell_who_is_enrolled(sign_in):
    EnrollmentFactory()
    client = sign_in(StaffFactory(is_superuser=True))

    assert client.get("/admin/members/member/", {"enrollments__isnull": "False"}).status_code == 400
    assert client.get("/admin/members/member/", {"claims": "1"}).status_code == 400
    assert client.get("/admin/members/member/", {"is_staff__exact": "1"}).status_code == 200
