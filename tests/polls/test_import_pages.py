"""The pages on which staff bring a meeting tool's poll report in: by counts alone, losing nothing that was typed."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from meetings.models import ToolReport
from members.enums import StaffGroup
from members.models import ParticipantCategory
from polls import actions
from polls.actions import SaidOfQuestion
from polls.models import Ballot, Poll
from privacy.models import SensitiveView
from tests.factories import NOW, MeetingFactory, MemberFactory, ParticipantCategoryFactory
from tests.meetings.test_admin import with_rights
from tests.polls.poll_reports import PACE, TEAMS, ZOOM, kept, meeting_over

pytestmark = pytest.mark.django_db
IMPORT = "/admin/polls/poll/import/"


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def meeting():
    ParticipantCategory.objects.all().delete()
    meeting = meeting_over()
    for order, label in enumerate(("Used services", "Family", "Provider", "County")):
        ParticipantCategoryFactory(label=label, order=order, is_sensitive=order < 2)
    meeting.facilitators.add(MemberFactory(name="Fay Runs", email="fay@example.org"))
    return meeting


@pytest.fixture
def staff():
    return with_rights(StaffGroup.MEETINGS)


@pytest.fixture
def desk(sign_in, staff):
    return sign_in(staff)


def upload(client, meeting, *texts, **more):
    chosen = [SimpleUploadedFile("report.csv", text if isinstance(text, bytes) else text.encode()) for text in texts]
    return client.post(IMPORT, {"meeting": meeting.pk, "tool": "zoom", "chosen": chosen, **more})


def page_of(report):
    return reverse("admin:polls_poll_report", args=[report.pk])


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def filled(form):
    return {form.add_prefix(name): form[name].value() or "" for name in form.fields}


def test_staff_bring_a_zoom_report_in_from_file_to_closed_polls(desk, staff, meeting):
    draft = actions.prepare_category_poll(meeting, by=None, now=NOW)

    page = upload(desk, meeting, ZOOM)
    report = ToolReport.objects.get()
    assert page.url == page_of(report)
    questions = desk.get(page.url)
    forms = questions.context["forms"]
    assert [form["to"].value() for form in forms] == [f"p{draft.pk}", ""]
    assert forms[1]["labels"].value() == "No\nYes"
    said = filled(forms[0]) | filled(forms[1]) | {"do": "questions"}
    said |= {"q1-to": "one", "q1-labels": "Yes\r\nNo\r\nCannot say\r\n"}
    assert desk.post(page.url, said).url == page.url
    answers = desk.get(page.url)
    [(_, form), (_, other)] = answers.context["parts"]
    open_ = next(name for name, (answer, _, _) in form.answers.items() if answer == "a neighbor of theirs")
    assert (form.undecided, other.undecided) == (1, 0)
    said = filled(form) | filled(other) | {"do": "answers"}
    assert desk.post(page.url, said).status_code == 422
    assert desk.post(page.url, said | {form.add_prefix(open_): "none"}).url == page.url
    review = desk.get(page.url)
    assert [each.rows for each in review.context["found"]] == [
        [("Used services", 1), ("Family", 1), ("Provider", 2), ("County", 2)],
        [("Yes", 2), ("No", 2), ("Cannot say", 0)],
    ]
    assert "1 answered again later" in words(review)
    assert desk.post(page.url, {"do": "import", "seen": review.context["seen"]}).url == page.url

    done = desk.get(page.url)
    assert [poll.state for poll in done.context["polls"]] == ["closed", "closed"]
    listed = desk.get("/admin/polls/poll/", {"meeting__id__exact": meeting.pk}).context["cl"].result_list
    assert {poll.pk for poll in listed} == {poll.pk for poll in done.context["polls"]}
    assert Ballot.objects.count() == 8
    shown = words(desk.get(reverse("admin:polls_poll_change", args=[draft.pk])))
    assert f"of Zoom, imported by {staff} on January 20, 2027" in shown
    assert report.checksum in shown
    assert "4, from a tool’s report" in words(desk.get("/admin/polls/poll/"))
    looks = SensitiveView.objects.filter(what="a meeting tool's poll report")
    assert looks.count() == 4  # questions, answers twice, review


def test_no_page_says_who_answered(desk, meeting):
    upload(desk, meeting, ZOOM)
    report = ToolReport.objects.get()
    actions.say_questions(report, said={0: SaidOfQuestion("categories"), 1: PACE})

    pages = [words(desk.get(page_of(report), {"step": step})) for step in ("questions", "answers", "")]

    assert [word for page in pages for word in ("Ana", "Lopez", "Ito", "Cem", "@example.org") if word in page] == []


def test_wrong_entries_come_back_with_a_word_and_nothing_typed_is_lost(desk, meeting):
    upload(desk, meeting, TEAMS)
    report = ToolReport.objects.get()
    typed = {"q0-to": "one", "q0-wording": "=Pace? 👩‍🔬", "q0-labels": "Yes\nyes", "q1-to": "many", "q1-wording": " "}
    typed |= {"q1-labels": "x" * 121, "do": "questions"}

    page = desk.post(page_of(report), typed)

    assert page.status_code == 422
    first, second = page.context["forms"]
    assert (first.errors.keys(), second.errors.keys()) == ({"labels"}, {"wording", "labels"})
    assert (first["wording"].value(), first["labels"].value()) == ("=Pace? 👩‍🔬", "Yes\nyes")
    assert report.polls.count() == 0


def test_refusal_of_the_questions_stands_above_what_was_said(desk, meeting):
    upload(desk, meeting, TEAMS)
    report = ToolReport.objects.get()

    page = desk.post(page_of(report), {"q0-to": "out", "q1-to": "out", "do": "questions"})

    assert (page.status_code, page.context["fault"]) == (
        422, "Every question is left out: there is nothing to import.",
    )  # fmt: skip


def test_somebody_called_like_a_facilitator_is_asked_about(desk, meeting):
    upload(desk, meeting, "Name,Email,Who?\nFay Runs,,Family\nAna,,County\n")
    report = ToolReport.objects.get()
    page = desk.post(page_of(report), {"q0-to": "categories", "do": "questions"})
    assert page.url.endswith("?step=answers")
    answers = desk.get(page.url)
    assert "Fay Runs" in words(answers)
    [(_, form)] = answers.context["parts"]

    desk.post(page_of(report), filled(form) | {"names": "asked", "do": "answers"})  # not ticked: they are not

    [outcome] = desk.get(page_of(report)).context["found"]
    assert len(outcome.tally.ballots) == 2


def test_double_click_imports_once_and_says_so(desk, meeting, staff):
    report = actions.say_questions(kept(meeting, TEAMS, by=staff), said={0: PACE})
    data = {"do": "import", "seen": desk.get(page_of(report)).context["seen"]}

    first, again = desk.post(page_of(report), data), desk.post(page_of(report), data)

    assert (first.status_code, again.status_code) == (302, 302)
    assert (Poll.objects.count(), Ballot.objects.count()) == (1, 2)
    assert "Imported by" in words(desk.get(page_of(report)))


def test_poll_that_was_opened_meanwhile_is_chosen_anew(desk, meeting, staff):
    draft = actions.prepare_poll(meeting, kind="one", question="Pace?", labels=["Yes", "No"], by=staff, now=NOW)
    report = actions.say_questions(kept(meeting, TEAMS, by=staff), said={0: SaidOfQuestion(f"p{draft.pk}")})
    seen = desk.get(page_of(report)).context["seen"]
    actions.open_poll(draft, by=staff, now=NOW)

    page = desk.post(page_of(report), {"do": "import", "seen": seen}, follow=True)

    assert "“Pace?” is open by now" in words(page)
    assert page.context["forms"][0].fields["to"].choices[1][0] != f"p{draft.pk}"


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7\n", b"PK\x03\x04", b"hello", b"Name,Email\n"], ids=["empty", "pdf", "xlsx", "word", "none"]
)
def test_wrong_file_is_refused_on_the_page(desk, meeting, data):
    page = upload(desk, meeting, data)

    assert (page.status_code, ToolReport.objects.count()) == (422, 0)
    assert page.context["form"].errors["chosen"]
    assert page.context["form"]["meeting"].value() == str(meeting.pk)


def test_only_meetings_that_have_begun_are_offered(desk, meeting):
    MeetingFactory(starts_at=NOW + timedelta(days=1))
    meeting_over(state="cancelled")

    page = desk.get(IMPORT, {"meeting": meeting.pk})

    assert list(page.context["form"].fields["meeting"].queryset) == [meeting]
    assert f'<option value="{meeting.pk}" selected>' in page.content.decode()


def test_report_can_be_thrown_away(desk, meeting, staff):
    report = kept(meeting, ZOOM, by=staff)

    assert desk.post(page_of(report), {"do": "discard"}).url == IMPORT
    assert LogEntry.objects.get(object_id=report.pk).change_message == "Thrown away."

    report.refresh_from_db()
    assert (report.state, report.texts) == ("gone", None)
    assert "Thrown away" in words(desk.get(page_of(report)))


def test_others_without_the_full_view_do_not_read_small_numbers(sign_in, meeting, staff):
    report = actions.say_questions(kept(meeting, TEAMS, by=staff), said={0: PACE})
    other = with_rights(StaffGroup.MEETINGS)
    other.groups.clear()
    rights = ["view_poll", "add_poll", "change_poll"]
    other.user_permissions.set(Permission.objects.filter(content_type__app_label="polls", codename__in=rights))
    client = sign_in(other)

    page = client.get(page_of(report))

    assert "It waits for its review by" in words(page)
    assert "Is the pace right?" not in words(page)
    client.post(page_of(report), {"do": "import", "seen": actions.seen_of(actions.outcomes(report))})
    assert Ballot.objects.count() == 0


def test_attendance_staffs_list_does_not_show_poll_reports(desk, meeting, staff):
    report = kept(meeting, ZOOM, by=staff)

    assert desk.get(reverse("admin:meetings_toolreport_change", args=[report.pk])).status_code == 302
    assert str(report) not in words(desk.get("/admin/meetings/toolreport/"))


def test_ways_lead_to_the_import_from_the_meeting_and_the_draft(desk, meeting):
    draft = actions.prepare_category_poll(meeting, by=None, now=NOW)
    way = f"{IMPORT}?meeting={meeting.pk}"

    for path in (f"/admin/meetings/meeting/{meeting.pk}/change/", f"/admin/polls/poll/{draft.pk}/change/"):
        assert way in desk.get(path).content.decode()
    assert IMPORT in desk.get("/admin/polls/poll/").content.decode()
    upload(desk, meeting, ZOOM)
    assert "1 Poll reports to import" in words(desk.get("/admin/"))


def test_review_says_how_many_answers_a_name_alone_brought_together(desk, staff, meeting):
    head = "User Name,Email,Is the pace right?\n"
    report = kept(meeting, head + "Ana Lopez,,Yes\nana lopez,,No\nANA LOPEZ,,No\nBen Ito,,Yes\n", by=staff)
    actions.say_questions(report, said={0: PACE})

    page = desk.get(page_of(report))

    assert "3 answers came under a name that another answer bore" in words(page)
    assert page.context["found"][0].rows == [("Yes", 1), ("No", 1), ("Cannot say", 0)]
    assert "lopez" not in page.content.decode().lower()
    report = kept(meeting, head + "Ana Lopez,ana@example.org,Yes\nAna Lopez,ana@example.org,No\nBen,,Yes\n", by=staff)
    actions.say_questions(report, said={0: PACE})
    assert "that another answer bore" not in words(desk.get(page_of(report)))
