"""A poll of another meeting, named in an address or a form: nothing of this meeting comes into it."""

import pytest
import time_machine
from django.urls import reverse

from cop_portal.errors import Refused
from members.enums import StaffGroup
from polls import actions
from polls.actions import SaidOfQuestion
from polls.enums import PollKind
from polls.models import Ballot, Choice, Option, Poll
from tests.factories import NOW, MemberFactory
from tests.meetings.test_admin import with_rights
from tests.polls.poll_reports import ZOOM, kept, meeting_over
from tests.polls.test_import_pages import filled, page_of, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return with_rights(StaffGroup.MEETINGS)


@pytest.fixture
def report(meeting, staff):
    return kept(meeting_over(), ZOOM, by=staff)


@pytest.fixture
def foreign(meeting, staff, now):
    """The category poll of another meeting, with the very same options."""
    return actions.prepare_category_poll(meeting, by=staff, now=now)


def test_report_says_nothing_of_a_poll_of_another_meeting(report, foreign):
    with pytest.raises(Refused) as refused:
        actions.say_questions(report, said={0: SaidOfQuestion(f"p{foreign.pk}")})

    report.refresh_from_db()
    assert (refused.value.code, report.mapping) == ("poll_gone", {})


def test_mapping_to_a_poll_of_another_meeting_is_not_imported(report, foreign, staff):
    """As if it had come into the database by another way."""
    categories = {"to": f"p{foreign.pk}", "wording": "", "labels": []}
    said = {"used services": "Used services", "family": "Family", "provider": "Provider", "county": "County"}
    report.mapping = {"questions": {"0": categories}, "answers": {"0": said | {"a neighbor of theirs": ""}}}
    report.save(update_fields=["mapping"])

    for act in (actions.outcomes, lambda report: actions.import_poll_report(report, seen="", by=staff, now=NOW)):
        with pytest.raises(Refused) as refused:
            act(report)
        assert refused.value.code == "poll_gone"

    foreign.refresh_from_db()
    assert (foreign.state, foreign.report, Ballot.objects.count()) == ("draft", None, 0)


def test_form_that_names_a_poll_of_another_meeting_is_refused(report, foreign, staff, sign_in):
    with time_machine.travel(NOW, tick=False):
        desk = sign_in(staff)
        forms = desk.get(page_of(report)).context["forms"]
        said = filled(forms[0]) | filled(forms[1]) | {"do": "questions", "q0-to": f"p{foreign.pk}", "q1-to": "out"}

        response = desk.post(page_of(report), said)

    report.refresh_from_db()
    assert (response.status_code, report.mapping, foreign.events.count()) == (422, {}, 1)
    assert list(response.context["forms"][0].errors) == ["to"]


def test_draft_that_is_the_meetings_no_more_does_not_become_its_category_poll(report, meeting, staff, sign_in):
    draft = actions.prepare_category_poll(report.meeting, by=staff, now=NOW)
    actions.say_questions(report, said={0: SaidOfQuestion(f"p{draft.pk}")})
    Poll.objects.filter(pk=draft.pk).update(meeting=meeting)

    with time_machine.travel(NOW, tick=False):
        page = sign_in(staff).get(page_of(report))

    assert "is not a poll of this meeting any more" in words(page)
    assert page.context["forms"][0]["to"].value() == f"p{draft.pk}"


# --- Answering ------------------------------------------------------------------------------------------------------
def test_answer_with_an_option_of_another_meetings_poll_is_refused(opened, staff, now, client):
    elsewhere = actions.open_poll(actions.prepare_category_poll(meeting_over(), by=staff, now=now), by=staff, now=now)
    own, other = opened.options.first(), elsewhere.options.first()

    for options in ([other.pk], [own.pk, other.pk]):
        response = client.post(f"/polls/{opened.code}/", {"options": options, "form_key": "a form"})

        assert response.status_code in {409, 422}
        assert Ballot.objects.count() == 0
    assert client.post(f"/polls/{opened.code}/", {"options": [own.pk], "form_key": "a form"}).status_code == 302
    assert list(Ballot.objects.values_list("poll", flat=True)) == [opened.pk]


def test_options_that_changed_after_the_caller_read_them_are_read_under_the_lock(meeting, staff, now):
    """Another process answers by a poll it read a moment ago: its version says that it is read again."""
    asked = {"kind": PollKind.ONE, "question": "Where?", "labels": ("County", "Clinic", "Court")}
    opened = actions.open_poll(actions.prepare_poll(meeting, **asked, by=staff, now=now), by=staff, now=now)
    stale = Poll.objects.prefetch_related("options").get(pk=opened.pk)
    former, kept_one = list(stale.options.all())[:2]
    actions.reset_poll(Poll.objects.get(pk=opened.pk), reason="A wrong answer was offered", by=staff, now=now)
    Option.objects.filter(pk=former.pk).delete()
    actions.open_poll(Poll.objects.get(pk=opened.pk), by=staff, now=now)

    with pytest.raises(Refused) as refused:
        actions.cast_ballot(stale, voter="a device", options=[former], now=now)
    actions.cast_ballot(stale, voter="a device", options=[kept_one], now=now)

    assert refused.value.code == "foreign_option"
    assert list(Choice.objects.values_list("option", flat=True)) == [kept_one.pk]


@pytest.mark.parametrize(
    ("name", "verb"),
    [("console_move", "open"), ("console_move", "close"), ("console_move", "publish"), ("console_reset", "")],
)
def test_console_of_one_meeting_moves_no_poll_of_another(name, verb, opened, staff, sign_in):
    mine = meeting_over()
    facilitator = MemberFactory(is_facilitator=True)
    mine.facilitators.add(facilitator)
    here = {"slug": mine.slug, "pk": opened.pk} | ({"verb": verb} if verb else {})
    before = (opened.state, opened.version, opened.events.count())

    response = sign_in(facilitator).post(reverse(f"polls:{name}", kwargs=here), {"reason": "Not mine"})

    opened.refresh_from_db()
    assert response.status_code == 404
    assert (opened.state, opened.version, opened.events.count()) == before
