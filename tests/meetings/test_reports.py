"""A report from its files to the attendance it becomes: by address alone, all or nothing, twice is once."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from cop_portal.errors import Refused
from meetings import actions
from meetings.actions import Said, report_imports
from meetings.models import Attendance, AttendanceEvent, ReportPerson, ToolReport
from meetings.report_people import suggestions
from meetings.tasks import import_reports
from members.enums import StaffGroup
from privacy.actions import set_hold
from privacy.models import SensitiveView
from tests.factories import NOW, AttendanceFactory, MeetingFactory, MemberFactory, RsvpFactory, StaffFactory
from tests.meetings.test_admin import with_rights

pytestmark = pytest.mark.django_db
END = NOW
HEAD = "Name,Email,Join time,Leave time,Role"


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def meeting():
    """Over just now: it ran from 8 to 10 in Minnesota."""
    return MeetingFactory(starts_at=END - timedelta(hours=2))


@pytest.fixture
def staff():
    return with_rights(StaffGroup.MEETINGS)


def csv_of(*lines):
    return "\n".join([HEAD, *lines]).encode()


def line(name, email, joined="08:00", left="10:00", role=""):
    return f"{name},{email},01/20/2027 {joined},01/20/2027 {left},{role}"


def given(meeting, *files, by=None):
    report = actions.keep_report(meeting, kind="attendance", files=files, by=by or StaffFactory(), now=NOW)
    return actions.read_people(report, mapping=actions.first_guess(report))


def imported(report, by=None, **how):
    actions.confirm_report(report, by=by or StaffFactory(), now=NOW, **how)
    import_reports()
    report.refresh_from_db()
    return report


def people(report):
    return {p.name: (p.choice, p.member, p.guest_name, p.is_matched) for p in report.people.select_related("member")}


def test_people_are_known_by_their_address_alone(meeting):
    ana, namesake = MemberFactory(name="Ana Lopez", email="ana@example.org"), MemberFactory(name="Ben Ito")
    RsvpFactory(meeting=meeting, member=None, guest_name="Gus Guest", guest_email="gus@example.org")

    report = given(
        meeting,
        csv_of(
            line("A.", "ANA@example.org"), line("Ben Ito", ""), line("G", "gus@example.org"), line("X", "x@example.org")
        ),
    )

    assert people(report) == {
        "A.": ("member", ana, "", True),
        "Ben Ito": ("open", None, "", False),
        "G": ("guest", None, "Gus Guest", True),
        "X": ("open", None, "", False),
    }
    assert not Attendance.objects.exists()
    [person] = report.people.filter(name="Ben Ito")
    assert suggestions([person]) == {person.pk: [namesake]}


def test_import_records_minutes_roles_and_who_confirmed(meeting, staff):
    ana, host = MemberFactory(email="ana@example.org"), MemberFactory(email="host@example.org", is_facilitator=True)
    own = staff
    report = given(
        meeting,
        csv_of(
            line("Ana", "ana@example.org", "07:30", "08:30"),
            line("Ana phone", "ana@example.org", "08:20", "09:00"),
            line("Host", "host@example.org", role="Host"),
            line("Me", own.email),
            line("Gus", "", "08:00", "08:45"),
            line("Early bird", "", "07:00", "07:30"),
        ),
        # the call was restarted
        csv_of(line("Ana", "ana@example.org", "09:30", "10:30")),
    )
    actions.say_of_all_others(report, choice="guest")

    report = imported(report, by=staff)

    rows = {row.member or row.guest_name: row for row in Attendance.objects.all()}
    assert {who: (row.minutes, row.role) for who, row in rows.items()} == {
        ana: (90, "participant"),
        host: (120, "facilitator"),
        own: (120, "participant"),
        "Gus": (45, "participant"),
    }
    assert {row.confirmed_by for who, row in rows.items() if who != own} == {staff}
    assert (rows[own].confirmed_by, rows[ana].source) == (None, "import")
    assert (report.state, report.texts, report.people.count()) == ("done", None, 0)
    assert report.outcome == {"unread": 0, "new": 4, "not_there": 1, "out": 0}
    assert set(AttendanceEvent.objects.values_list("report", "by")) == {(report.pk, staff.pk)}


def test_lines_that_are_one_member_count_once_and_guests_of_one_name_are_two(meeting):
    ana = MemberFactory()
    report = given(
        meeting,
        csv_of(line("Ana", "private@example.org", "08:00", "09:00"), line("iPhone", "", "08:30", "09:30")),
        csv_of(line("Kim", "kim1@example.org", "08:00", "08:30"), line("Kim", "kim2@example.org", "08:00", "08:20")),
    )
    rows = {person.email or person.name: person.pk for person in report.people.all()}
    as_ana, guest = Said("member", member_id=ana.pk), Said("guest")

    left = actions.say_who(report, said={rows["private@example.org"]: as_ana, rows["iPhone"]: as_ana})
    assert left == 2
    actions.say_who(report, said={rows["kim1@example.org"]: guest, rows["kim2@example.org"]: guest})
    imported(report)

    found = {row.name: row.minutes for row in Attendance.objects.all()}
    assert found == {ana.name: 90, "Kim": 30, "Kim (2)": 20}


def test_one_name_without_address_can_be_several_people(meeting):
    report = given(meeting, csv_of(line("Ana", "", "08:00", "08:10"), line("Ana", "", "08:05", "09:05")))
    [one] = report.people.all()
    assert (one.lines, one.minutes) == (2, 65)

    assert actions.split_person(report, person_id=one.pk) == 2

    assert [person.minutes for person in report.people.all()] == [10, 60]
    with pytest.raises(Refused):
        actions.split_person(report, person_id=report.people.first().pk)


@pytest.mark.parametrize(
    ("how", "minutes", "said"),
    [("keep", 50, "kept"), ("replace", 30, "replaced"), ("add", 80, "added")],
    ids=["keep", "replace", "add"],
)
def test_what_staff_recorded_stays_unless_they_say_otherwise(meeting, how, minutes, said):
    row = AttendanceFactory(meeting=meeting, minutes=50)
    report = given(meeting, csv_of(line("A", row.member.email, "08:00", "08:30")))

    report = imported(report, where_recorded=how, reason="" if how == "keep" else "The call was restarted.")

    row.refresh_from_db()
    assert (row.minutes, row.steps.count()) == (minutes, 1 if how == "keep" else 2)
    assert row.steps[0].reason == ("" if how == "keep" else "The call was restarted.")
    assert report.outcome[said] == 1


def test_own_check_in_is_confirmed_with_the_reports_minutes(meeting, staff):
    ana = MemberFactory()
    actions.check_in(meeting, member=ana, code=meeting.checkin_code, now=meeting.starts_at)

    imported(given(meeting, csv_of(line("A", ana.email, "08:00", "08:30"))), by=staff)

    row = Attendance.objects.get()
    assert (row.minutes, row.confirmed_by, row.source) == (30, staff, "self")


def test_same_files_are_one_report_and_imported_once(meeting, staff):
    data = csv_of(line("A", MemberFactory().email))
    report = given(meeting, data)
    assert actions.keep_report(meeting, kind="attendance", files=[data], by=staff, now=NOW) == report

    actions.confirm_report(report, by=staff, now=NOW)
    actions.confirm_report(report, by=StaffFactory(), now=NOW)
    import_reports()
    import_reports()
    assert (Attendance.objects.count(), AttendanceEvent.objects.count()) == (1, 1)
    again = given(meeting, data)
    assert again.pk != report.pk
    with pytest.raises(Refused) as refusal:
        actions.confirm_report(again, where_recorded="add", reason="More.", by=staff, now=NOW)
    assert refusal.value.code == "added_before"


@pytest.mark.parametrize(
    ("prepare", "how", "code"),
    [
        (lambda report: None, {}, "open_people"),
        (lambda report: actions.say_of_all_others(report, choice="out"), {}, "nobody"),
        (lambda report: actions.say_of_all_others(report, choice="guest"), {"where_recorded": "replace"}, "no_reason"),
        (lambda report: actions.discard_report(report, now=NOW), {}, "not_in_review"),
    ],
    ids=["undecided", "nobody", "no reason", "thrown away"],
)
def test_import_is_refused_and_nothing_is_recorded(meeting, prepare, how, code):
    report = given(meeting, csv_of(line("Ana", "")))
    prepare(report)

    with pytest.raises(Refused) as refusal:
        actions.confirm_report(report, by=StaffFactory(), now=NOW, **how)
    import_reports()

    assert (refusal.value.code, Attendance.objects.count()) == (code, 0)


@pytest.mark.parametrize(
    ("text", "change", "code"),
    [
        ("A,B\nx,y\n", {}, "no_columns"),
        ("Name,Email\nx,y\n", {}, "no_columns"),
        ("Name,Duration\n,5\n,6\n", {}, "nobody"),
        ("Name,Join time,Leave time\nAna,01/19/2027 08:00,01/19/2027 10:00\n", {}, "not_then"),
    ],
    ids=["no person", "no minutes", "nobody", "another day"],
)  # fmt: skip
def test_columns_that_say_nothing_are_refused(meeting, text, change, code):
    report = actions.keep_report(meeting, kind="attendance", files=[text.encode()], by=StaffFactory(), now=NOW)

    with pytest.raises(Refused) as refusal:
        actions.read_people(report, mapping=actions.first_guess(report) | change)

    assert (refusal.value.code, report.people.count()) == (code, 0)


def test_files_of_different_columns_are_not_one_report(meeting):
    report = actions.keep_report(
        meeting, kind="attendance", files=[csv_of(line("A", "")), b"Who,Minutes\nB,5\n"], by=StaffFactory(), now=NOW
    )

    with pytest.raises(Refused) as refusal:
        actions.read_people(report, mapping=actions.first_guess(report))

    assert refusal.value.code == "other_columns"


def test_report_is_not_taken_before_the_meeting_begins():
    with pytest.raises(Refused) as refusal:
        given(MeetingFactory(), csv_of(line("A", "")))

    assert refusal.value.code == "not_begun"
    assert not ToolReport.objects.exists()


def test_worker_that_dies_leaves_nothing_and_the_next_goes_on(meeting, monkeypatch):
    """Killed between two looks, and killed while it writes: the whole report is imported, once."""
    monkeypatch.setattr(report_imports, "LOOKED_AT_ONCE", 2)
    report = given(meeting, csv_of(*(line(f"P{n}", MemberFactory().email) for n in range(5))))
    actions.confirm_report(report, by=StaffFactory(), now=NOW)

    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    assert actions.import_step(now=NOW)
    report.refresh_from_db()
    assert (report.done, report.total, Attendance.objects.count()) == (2, 5, 0)
    assert actions.import_step(now=NOW)
    assert actions.import_step(now=NOW)
    with monkeypatch.context() as dying:
        dying.setattr(report_imports, "write_steps", die)
        with pytest.raises(Killed):
            actions.import_step(now=NOW)
    assert Attendance.objects.count() == 0
    # A killed process says nothing more; here the step could still say that it failed.
    ToolReport.objects.update(state="waiting", fault="")
    import_reports()

    report.refresh_from_db()
    assert (report.state, report.done, Attendance.objects.count(), AttendanceEvent.objects.count()) == ("done", 5, 5, 5)


def test_report_that_cannot_be_written_comes_back_with_a_word(meeting, monkeypatch):
    report = given(meeting, csv_of(line("P", MemberFactory().email)))
    actions.confirm_report(report, by=StaffFactory(), now=NOW)

    def fail(*args, **kwargs):
        raise RuntimeError("disk full")

    with monkeypatch.context() as failing:
        failing.setattr(report_imports, "write_steps", fail)
        with pytest.raises(RuntimeError):
            import_reports()
    report.refresh_from_db()
    assert (report.state, Attendance.objects.count()) == ("review", 0)
    assert "nothing of it was written" in report.fault

    imported(report)
    assert Attendance.objects.count() == 1


def test_report_that_nobody_imports_is_thrown_away_but_for_a_hold(meeting, settings):
    report = given(meeting, csv_of(line("A", "")))
    held = given(MeetingFactory(starts_at=END - timedelta(hours=2)), csv_of(line("B", "")))
    set_hold(by=StaffFactory(), why="Case 1", meeting_id=held.meeting_id, now=NOW)

    assert actions.forget_old_reports(now=NOW + timedelta(days=settings.TOOL_REPORT_DAYS)) == 0
    assert actions.forget_old_reports(now=NOW + timedelta(days=settings.TOOL_REPORT_DAYS, hours=1)) == 1

    report.refresh_from_db()
    assert (report.state, report.texts) == ("gone", None)
    assert [person.name for person in ReportPerson.objects.all()] == ["B"]


@pytest.mark.parametrize("number", [3, 30])
def test_import_costs_the_same_for_three_and_for_thirty(meeting, django_assert_num_queries, number):
    report = given(meeting, csv_of(*(line(f"P{n}", MemberFactory().email) for n in range(number))))
    actions.confirm_report(report, by=StaffFactory(), now=NOW)

    # PostgreSQL is asked once more than SQLite.
    with django_assert_num_queries(25 if connection.vendor == "sqlite" else 26):
        import_reports()

    assert Attendance.objects.count() == number


# --- The pages ------------------------------------------------------------------------------------------------------
def upload(client, meeting, *files):
    address = reverse("admin:meetings_meeting_report", args=[meeting.pk])
    chosen = [SimpleUploadedFile("report.csv", data) for data in files]
    return client.post(address, {"chosen": chosen})


def test_staff_bring_a_report_in_from_file_to_list(sign_in, staff, meeting):
    client, ana = sign_in(staff), MemberFactory(email="ana@example.org")
    hostile = "<script>alert(1)</script>"

    page = upload(client, meeting, csv_of(line("Ana", "ana@example.org"), line(hostile, ""), line("=1+1", "")))
    report = ToolReport.objects.get()
    address = reverse("admin:meetings_toolreport_change", args=[report.pk])
    assert page.url == address
    shown = client.get(address)
    assert [row["person"].name for row in shown.context["lines"]] == [hostile, "=1+1"]
    assert "&lt;script&gt;" in shown.content.decode()
    assert hostile not in shown.content.decode()
    assert SensitiveView.objects.filter(what="a meeting tool's report", count=2).count() == 1
    whole = client.get(address, {"show": "all"})
    assert SensitiveView.objects.about([ana.pk]).count() == 1
    forms = {row["person"].name: row["form"].prefix for row in whole.context["lines"]}
    said = {"do": "save", "line": [prefix[1:] for prefix in forms.values()]}
    for name, who in [("Ana", f"m{ana.pk}"), (hostile, "out"), ("=1+1", "guest")]:
        said |= {f"{forms[name]}-who": who, f"{forms[name]}-guest_name": "Ada One" if who == "guest" else ""}
    assert client.post(f"{address}?show=all", said).status_code == 302
    twice = [client.post(address, said | {"do": "import", "where_recorded": "keep"}) for _ in range(2)]
    assert [answer.status_code for answer in twice] == [302, 302]

    waiting = client.get(address).content.decode()
    assert "0 of 2 looked at" in waiting
    assert "nothing about it can be changed" not in waiting
    import_reports()
    fragment = client.get(address, headers={"HX-Request": "true"})
    assert fragment.headers["HX-Refresh"] == "true"
    assert client.get(address).context["outcome"] == [("recorded anew", 2), ("left out", 1)]
    assert {row.name for row in Attendance.objects.all()} == {ana.name, "Ada One"}


def test_columns_can_be_corrected(sign_in, staff, meeting):
    client = sign_in(staff)

    upload(client, meeting, b"Who,Where from,How long\nAna,ana@example.org,55\n")
    report = ToolReport.objects.get()
    address = reverse("admin:meetings_toolreport_change", args=[report.pk])
    assert client.get(address).context["sample"] == [["Ana", "ana@example.org", "55"]]
    wrong = client.post(address, {"do": "columns", "name": "0", "clock": "none"})
    assert wrong.status_code == 422
    client.post(address, {"do": "columns", "name": "0", "email": "1", "minutes": "2", "clock": "none"})

    [person] = report.people.all()
    assert (person.name, person.email, person.minutes) == ("Ana", "ana@example.org", 55)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"Name,Email\n"], ids=["empty", "pdf", "headings"])
def test_wrong_file_is_refused_on_the_page(sign_in, staff, meeting, data):
    page = upload(sign_in(staff), meeting, data)

    assert (page.status_code, ToolReport.objects.count()) == (422, 0)
    assert page.context["form"].errors["chosen"]


def test_auditor_reads_numbers_and_decides_nothing(sign_in, meeting):
    report = given(meeting, csv_of(line("Ana Private", "")))
    client = sign_in(with_rights(StaffGroup.AUDITOR))
    address = reverse("admin:meetings_toolreport_change", args=[report.pk])

    assert "Ana Private" not in client.get(address).content.decode()
    assert client.post(address, {"do": "discard"}).status_code == 403
    assert ToolReport.objects.get().state == "review"


@pytest.mark.parametrize("button", ["guests", "out", "split", "import"])
def test_no_button_forgets_what_was_said_of_the_others(sign_in, staff, meeting, button):
    """Each button of the review keeps the choices that were not saved yet, and then does its own."""
    client, ana = sign_in(staff), MemberFactory(name="Ana")
    twice = [line("Phone", "", "08:00", "08:10"), line("Phone", "", "08:20", "08:30")]
    report = given(meeting, csv_of(line("Ana", ""), *twice))
    address = reverse("admin:meetings_toolreport_change", args=[report.pk])
    of = {person.name: person.pk for person in report.people.all()}
    said = {
        "line": list(of.values()), f"p{of['Ana']}-who": f"m{ana.pk}", f"p{of['Phone']}-who": "open",
        f"p{of['Phone']}-guest_name": "Pat O'Phone",
    }  # fmt: skip

    does = f"split-{of['Phone']}" if button == "split" else button
    client.post(address, {**said, "do": does, "where_recorded": "keep"})

    rows = report.people.order_by("place").values_list("choice", "member", "guest_name")
    others = {"guests": [("guest", None, "Pat O'Phone")], "out": [("out", None, "")], "split": [("open", None, "")] * 2}
    assert list(rows) == [("member", ana.pk, ""), *others.get(button, [("open", None, "Pat O'Phone")])]


def test_line_that_is_wrong_stops_the_other_buttons_and_keeps_what_was_typed(sign_in, staff, meeting):
    report = given(meeting, csv_of(line("Ana", ""), line("Bo", "")))
    address = reverse("admin:meetings_toolreport_change", args=[report.pk])
    ana, bo = report.people.order_by("place")
    said = {
        "line": [ana.pk, bo.pk],
        f"p{ana.pk}-who": "m99999",
        f"p{bo.pk}-who": "guest",
        f"p{bo.pk}-guest_name": "Bo B",
    }

    page = sign_in(staff).post(address, {**said, "do": "out"})

    assert page.status_code == 422
    assert 'value="Bo B"' in page.content.decode()
    assert set(report.people.values_list("choice", flat=True)) == {"open"}


def test_search_for_a_member_keeps_what_was_said(sign_in, staff, meeting):
    report = given(meeting, csv_of(line("Ana", "")))
    address = reverse("admin:meetings_toolreport_change", args=[report.pk])
    [person] = report.people.all()

    client, said = sign_in(staff), {"line": person.pk, f"p{person.pk}-who": "out", "do": "save"}
    found = client.post(address, {**said, "q": "O'Brien"})

    assert found.url == f"{address}?q=O%27Brien"
    assert client.post(address, {**said, "q": ""}).url == address
    assert report.people.get().choice == "out"
