"""Releasing a notice and what follows, as two browsers and a hasty hand do it: each ends in a sentence."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertRedirects

from notices import actions
from notices.enums import NoticeState
from notices.models import Notice
from tests.factories import DeliveryFactory, MemberFactory, NoticeFactory, ReleasedNoticeFactory, SuppressionFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 1, 4, 18, tzinfo=UTC)


def page(name, notice):
    return reverse(f"admin:notices_notice_{name}", args=[notice.pk])


@pytest.fixture
def staff(sign_in):
    """Somebody who may do everything with notices, and wrote none of them."""

    def signed_in(**fields):
        member = MemberFactory(is_staff=True, **fields)
        member.user_permissions.set(Permission.objects.filter(content_type__app_label="notices"))
        return sign_in(member)

    return signed_in


def said(response):
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize(
    ("day", "time", "zone", "words"),
    [
        ("2027-03-14", "02:30", "America/Chicago", "show this time never or twice"),
        ("2027-11-07", "01:30", "America/Chicago", "show this time never or twice"),
        ("2027-01-03", "09:00", "America/Chicago", "This time is past."),
        ("2027-01-20", "", "America/Chicago", "Enter a date and a time."),
        ("", "09:00", "America/Chicago", "Enter a date and a time."),
        ("2072-01-20", "09:00", "America/Chicago", "Is the year right?"),
        ("20.1.", "09:00", "America/Chicago", "Enter a date such as"),
        ("2027-01-20", "9h", "America/Chicago", "Enter a time such as"),
        ("2027-01-20", "09:00", "Mars/Olympus", "Enter the name of a time zone"),
    ],
)
def test_a_time_that_cannot_be_is_told_in_a_sentence_and_kept(staff, time_machine, day, time, zone, words):
    time_machine.move_to(NOW)
    data = {"read": "on", "at_0": day, "at_1": time, "zone": zone}

    shown = staff().post(page("release", NoticeFactory()), data)

    assertContains(shown, words, status_code=422)
    assert "interpreted" not in shown.content.decode()
    for typed in filter(None, (day, time, zone)):
        assertContains(shown, f'value="{typed}"', status_code=422)
    assert Notice.objects.get().state == NoticeState.DRAFT


def test_a_time_is_that_of_the_zone_chosen_also_where_the_servers_clock_does_not_show_it(staff, time_machine):
    time_machine.move_to(NOW)
    data = {"read": "on", "at_0": "2027-03-14", "at_1": "02:30", "zone": "America/Phoenix"}

    assert staff().post(page("release", NoticeFactory()), data).status_code == 302
    assert Notice.objects.get().scheduled_for == datetime(2027, 3, 14, 9, 30, tzinfo=UTC)


def test_the_second_to_release_a_notice_reads_who_was_first_and_for_when(staff, time_machine):
    time_machine.move_to(NOW)
    notice, first, second = NoticeFactory(), staff(name="Sage <b>"), staff()
    later = {"read": "on", "at_0": "2027-01-20", "at_1": "09:00", "zone": "America/Chicago"}
    first.post(page("release", notice), later)

    for again in (
        second.post(page("release", notice), {"read": "on"}, follow=True),
        first.get(page("release", notice), follow=True),
    ):
        assertRedirects(again, page("progress", notice))
        words = said(again)[-1]
        assert words.startswith(
            "This notice is released already: by Sage <b>, for Wednesday, January 20, 2027 at 9:00 a.m."
        )
    assertContains(again, "It starts on Wednesday, January 20, 2027 at 9:00 a.m. CST (America/Chicago)")
    notice.refresh_from_db()
    assert notice.scheduled_for == datetime(2027, 1, 20, 15, tzinfo=UTC)


def test_nobody_releases_words_that_they_have_not_read(staff):
    notice, sender = NoticeFactory(body="First words"), staff()
    opened = sender.get(page("release", notice)).context["notice"].fingerprint
    Notice.objects.update(body="Other words")

    shown = sender.post(page("release", notice), {"read": "on", "draft": opened})
    assertContains(shown, "This draft was changed since you opened this page.", status_code=422)
    assertContains(shown, "Other words", status_code=422)
    assert not shown.context["form"]["read"].value()
    assert Notice.objects.get().state == NoticeState.DRAFT

    read = shown.context["notice"].fingerprint
    assertContains(shown, f'<input type="hidden" name="draft" value="{read}">', html=True, status_code=422)
    assert sender.post(page("release", notice), {"read": "on", "draft": read}).status_code == 302


def test_two_who_write_on_one_draft_overwrite_each_other_only_on_purpose(staff):
    notice = NoticeFactory(body="First words", levels=["full"])
    ana, ben, address = staff(name="Ana"), staff(name="Ben"), reverse("admin:notices_notice_change", args=[notice.pk])
    opened = ben.get(address).context["draft"]
    data = {"title": "News", "slug": notice.slug, "subject": "meetings", "levels": ["full"], "draft": opened}
    assert ana.post(address, data | {"body": "Ana's words"}).status_code == 302

    shown = ben.post(address, data | {"body": "Ben's words"})
    assertContains(shown, "Ana saved this draft since you opened it.")
    assertContains(shown, "Ben&#x27;s words")
    assert Notice.objects.get().body == "Ana's words"
    wrong = ben.post(address, data | {"body": ""})
    assert wrong.context["draft"] == opened

    again = shown.context["draft"]
    assert ben.post(address, data | {"body": "Ben's words", "draft": again}).status_code == 302
    assert Notice.objects.get().body == "Ben's words"


@pytest.mark.parametrize(
    ("name", "state", "words"),
    [
        ("pause", "paused", "This notice is paused already."),
        ("pause", "sent", "This notice is sent; it cannot be paused."),
        ("pause", "draft", "This notice is a draft; it cannot be paused."),
        ("cancel", "cancelled", "This notice is cancelled already."),
        ("resume", "sending", "This notice is not paused."),
        ("retry", "sent", "No message is left that failed: somebody has them sent again already."),
    ],
)
def test_what_is_pressed_twice_says_so(staff, name, state, words):
    notice = ReleasedNoticeFactory(state=state)

    assert said(staff().post(page(name, notice), follow=True)) == [words]


@pytest.mark.parametrize("state", ["sent", "cancelled", "corrected"])
def test_nobody_is_asked_to_cancel_what_is_over(staff, state):
    notice = ReleasedNoticeFactory(state=state)
    shown = staff().get(page("cancel", notice), follow=True)

    assertRedirects(shown, reverse("admin:notices_notice_change", args=[notice.pk]))
    assert said(shown) == [f"Nothing is left to cancel: this notice is {state}."]


def test_a_released_notice_leads_to_the_page_where_it_is_taken_back(staff):
    notice = NoticeFactory(
        state=NoticeState.SCHEDULED, released_by=MemberFactory(), scheduled_for=timezone.now() + timedelta(days=1)
    )
    shown = staff().get(reverse("admin:notices_notice_change", args=[notice.pk]))

    assertContains(shown, f'<a href="{page("progress", notice)}">Progress</a>', html=True)
    assertContains(staff().get(page("progress", notice)), "Take it back to a draft")


def test_deciding_leads_back_to_the_notice_and_asks_nothing_that_is_decided(staff):
    notice = ReleasedNoticeFactory()
    row = DeliveryFactory(notice=notice, state="unknown", reason="Lost")
    client, address = staff(), reverse("admin:notices_delivery_decide", args=[row.pk])

    assertRedirects(client.post(address, {"decision": "arrived"}), page("progress", notice))
    again = client.get(address, follow=True)
    assertRedirects(again, page("progress", notice))
    assert said(again)[-1] == "Nothing is to be decided about this message any more. Its state: Sent."


def test_failed_messages_to_addresses_that_do_not_exist_are_not_tried_again_and_it_is_said(staff):
    notice = ReleasedNoticeFactory()
    failed = {"state": "failed", "reason": "The server said 550", "notice": notice}
    DeliveryFactory(address="full@example.org", **failed)
    gone = DeliveryFactory(address="Gone@example.org", **failed)
    stopped = SuppressionFactory(email="gone@example.org", reason="hard_bounce")
    client, left = staff(), "Not tried again: 1. Either mail to these addresses is stopped"

    first = said(client.post(page("retry", notice), follow=True))
    assert (first[0], first[1].startswith(left)) == ("To be sent again: 1.", True)
    [only] = said(client.post(page("retry", notice), follow=True))
    chosen = {"action": "retry", "_selected_action": [gone.pk], "confirmed": "yes"}
    [in_list] = said(client.post(reverse("admin:notices_delivery_changelist"), chosen, follow=True))
    assert only.startswith(left)
    assert in_list.startswith(left)
    assert not LogEntry.objects.filter(change_message="To be sent again").exists()

    actions.lift_suppression(stopped, now=timezone.now())
    assert said(client.post(page("retry", notice), follow=True)) == ["To be sent again: 1."]


@pytest.mark.parametrize(("state", "offered"), [("sending", True), ("paused", True), ("sent", False)])
def test_page_of_its_progress_leads_to_cancelling_while_that_can_be_done(staff, state, offered):
    notice = ReleasedNoticeFactory(state=state)

    shown = staff().get(page("progress", notice)).content.decode()

    assert (page("cancel", notice) in shown) == offered


def test_time_zones_are_offered_where_one_is_typed(staff):
    shown = staff().get(page("release", NoticeFactory()))

    assertContains(shown, '<option value="America/New_York"></option>', html=True)
    assertContains(shown, 'list="zones"')


def test_what_narrows_a_notice_is_seen_when_its_form_comes_back(staff):
    add, typed = reverse("admin:notices_notice_add"), {"title": "N", "slug": "n", "subject": "meetings", "body": ""}

    def folds(response):
        sections = {section.name: section.is_collapsible for section in response.context["adminform"]}
        return sections["Narrower"]

    client = staff()
    assert folds(client.get(add))
    assert folds(client.post(add, typed))
    assert not folds(client.post(add, typed | {"for_language": ["so"]}))
