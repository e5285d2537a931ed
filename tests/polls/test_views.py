import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from meetings.enums import MeetingState
from polls import actions
from polls.enums import PollKind, PollState
from polls.models import Ballot, Poll
from tests.factories import AgendaItemFactory, MeetingFactory, MemberFactory, PollFactory

pytestmark = pytest.mark.django_db


def page(client, path, **more):
    return client.get(path, **more)


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def guest():
    return Client()


@pytest.fixture
def facilitator(meeting):
    member = MemberFactory(is_facilitator=True)
    meeting.facilitators.add(member)
    return member


@pytest.fixture
def room(meeting):
    return f"/meetings/{meeting.slug}"


@pytest.fixture
def published(opened, publish):
    return publish(opened, (2, 3, 17, 0))


PUBLIC_PAGES = ["/live/", "/screen/", "/live/now/", "/screen/now/"]


@pytest.mark.parametrize("path", PUBLIC_PAGES)
@pytest.mark.parametrize("state", ["draft", "open", "closed", "published"])
def test_public_pages_of_the_room_set_no_cookie(path, state, room, draft, guest, staff, now):
    for step in [actions.open_poll, actions.close_poll, actions.publish_poll][
        : ["draft", "open", "closed", "published"].index(state)
    ]:
        step(draft, by=staff, now=now)

    response = page(guest, room + path, data={"v": "x"})

    assert response.status_code == 200
    assert not response.cookies
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("path", [*PUBLIC_PAGES, "/representation.csv", "/"])
def test_results_are_hidden_until_published_everywhere(path, room, opened, guest, staff, now, vote, sign_in):
    for place in (2, 2, 2, 3, 3, 2, 2):
        vote(opened, MemberFactory(), place)
    AgendaItemFactory(meeting=opened.meeting)

    for step in (None, actions.close_poll):
        if step:
            step(opened, by=staff, now=now)
        for client in (guest, sign_in(MemberFactory()), sign_in(staff)):
            response = page(client, room + path, data={"v": "x"})
            assert "71%" not in text(response)
            assert "<table" not in text(response)
            assert response.status_code == (404 if path.endswith("csv") else 200)


@pytest.mark.parametrize("path", [*PUBLIC_PAGES, "/representation.csv"])
def test_published_table_hides_small_cells_for_everybody(path, room, published, guest, facilitator, sign_in):
    for client in (guest, sign_in(MemberFactory()), sign_in(facilitator)):
        content = text(page(client, room + path, data={"v": "x"}))
        assert "not shown" in content
        assert "17" in content
        for label in ("Used services", "Family"):
            row = re.search(rf'scope="row">{label}</th>(.*?)</tr>|{label}",(.*?)"\s', content)[0]
            assert row.count("not shown") in {1, 3}
            assert not re.search(r"\d", row.replace('colspan="3"', ""))


def test_csv_runs_no_formula(meeting, staff, now, guest):
    rows = [("=1+1", 50), ("@SUM(A1)", 50)]
    actions.import_published(
        meeting, rows=rows, participants=2, facilitators=0, submissions=2, remark="-2+3", by=staff, now=now
    )

    content = page(guest, f"/meetings/{meeting.slug}/representation.csv").content.decode()

    assert '"\'=1+1"' in content
    assert '"\'@SUM(A1)"' in content
    assert '"\'-2+3"' in content


def test_meeting_page_shows_the_published_table(room, published, guest):
    content = text(page(guest, f"{room}/"))

    assert "Who was represented" in content
    assert f"{room}/representation.csv" in content


@pytest.mark.parametrize("path", ["/live/", "/screen/", "/representation.csv", "/console/"])
def test_draft_meeting_has_no_room(path, staff, now, sign_in):
    meeting = MeetingFactory(state=MeetingState.DRAFT, published_at=None)

    assert page(sign_in(MemberFactory()), f"/meetings/{meeting.slug}{path}").status_code == 404


@pytest.mark.parametrize("part", ["live", "screen"])
def test_fragment_says_nothing_when_nothing_changed(part, room, opened, guest, vote):
    shown = page(guest, f"{room}/{part}/")
    known = f'"{part}-{shown.context["version"]}"'
    first = page(guest, f"{room}/{part}/now/", headers={"If-None-Match": '"of before"'})
    again = page(guest, f"{room}/{part}/now/", headers={"If-None-Match": known})

    assert f'data-version="{part}-{shown.context["version"]}"' in text(shown)
    assert (first.status_code, first["ETag"], again.status_code, again.content) == (200, known, 304, b"")

    vote(opened, "device", 0)
    changed = page(guest, f"{room}/{part}/now/", headers={"If-None-Match": known})
    assert (changed.status_code, changed["ETag"] == known) == (200, False)
    assert "<strong>1</strong> answer" in text(changed)


def test_fragment_says_states_and_never_a_count(room, opened, guest, staff, now, vote):
    vote(opened, "device", 0)
    said = 'data-says="The poll “Which categories describe you today?” is {}."'

    assert said.format("open") in text(page(guest, f"{room}/live/now/"))
    actions.close_poll(opened, by=staff, now=now)
    assert said.format("closed") in text(page(guest, f"{room}/live/now/"))


@pytest.mark.parametrize("part", ["live", "screen"])
def test_fragment_is_the_same_for_everybody(part, room, opened, guest, facilitator, sign_in):
    looks = [page(each, f"{room}/{part}/now/") for each in (guest, sign_in(MemberFactory()), sign_in(facilitator))]

    assert len({(look.content, tuple(sorted(look.headers.items()))) for look in looks}) == 1
    assert looks[0]["Cache-Control"] == "no-cache"


def test_fragment_costs_four_queries_while_nothing_changes(room, opened, guest, django_assert_num_queries):
    known = page(guest, f"{room}/live/now/")["ETag"]

    with django_assert_num_queries(4):
        page(guest, f"{room}/live/now/", headers={"If-None-Match": known})


def test_guest_finds_each_answer_in_the_room(room, opened, guest):
    option = opened.options.all()[2]

    assert f'href="/polls/{opened.code}/?choose={option.pk}"' in text(page(guest, f"{room}/live/"))


@pytest.mark.parametrize("item_count", [1, 30])
@pytest.mark.parametrize(("path", "queries"), [("/live/", 12), ("/screen/", 12), ("/representation.csv", 2)])
def test_pages_cost_the_same_for_one_and_thirty_answers(
    path, queries, item_count, room, opened, publish, guest, django_assert_num_queries
):
    publish(opened, (0, 0, item_count, item_count))

    with django_assert_num_queries(queries):
        page(guest, room + path)


def post(client, poll, *places, **more):
    options = list(poll.options.all())
    data = {"options": [options[i].pk for i in places], **more}
    return client.post(f"/polls/{poll.code}/", data)


def test_guest_answers_by_code_and_changes_it(opened, guest):
    first = post(guest, opened, 0, 2)
    confirmation = page(guest, first["Location"])
    post(guest, opened, 1)

    assert first["Location"] == f"/polls/{opened.code}/"
    assert "Thank you, your answer is counted" in text(confirmation)
    assert [option.label for option in confirmation.context["chosen"]] == ["Used services", "Provider"]
    assert Ballot.objects.count() == 1
    assert [option.label for option in page(guest, first["Location"]).context["chosen"]] == ["Family"]


def test_two_devices_are_two_ballots(opened, guest):
    post(guest, opened, 0)
    post(Client(), opened, 0)

    assert Ballot.objects.count() == 2


def test_guest_cookies_end_with_the_browser(opened, guest):
    post(guest, opened, 0)

    assert guest.cookies["device"]["max-age"] == guest.cookies["device"]["expires"] == ""
    assert guest.cookies["device"]["httponly"]
    assert "sessionid" not in guest.cookies
    assert "Answering a poll without an account uses one more" in text(page(guest, "/about/"))


def test_look_at_a_poll_starts_no_session(opened, guest):
    page(guest, f"/polls/{opened.code}/")

    assert set(guest.cookies) == {"csrftoken"}


def test_code_is_read_in_any_case(opened, guest):
    assert page(guest, f"/polls/{opened.code.lower()}/").status_code == 200
    assert page(guest, "/polls/", data={"code": f" {opened.code[:3].lower()} {opened.code[3:]}"})["Location"] == (
        f"/polls/{opened.code}/"
    )


def test_unknown_code_is_told(guest):
    response = page(guest, "/polls/", data={"code": "XXXXXX"})

    assert response.status_code == 422
    assert "No poll has this code" in text(response)
    assert page(guest, "/polls/XXXXXX/").status_code == 404
    assert page(guest, "/polls/").status_code == 200


def test_answer_without_a_choice_is_asked_again(opened, guest):
    response = guest.post(f"/polls/{opened.code}/", {})

    assert response.status_code == 422
    assert "Choose an answer before you send." in text(response)
    assert Ballot.objects.count() == 0


@pytest.mark.parametrize("places", [(0,), ()], ids=["with a choice", "without"])
def test_late_answer_is_refused_in_words(places, opened, guest, staff, now):
    actions.close_poll(opened, by=staff, now=now)

    response = post(guest, opened, *places)

    assert response.status_code == 409
    assert "This poll is closed. This answer was not counted" in text(response)
    assert Ballot.objects.count() == 0


def test_draft_does_not_show_its_question(draft, guest):
    response = page(guest, f"/polls/{draft.code}/")

    assert "not open yet" in text(response)
    assert draft.question not in text(response)


def test_published_poll_leads_to_its_table(published, guest, room):
    assert f'href="{room}/live/"' in text(page(guest, f"/polls/{published.code}/"))


def test_member_finds_the_profile_ticked(opened, sign_in, room):
    member = MemberFactory()
    member.categories.add(opened.options.all()[1].category)
    client = sign_in(member)

    for path in (f"/polls/{opened.code}/", f"{room}/live/"):
        response = page(client, path)
        assert "Ticked from your profile" in text(response)
        assert re.findall(r'value="(\d+)"[^>]*checked', text(response)) == [str(opened.options.all()[1].pk)]
    assert Ballot.objects.count() == 0


def test_member_answers_in_the_room(opened, sign_in, room):
    client = sign_in(MemberFactory())

    response = post(client, opened, 3, back="live")

    assert response["Location"] == f"{room}/live/"
    assert "Your answer is counted" in text(page(client, response["Location"]))


def test_guest_who_signs_in_votes_once(opened, guest):
    post(guest, opened, 0)
    guest.force_login(MemberFactory())

    post(guest, opened, 1)

    assert Ballot.objects.count() == 1


def test_facilitator_is_told_and_refused(opened, facilitator, sign_in, room):
    client = sign_in(facilitator)

    for path in (f"/polls/{opened.code}/", f"{room}/live/"):
        assert "counted in the meeting’s total and in no category" in text(page(client, path))
        assert 'name="options"' not in text(page(client, path))
    assert post(client, opened, 0).status_code == 409
    assert Ballot.objects.count() == 0


def test_form_stands_once_on_the_page_of_a_member(opened, sign_in, room):
    shown = text(page(sign_in(MemberFactory()), f"{room}/live/"))

    assert f'id="answer-{opened.pk}"' in shown
    assert f'<div data-answers-of="{opened.pk}" hidden>' in shown


def test_screen_shows_code_qr_and_number_only(opened, guest, room, vote, meeting):
    vote(opened, "device", 0)
    content = text(page(guest, f"{room}/screen/"))

    assert opened.code in content
    assert "<svg" in content
    assert "<strong>1</strong> answer<" in content
    assert "<nav" not in content
    assert meeting.checkin_code not in content


def test_check_in_code_is_on_the_screen_of_those_who_run_it(guest, facilitator, sign_in, room, meeting):
    meeting.starts_at, meeting.ends_at = _around_now()
    meeting.save()

    assert meeting.checkin_code in text(page(sign_in(facilitator), f"{room}/screen/"))
    assert meeting.checkin_code not in text(page(guest, f"{room}/screen/"))
    assert meeting.checkin_code not in text(page(sign_in(MemberFactory()), f"{room}/live/"))


def _around_now():
    from datetime import timedelta

    from django.utils import timezone

    return timezone.now() - timedelta(minutes=5), timezone.now() + timedelta(hours=1)


def test_room_says_what_is_on_now(guest, room, meeting):
    meeting.starts_at, meeting.ends_at = _around_now()
    meeting.save()
    AgendaItemFactory(meeting=meeting, title="Welcome", order=0, minutes=1)
    AgendaItemFactory(meeting=meeting, title="Gaps in care", order=1, minutes=20)
    AgendaItemFactory(meeting=meeting, title="Closing", order=2, minutes=20)

    assert page(guest, f"{room}/live/").context["stands"].item.title == "Gaps in care"


def test_console_is_for_those_who_run_the_meeting(room, facilitator, sign_in, guest):
    assert page(guest, f"{room}/console/").status_code == 302
    assert page(sign_in(MemberFactory()), f"{room}/console/").status_code == 404
    assert page(sign_in(MemberFactory(is_facilitator=True)), f"{room}/console/").status_code == 404
    assert page(sign_in(facilitator), f"{room}/console/").status_code == 200


def test_console_runs_a_poll_from_draft_to_published(room, facilitator, sign_in, guest):
    client = sign_in(facilitator)
    client.post(f"{room}/console/prepare/", {"kind": "categories"})
    poll = Poll.objects.get()

    for verb, state in (("open", "open"), ("close", "closed"), ("publish", "published")):
        assert f"{room}/console/{poll.pk}/{verb}/" in text(page(client, f"{room}/console/"))
        client.post(f"{room}/console/{poll.pk}/{verb}/")
        assert Poll.objects.get().state == state

    assert list(poll.events.values_list("actor", flat=True)) == [facilitator.pk] * 4


def test_console_prepares_other_kinds_and_explains_refusals(room, facilitator, sign_in):
    client = sign_in(facilitator)
    good = {"kind": "one", "question": "Tea?", "labels": "Yes\n\nNo \n", "minimum": "", "maximum": ""}

    assert client.post(f"{room}/console/prepare/", good).status_code == 302
    refused = client.post(f"{room}/console/prepare/", good | {"labels": "Yes"})
    wrong = client.post(f"{room}/console/prepare/", {"kind": "nonsense"})

    assert (refused.status_code, wrong.status_code) == (422, 422)
    assert "at least two answers" in text(refused)
    assert [option.label for option in Poll.objects.get().options.all()] == ["Yes", "No"]


def test_console_refuses_steps_out_of_order_and_foreign_polls(room, draft, facilitator, sign_in):
    client = sign_in(facilitator)

    said = client.post(f"{room}/console/{draft.pk}/publish/", follow=True)

    assert "cannot become" in text(said)
    assert client.post(f"{room}/console/{PollFactory().pk}/open/").status_code == 404
    assert client.post(f"{room}/console/{draft.pk}/reset/").status_code == 404
    assert client.get(f"{room}/console/{draft.pk}/open/").status_code == 405
    assert Poll.objects.get(pk=draft.pk).state == PollState.DRAFT


def test_console_is_closed_to_posts_of_others(room, draft, sign_in, guest):
    for client in (guest, sign_in(MemberFactory())):
        client.post(f"{room}/console/{draft.pk}/open/")
        client.post(f"{room}/console/prepare/", {"kind": "scale", "question": "How?"})

    assert list(Poll.objects.values_list("state", flat=True)) == [PollState.DRAFT]


def test_staff_with_the_right_run_polls_too(room, meeting, staff, sign_in):
    staff.user_permissions.add(Permission.objects.get(codename="change_poll"))

    assert page(sign_in(staff), f"{room}/console/").status_code == 200


def test_room_of_a_meeting_whose_hours_are_lost_names_its_day_alone(client):
    start = datetime(2022, 9, 14, 5, 0, tzinfo=UTC)
    old = MeetingFactory(starts_at=start, ends_at=start + timedelta(hours=23, minutes=59), is_historical=True)
    for path in (f"/meetings/{old.slug}/live/", old.get_absolute_url(), "/meetings/archive/"):
        body = text(client.get(path))
        assert "Wednesday, September 14, 2022" in body
        assert "a.m." not in body
        assert "T00:00" not in body


def test_screen_leads_phones_into_the_room_before_the_first_poll(client):
    meeting = MeetingFactory()
    waiting = text(client.get(f"/meetings/{meeting.slug}/screen/"))
    assert "leads to this meeting’s page for phones" in waiting
    assert meeting.date_text in waiting
    actions.open_poll(PollFactory(meeting=meeting), by=MemberFactory(), now=datetime(2027, 1, 1, tzinfo=UTC))
    assert "leads to this meeting’s page for phones" not in text(client.get(f"/meetings/{meeting.slug}/screen/"))


def test_tapped_answer_is_marked_and_not_sent(opened, guest):
    option = opened.options.all()[1]

    shown = page(guest, f"/polls/{opened.code}/", data={"choose": option.pk})

    assert re.findall(r'value="(\d+)"[^>]*checked', text(shown)) == [str(option.pk)]
    assert "Marked, and not sent yet" in text(shown)
    assert Ballot.objects.count() == 0
    assert "checked" not in text(page(guest, f"/polls/{opened.code}/", data={"choose": "nonsense"}))


def test_lost_answer_sent_again_is_one_ballot(opened):
    """The phone did not hear of its first try, so it has no session yet: only what the form came with."""
    phone = Client(enforce_csrf_checks=True)
    form = text(page(phone, f"/polls/{opened.code}/"))
    sent = dict(re.findall(r'name="(form_key|csrfmiddlewaretoken)" value="([^"]+)"', form))
    token = phone.cookies["csrftoken"].value
    for _ in range(2):
        phone.cookies.clear()
        phone.cookies["csrftoken"] = token
        assert post(phone, opened, 0, **sent).status_code == 302

    assert Ballot.objects.count() == 1


def test_counted_form_sent_again_after_the_close_is_told_so(opened, guest, staff, now):
    post(guest, opened, 0, form_key="one form")
    actions.close_poll(opened, by=staff, now=now)

    again, late = post(guest, opened, 0, form_key="one form"), post(guest, opened, 0, form_key="another")

    assert (again.status_code, late.status_code) == (200, 409)
    assert "Your answer was counted" in text(again)
    assert Ballot.objects.count() == 1


def test_other_is_written_kept_and_needs_its_answer(meeting, staff, now, guest):
    poll = actions.prepare_poll(
        meeting, kind="many", question="Where?", labels=("County",), maximum=2, has_other=True, by=staff, now=now
    )
    poll = actions.open_poll(poll, by=staff, now=now)

    without = post(guest, poll, 0, other_text="A school")
    assert (without.status_code, "A school" in text(without)) == (422, True)
    assert "Choose “Other” as well" in text(without)
    assert post(guest, poll, 1, other_text="A school").status_code == 302
    assert 'value="A school"' in text(page(guest, f"/polls/{poll.code}/"))


@pytest.mark.parametrize(
    ("minimum", "maximum", "words"),
    [(1, 0, "Choose all that fit."), (2, 0, "Choose all that fit, at least 2."), (1, 3, "Choose up to 3."),
     (2, 3, "Choose from 2 to 3."), (2, 2, "Choose 2.")],
)  # fmt: skip
def test_form_says_how_many(minimum, maximum, words, meeting, staff, now, guest):
    poll = actions.prepare_poll(
        meeting, kind="many", question="Which?", labels="ABCD", minimum=minimum, maximum=maximum, by=staff, now=now
    )
    actions.open_poll(poll, by=staff, now=now)

    assert words in text(page(guest, f"/polls/{poll.code}/"))


def test_ballot_leads_to_what_is_protected(opened, guest):
    assert 'href="/polls/secrecy/"' in text(page(guest, f"/polls/{opened.code}/"))
    response = page(guest, "/polls/secrecy/")
    assert "What we cannot promise" in text(response)
    assert not response.cookies


@pytest.mark.parametrize("kind", [PollKind.CONSENSUS, PollKind.SCALE, PollKind.ONE, PollKind.MANY])
@pytest.mark.parametrize("path", ["/live/", "/screen/"])
def test_small_poll_of_any_kind_shows_no_breakdown(kind, path, meeting, staff, now, publish, guest):
    poll = actions.prepare_poll(meeting, kind=kind, question="Well?", labels=("Yes", "No"), by=staff, now=now)
    poll = actions.open_poll(poll, by=staff, now=now)

    publish(poll, (3, 1))

    content = text(page(guest, f"/meetings/{meeting.slug}{path}"))
    assert "The breakdown is not shown" in content
    assert "<table" not in content
    assert "75%" not in content


@pytest.mark.parametrize("role", ["visitor", "member", "facilitator", "meetings staff", "auditor", "superuser"])
def test_unpublished_results_are_exported_to_nobody(role, room, opened, vote, staff, now, facilitator, sign_in):
    for place in (2, 2, 2, 3, 3, 2, 2):
        vote(opened, MemberFactory(), place)
    actions.close_poll(opened, by=staff, now=now)
    client = Client()
    if role == "facilitator":
        client = sign_in(facilitator)
    elif role == "member":
        client = sign_in(MemberFactory())
    elif role != "visitor":
        staff.is_superuser = role == "superuser"
        staff.save()
        staff.user_permissions.set(Permission.objects.filter(content_type__app_label="polls"))
        client = sign_in(staff)

    files = [f"{room}/representation.csv", f"/admin/polls/poll/{opened.pk}/full/"]
    shown = [f"{room}/live/", f"{room}/screen/", f"{room}/console/", f"/admin/polls/poll/{opened.pk}/change/"]

    assert {page(client, path).status_code for path in files} <= {302, 403, 404}
    for path in shown:
        response = page(client, path)
        assert response.status_code in {200, 302, 403, 404}
        assert not re.search(r"71\s?%|29\s?%|<td class=\"num\">[52]<", text(response))
