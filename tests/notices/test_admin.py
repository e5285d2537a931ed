from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from pytest_django.asserts import assertContains

from members.apps import SESSION_USED
from members.enums import StaffGroup
from members.rights import RIGHTS
from notices.enums import DeliveryState, NoticeState, RfpUpdateKind, SuppressionReason
from notices.models import Delivery, Notice, Relay, Rfp, RfpUpdate, Suppression
from privacy.models import SensitiveView
from tests.factories import (
    DeliveryFactory,
    MemberFactory,
    MembershipPeriodFactory,
    NoticeFactory,
    OutreachPartnerFactory,
    ParticipantCategoryFactory,
    RelayFactory,
    ReleasedNoticeFactory,
    RfpFactory,
    SubscriberFactory,
    SubscriptionFactory,
    SuppressionFactory,
    WorkgroupFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(sign_in):
    """``staff(group)`` signs in somebody with the rights of that group, as members/rights.py has them."""

    def signed_in(group, **fields):
        member = MemberFactory(is_staff=True, **fields)
        wanted = RIGHTS[group]
        rights = [row for row in Permission.objects.select_related("content_type") if _name(row) in wanted]
        assert len(rights) == len(wanted)
        member.user_permissions.set(rights)
        client = sign_in(member)
        client.member = member
        return client

    return signed_in


def _name(permission):
    return f"{permission.content_type.app_label}.{permission.codename}"


def page(name, pk):
    return reverse(f"admin:notices_notice_{name}", args=[pk])


DRAFT = {"title": "News", "slug": "news", "subject": "meetings", "body": "Hello {name}", "levels": ["full"]}


def test_author_writes_and_sender_releases(staff):
    author, sender = staff(StaffGroup.NOTICE_AUTHOR), staff(StaffGroup.NOTICE_SENDER)
    assert author.post(reverse("admin:notices_notice_add"), DRAFT).status_code == 302
    notice = Notice.objects.get()
    assert (notice.state, notice.drafted_by, notice.levels) == (NoticeState.DRAFT, author.member, ["full"])

    assert author.get(page("release", notice.pk)).status_code == 403
    assert sender.post(page("release", notice.pk), {"read": ""}).status_code == 422
    assert sender.post(page("release", notice.pk), {"read": "on"}).status_code == 302
    notice.refresh_from_db()
    assert (notice.state, notice.released_by) == (NoticeState.SCHEDULED, sender.member)
    late = author.post(reverse("admin:notices_notice_change", args=[notice.pk]), {**DRAFT, "title": "Late"})
    assert "is not a draft any more" in late.content.decode()
    assert '<pre class="typed">Late</pre>' in late.content.decode()
    assert Notice.objects.get().title == DRAFT["title"]


def test_a_superuser_does_not_release_what_they_wrote(sign_in):
    boss = MemberFactory(is_staff=True, is_superuser=True)
    notice = NoticeFactory(drafted_by=boss)
    response = sign_in(boss).post(page("release", notice.pk), {"read": "on"})

    assert response.status_code == 422
    assert b"You wrote this notice" in response.content
    notice.refresh_from_db()
    assert notice.state == NoticeState.DRAFT


@pytest.mark.parametrize(
    ("change", "field"),
    [({"body": "{email}"}, "body"), ({"slug": "feed"}, "slug"), ({"page": "//evil.example"}, "page")],
)
def test_a_draft_with_a_fault_is_shown_again(staff, change, field):
    response = staff(StaffGroup.NOTICE_AUTHOR).post(reverse("admin:notices_notice_add"), {**DRAFT, **change})

    assert list(response.context["adminform"].form.errors) == [field]
    assert not Notice.objects.exists()


def test_preview_shows_the_mail_of_a_person_and_runs_nothing(staff):
    notice = NoticeFactory(body="Hello {name} <script>alert(1)</script>")
    MemberFactory(email="ana@example.org", name="Ana <b>Bold</b>")
    sender = staff(StaffGroup.NOTICE_SENDER)

    text = sender.get(page("preview", notice.pk), {"person": "ana@example.org"}).content.decode()
    assert "Hello Ana &lt;b&gt;Bold&lt;/b&gt;" in text
    response = sender.get(page("preview-html", notice.pk), {"person": "ana@example.org"})
    assert "Hello Ana &lt;b&gt;Bold&lt;/b&gt;" in response.content.decode()
    assert b"alert(1)" not in response.content
    assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert not Delivery.objects.exists()


def test_recipients_are_listed_with_reasons_and_the_look_is_written_down(staff):
    SubscriptionFactory(subscriber=SubscriberFactory(email="a@example.org"))
    SubscriptionFactory(subscriber=SubscriberFactory(email="b@example.org"))
    SuppressionFactory(email="b@example.org", reason=SuppressionReason.HARD_BOUNCE)
    sender = staff(StaffGroup.NOTICE_SENDER)
    response = sender.get(page("recipients", NoticeFactory().pk))

    assert response.context["getting"] == 1
    assert response.context["skipped"] == [("stopped address: the address does not exist", 1)]
    assert [person.address for person in response.context["people"]] == ["a@example.org", "b@example.org"]
    [look] = SensitiveView.objects.all()
    assert (look.viewer, look.what, look.count) == (sender.member, "recipients of a notice", 2)


def test_a_test_goes_to_the_one_who_asks_and_only_by_post(staff):
    notice, sender = NoticeFactory(), staff(StaffGroup.NOTICE_SENDER)
    sender.get(page("test", notice.pk))
    assert not Delivery.objects.exists()

    sender.post(page("test", notice.pk))
    assert Delivery.objects.get().address == sender.member.email


def test_cancelling_is_asked_first(staff):
    notice, sender = NoticeFactory(), staff(StaffGroup.NOTICE_SENDER)
    sender.get(page("cancel", notice.pk))
    assert Notice.objects.get().state == NoticeState.DRAFT

    sender.post(page("cancel", notice.pk))
    assert Notice.objects.get().state == NoticeState.CANCELLED


def test_progress_has_a_page_that_renews_its_counts_and_logs_each_look_at_addresses(staff):
    notice = ReleasedNoticeFactory(state="sending", counted={"release": {"getting": 3, "skipped": {"has left": 1}}})
    DeliveryFactory(notice=notice, state="sent", sent_at=timezone.now())
    failed = DeliveryFactory(notice=notice, state="failed", reason="550 no such mailbox", address="gone@example.org")
    DeliveryFactory(notice=notice)
    sender = staff(StaffGroup.NOTICE_SENDER)

    response = sender.get(page("progress", notice.pk))
    assert response.context["states"] == [("Waiting", 1, "queued"), ("Sent", 1, "sent"), ("Failed", 1, "failed")]
    assert (response.context["done"], response.context["looked_at"]) == (2, [failed])
    assert response.context["counted"] == [("get it", 3, "–"), ("has left", 1, 0)]
    [look] = SensitiveView.objects.all()
    assert (look.what, look.count) == ("failed messages of a notice", 1)

    part = sender.get(page("progress", notice.pk), headers={"HX-Request": "true"}).content.decode()
    assert "<strong>2 of 3</strong>" in part
    assert "gone@example.org" not in part
    assert SensitiveView.objects.count() == 1


def test_the_failed_of_one_notice_are_tried_again_together(staff):
    notice = ReleasedNoticeFactory()
    for n in range(3):
        DeliveryFactory(notice=notice, state="failed", reason="550", address=f"f{n}@example.org")
    other = DeliveryFactory(notice=ReleasedNoticeFactory(), state="failed", reason="550")
    assert staff(StaffGroup.AUDITOR).post(page("retry", notice.pk)).status_code == 403

    staff(StaffGroup.NOTICE_SENDER).post(page("retry", notice.pk))
    assert set(notice.deliveries.values_list("state", flat=True)) == {"queued"}
    assert Notice.objects.get(pk=notice.pk).state == NoticeState.SENDING
    other.refresh_from_db()
    assert other.state == DeliveryState.FAILED


def test_who_got_it_is_exported_by_right_with_fresh_proof_and_written_down(staff):
    notice = ReleasedNoticeFactory()
    person = MemberFactory(name="=1+1")
    DeliveryFactory(notice=notice, member=person, address="a@example.org", state="sent", sent_at=timezone.now())
    assert staff(StaffGroup.AUDITOR).get(page("export", notice.pk)).status_code == 403
    sender = staff(StaffGroup.NOTICE_SENDER)

    response = sender.get(page("export", notice.pk))
    assert response["Content-Disposition"] == f'attachment; filename="notice-{notice.pk}-recipients.csv"'
    _, line = response.content.decode().lstrip("\ufeff").splitlines()
    assert line.startswith('"\'=1+1","a@example.org","Sent","","0","')
    [look] = SensitiveView.objects.all()
    assert (look.what, [row.member for row in look.people.all()]) == ("export of who got a notice", [person])

    session = sender.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 0, "type": "totp"}]
    session.save()
    assert sender.get(page("export", notice.pk)).status_code == 302
    assert SensitiveView.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("pause", "sending", "paused"), ("resume", "paused", "sending"), ("take-back", "scheduled", "draft")],
)
def test_each_step_is_taken_by_post_and_by_who_may_release(staff, name, before, after):
    notice = ReleasedNoticeFactory(state=before)
    assert staff(StaffGroup.NOTICE_AUTHOR).post(page(name, notice.pk)).status_code == 403
    sender = staff(StaffGroup.NOTICE_SENDER)
    sender.get(page(name, notice.pk))
    assert Notice.objects.get(pk=notice.pk).state == before

    assert sender.post(page(name, notice.pk)).status_code == 302
    assert Notice.objects.get(pk=notice.pk).state == after
    again = sender.post(page(name, notice.pk), follow=True)
    assert [str(message.level_tag) for message in again.context["messages"]][-1] == "error"


def test_a_correction_is_begun_by_the_author_and_its_form_asks_not_for_whom(staff):
    notice, author = ReleasedNoticeFactory(), staff(StaffGroup.NOTICE_AUTHOR)
    author.get(page("correct", notice.pk))
    assert Notice.objects.count() == 1

    author.post(page("correct", notice.pk))
    draft = Notice.objects.get(corrects=notice)
    form = author.get(reverse("admin:notices_notice_change", args=[draft.pk])).context["adminform"].form
    assert {"title", "body"} <= set(form.fields)
    assert not {"levels", "to_subscribers", "for_workgroup"} & set(form.fields)
    change = {"title": "Corrected: it", "slug": draft.slug, "subject": "meetings", "body": "Better"}
    address = reverse("admin:notices_notice_change", args=[draft.pk])
    for lacking in ({}, {"what_changed": "It is {time}"}):
        shown = author.post(address, {**change, **lacking})
        assert list(shown.context["adminform"].form.errors) == ["what_changed"]
    assert author.post(address, {**change, "what_changed": "The room\nis B 12."}).status_code == 302
    draft.refresh_from_db()
    assert (draft.body, draft.levels, draft.drafted_by) == ("Better", notice.levels, author.member)
    assert draft.what_changed == "The room is B 12."


# --- writing --------------------------------------------------------------------------------------------------------

WRITING = reverse_lazy("admin:notices_notice_preview-writing")


def test_what_is_written_is_shown_in_the_real_mail_before_it_is_saved(staff):
    author = staff(StaffGroup.NOTICE_AUTHOR)
    written = {"title": "News", "body": "Hello {name}, **come** <script>alert(1)</script>", "part": "html"}

    shown = author.post(WRITING, written)
    assert f"Hello {author.member.name}, <strong>come</strong>" in shown.content.decode()
    assert b"alert(1)" not in shown.content
    assert shown["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "frame-ancestors 'self'" in shown["Content-Security-Policy"]
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    text = author.post(WRITING, {**written, "part": "text"})
    assert text["Content-Type"] == "text/plain; charset=utf-8"
    assert f"Hello {author.member.name}, come" in text.content.decode()
    assert "This cannot" not in text.content.decode()
    assert not Notice.objects.exists()
    assert not SensitiveView.objects.exists()


@pytest.mark.parametrize("part", ["html", "text"])
def test_what_is_written_as_a_correction_says_so_leads_to_the_first_and_says_what_is_different(staff, part):
    first = ReleasedNoticeFactory(title="Winter hours", slug="winter-hours")
    written = {
        "title": "N",
        "body": "B",
        "corrects": first.pk,
        "what_changed": "Doors open at 9 & not 8.",
        "part": part,
    }

    shown = staff(StaffGroup.NOTICE_AUTHOR).post(WRITING, written).content.decode()
    assert "This corrects “" in shown
    assert "Winter hours" in shown
    assert settings.PUBLIC_URL + "/notices/winter-hours/" in shown
    assert ("Doors open at 9 &amp; not 8." if part == "html" else "Doors open at 9 & not 8.") in shown


def test_the_form_of_a_correction_shows_its_mail_as_one_and_who_releases_reads_what_is_different(staff):
    draft = NoticeFactory(corrects=ReleasedNoticeFactory(), version=2)
    form = staff(StaffGroup.NOTICE_AUTHOR).get(reverse("admin:notices_notice_change", args=[draft.pk]))
    assertContains(form, f'<input type="hidden" name="corrects" value="{draft.corrects_id}">', html=True)

    sender = staff(StaffGroup.NOTICE_SENDER)
    assertContains(sender.get(page("release", draft.pk)), "It does not say what is different: its author")
    Notice.objects.filter(pk=draft.pk).update(what_changed="The room is B 12.")
    assertContains(sender.get(page("release", draft.pk)), "What is different: The room is B 12.")


def test_whose_mail_is_shown_is_written_down(staff):
    ana = MemberFactory(email="ana@example.org", name="Ana [x](https://evil.example) <b>")
    author = staff(StaffGroup.NOTICE_AUTHOR)

    shown = author.post(WRITING, {"title": "N", "body": "Hello {name}", "person": "ana@example.org"}).content.decode()
    assert "Ana [x](https evil example) &lt;b&gt;" in shown
    [look] = SensitiveView.objects.all()
    assert (look.what, look.subject) == ("the name in a preview", ana)


def test_what_cannot_be_read_is_said_in_the_frame(staff):
    shown = staff(StaffGroup.NOTICE_AUTHOR).post(WRITING, {"title": "a\x07", "body": "x"})
    assert "There is a character in it" in shown.content.decode()


def test_who_cannot_write_sees_no_preview_of_writing(staff):
    assert staff(StaffGroup.NOTICE_SENDER).post(WRITING, {}).status_code == 403
    assert staff(StaffGroup.NOTICE_AUTHOR).get(WRITING).status_code == 405


def test_the_frame_says_what_to_do_when_the_session_has_ended_or_the_token_is_old(staff, client):
    author = staff(StaffGroup.NOTICE_AUTHOR)
    author.handler.enforce_csrf_checks = True
    ended = staff(StaffGroup.NOTICE_AUTHOR)
    session = ended.session
    session[SESSION_USED] = 1
    session.save()

    for asking, words in ((client, "You are signed out."), (ended, "You are signed out."), (author, "signed in anew")):
        shown = asking.post(WRITING, {"title": "N"})
        assertContains(shown, words, status_code=403)
        assert shown["X-Frame-Options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in shown["Content-Security-Policy"]


def test_the_frame_of_the_preview_is_all_that_the_forms_policy_lets_in(staff):
    policy = staff(StaffGroup.NOTICE_AUTHOR).get(reverse("admin:notices_notice_add"))["Content-Security-Policy"]
    assert "frame-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"for_workgroup": ["1"], "levels": []}, "levels"),
        ({"for_answer": ["no"]}, "meeting"),
        ({"body": "On {date}"}, "meeting"),
        ({"title": "Hello {name}"}, "title"),
        ({"for_category": ["999"]}, "for_category"),
    ],
    ids=["levels", "answer", "date", "title", "category"],
)
def test_a_narrower_draft_says_what_it_lacks(staff, change, field):
    WorkgroupFactory(pk=1)
    response = staff(StaffGroup.NOTICE_AUTHOR).post(reverse("admin:notices_notice_add"), {**DRAFT, **change})

    assert list(response.context["adminform"].form.errors) == [field]
    assert not Notice.objects.exists()


def test_a_narrower_draft_goes_to_members_only_and_says_so(staff):
    group, author = WorkgroupFactory(name="Housing"), staff(StaffGroup.NOTICE_AUTHOR)
    change = {"for_workgroup": [str(group.pk)], "for_language": ["Somali"], "to_subscribers": "on"}
    assert author.post(reverse("admin:notices_notice_add"), {**DRAFT, **change}).status_code == 302

    notice = Notice.objects.get()
    assert notice.audience == {"workgroup": [str(group.pk)], "language": ["Somali"]}
    assert not notice.to_subscribers
    shown = author.get(page("recipients", notice.pk))
    assert shown.context["narrowed"] == [("Preferred language", "Somali"), ("Workgroup", "Housing")]
    assert SensitiveView.objects.get().what == "recipients of a notice, by preferred language, workgroup"


@pytest.mark.parametrize(("audience", "folded"), [({}, True), ({"language": ["so"]}, False)])
def test_what_narrows_a_notice_is_seen_at_once(staff, audience, folded):
    notice = NoticeFactory(audience=audience, to_subscribers=False)
    shown = staff(StaffGroup.NOTICE_AUTHOR).get(reverse("admin:notices_notice_change", args=[notice.pk]))

    [narrower] = [part for part in shown.context["adminform"] if part.name == "Narrower"]
    assert ("collapse" in narrower.classes) == folded


def test_counts_by_category_hide_the_few_and_leave_out_what_says_something_about_a_life(staff):
    few, many, none, life = (ParticipantCategoryFactory(is_sensitive=n == 3, order=n) for n in range(4))
    for n in range(6):
        member = MembershipPeriodFactory().member
        member.categories.set([many, life] if n else [many, few, life])
    response = staff(StaffGroup.NOTICE_SENDER).get(page("recipients", NoticeFactory(levels=["full"]).pk))

    assert response.context["categories"] == [(few.label, "fewer than 5"), (many.label, "6"), (none.label, "0")]
    assert response.context["levels"] == [("Full contributing member", 6)]


@pytest.mark.parametrize("name", ["preview", "preview-html", "recipients", "release", "cancel", "test"])
def test_other_staff_see_none_of_it(staff, name):
    client = staff(StaffGroup.STIPEND_APPROVER)

    assert client.get(page(name, NoticeFactory().pk)).status_code == 403


@pytest.mark.parametrize("item_count", [1, 30])
@pytest.mark.parametrize(
    ("model", "make", "queries"),
    [
        ("notice", NoticeFactory, 8),
        ("delivery", DeliveryFactory, 11),
        ("subscriber", SubscriberFactory, 11),
        ("suppression", SuppressionFactory, 11),
        ("rfp", RfpFactory, 7),
        ("outreachpartner", OutreachPartnerFactory, 7),
    ],
)
def test_admin_lists_cost_the_same_for_one_as_for_thirty(
    staff, model, make, queries, item_count, django_assert_num_queries
):
    make.create_batch(item_count)
    client, address = staff(StaffGroup.AUDITOR), reverse(f"admin:notices_{model}_changelist")
    client.get(address)  # kinds of content are asked once in a process, whichever test comes first
    with django_assert_num_queries(queries):
        response = client.get(address)
    assert response.context["cl"].result_count == item_count


def test_the_ledger_shows_no_text_and_changes_nothing(staff):
    row = DeliveryFactory(text="A private letter", html="<p>A private letter</p>")
    client = staff(StaffGroup.NOTICE_SENDER)
    address = reverse("admin:notices_delivery_change", args=[row.pk])

    assert b"A private letter" not in client.get(address).content
    assert client.post(address, {"state": "sent"}).status_code == 403
    assert SensitiveView.objects.filter(viewer=client.member, what="a message sent to a person").exists()


def test_the_failed_are_retried_after_a_question(staff):
    failed = DeliveryFactory(state="failed", reason="The server said 550")
    client = staff(StaffGroup.NOTICE_SENDER)
    data = {"action": "retry", "_selected_action": [failed.pk]}
    client.post(reverse("admin:notices_delivery_changelist"), data)
    failed.refresh_from_db()
    assert failed.state == DeliveryState.FAILED

    client.post(reverse("admin:notices_delivery_changelist"), {**data, "confirmed": "yes"})
    failed.refresh_from_db()
    assert (failed.state, failed.decided_by) == (DeliveryState.QUEUED, client.member)


def test_an_unknown_message_is_decided_on_a_page_of_its_own(staff):
    row = DeliveryFactory(state="unknown", reason="The line broke")
    sender, auditor = staff(StaffGroup.NOTICE_SENDER), staff(StaffGroup.AUDITOR)
    address = reverse("admin:notices_delivery_decide", args=[row.pk])

    assert auditor.get(address).status_code == 403
    assert sender.get(address).status_code == 200
    assert sender.post(address, {}).status_code == 422
    assert sender.post(address, {"decision": "arrived"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.decided_by) == (DeliveryState.SENT, sender.member)


def test_a_suppression_is_lifted_after_a_question(staff):
    row = SuppressionFactory()
    client = staff(StaffGroup.NOTICE_SENDER)
    data = {"action": "lift", "_selected_action": [row.pk], "confirmed": "yes"}
    client.post(reverse("admin:notices_suppression_changelist"), data)

    assert not Suppression.objects.standing().exists()
    client.post(reverse("admin:notices_suppression_add"), {"email": "X@example.org", "reason": "asked"})
    assert Suppression.objects.standing().get().email == "x@example.org"


def test_a_request_is_published_and_added_to(staff):
    rfp = RfpFactory(published_at=None)
    client = staff(StaffGroup.NOTICE_AUTHOR)
    update = reverse("admin:notices_rfp_update", args=[rfp.pk])
    client.post(update, {"kind": RfpUpdateKind.ADDENDUM, "body": "x"})
    assert not RfpUpdate.objects.exists()

    data = {"action": "publish", "_selected_action": [rfp.pk], "confirmed": "yes"}
    client.post(reverse("admin:notices_rfp_changelist"), data)
    rfp.refresh_from_db()
    assert rfp.published_at is not None
    assert client.get(update).status_code == 200
    assert client.post(update, {"kind": RfpUpdateKind.ADDENDUM, "body": ""}).status_code == 422
    client.post(update, {"kind": RfpUpdateKind.ADDENDUM, "body": "Later"})
    assert RfpUpdate.objects.get().author == client.member
    assert Notice.objects.filter(rfp=rfp, drafted_by=client.member).count() == 2


def test_a_partner_gets_links_and_the_list_says_how_many_followed(staff):
    partner = OutreachPartnerFactory(name="Recovery Now")
    RelayFactory(partner=partner, page="/notices/", visits=5, joined=2)
    client = staff(StaffGroup.NOTICE_AUTHOR)
    data = {
        "name": "Recovery Now", "kind": "recovery", "relays-TOTAL_FORMS": "1", "relays-INITIAL_FORMS": "0",
        "relays-MIN_NUM_FORMS": "0", "relays-MAX_NUM_FORMS": "1000", "relays-0-page": "/rfps/",
        "relays-0-partner": partner.pk, "relays-0-label": "Fair", "relays-0-last_day": "2099-12-31",
    }  # fmt: skip
    client.post(reverse("admin:notices_outreachpartner_change", args=[partner.pk]), data)

    relay = Relay.objects.get(page="/rfps/")
    assert (len(relay.code), relay.label, str(relay.last_day)) == (8, "Fair", "2099-12-31")
    [row] = client.get(reverse("admin:notices_outreachpartner_changelist")).context["cl"].result_list
    assert (row.link_count, row.visit_sum, row.joined_sum) == (2, 5, 2)


def test_a_link_is_not_made_for_a_day_that_is_past(staff):
    partner = OutreachPartnerFactory()
    data = {
        "name": partner.name, "kind": "recovery", "relays-TOTAL_FORMS": "1", "relays-INITIAL_FORMS": "0",
        "relays-0-page": "/rfps/", "relays-0-partner": partner.pk, "relays-0-last_day": "2020-01-01",
    }  # fmt: skip

    page = staff(StaffGroup.NOTICE_AUTHOR).post(
        reverse("admin:notices_outreachpartner_change", args=[partner.pk]), data
    )

    assert "Choose today or a later day." in page.content.decode()
    assert not Relay.objects.exists()


def test_the_page_to_print_has_the_drawing_and_the_link_in_words(staff):
    relay = RelayFactory(code="fair2345", label="Fair <1>", page="/accounts/signup/")

    page = staff(StaffGroup.NOTICE_AUTHOR).get(reverse("admin:notices_relay_print", args=[relay.pk])).content.decode()

    words = settings.PUBLIC_URL.partition("://")[2] + "/r/fair2345"
    assert f'aria-label="QR code that leads to {words}"><svg' in page
    assert f'<p class="sheet-link">{words}</p>' in page
    assert "Fair &lt;1&gt;" in page


def test_a_time_that_is_past_is_shown_again(staff):
    past = timezone.localtime() - timedelta(days=1)
    data = {"read": "on", "at_0": f"{past:%Y-%m-%d}", "at_1": "09:00"}

    assert staff(StaffGroup.NOTICE_SENDER).post(page("release", NoticeFactory().pk), data).status_code == 422


def test_a_release_can_wait_for_its_time(staff):
    later = timezone.localtime() + timedelta(days=1)
    notice = NoticeFactory()
    data = {"read": "on", "at_0": f"{later:%Y-%m-%d}", "at_1": "09:00"}

    assert staff(StaffGroup.NOTICE_SENDER).post(page("release", notice.pk), data).status_code == 302
    notice.refresh_from_db()
    assert timezone.localtime(notice.scheduled_for).strftime("%Y-%m-%d %H:%M") == f"{later:%Y-%m-%d} 09:00"


@pytest.mark.parametrize(("zone", "made"), [("America/Denver", True), ("Mars/Phobos", False)])
def test_a_request_needs_a_zone_that_exists(staff, zone, made):
    data = {
        "title": "Request", "slug": "request", "summary": "x", "official_url": "https://x.example/", "contact": "x",
        "due_at_0": "2027-07-01", "due_at_1": "16:30", "zone": zone, "updates-TOTAL_FORMS": "0",
        "updates-INITIAL_FORMS": "0",
    }  # fmt: skip
    staff(StaffGroup.NOTICE_AUTHOR).post(reverse("admin:notices_rfp_add"), data)

    assert Rfp.objects.exists() is made
    assert not Rfp.objects.filter(published_at__isnull=False).exists()


def test_a_notice_that_is_out_is_read_and_not_written(staff):
    notice = ReleasedNoticeFactory()
    response = staff(StaffGroup.NOTICE_AUTHOR).get(reverse("admin:notices_notice_change", args=[notice.pk]))

    assert b"Full contributing member, Specialty contributor, Public attendee" in response.content
    assert b'name="body"' not in response.content


def test_a_subscribers_page_shows_what_they_chose(staff):
    subscription = SubscriptionFactory()
    client = staff(StaffGroup.NOTICE_SENDER)
    address = reverse("admin:notices_subscriber_change", args=[subscription.subscriber.pk])

    assert b"Meetings" in client.get(address).content
    assert client.post(address, {"email": "x@example.org"}).status_code == 403


def test_a_second_click_adds_no_second_batch_of_answers(staff):
    author, rfp = staff(StaffGroup.NOTICE_AUTHOR), RfpFactory(published_at=timezone.now())
    address, answers = (
        reverse("admin:notices_rfp_update", args=[rfp.pk]),
        {"kind": "questions", "body": "Yes, you may."},
    )

    assert author.post(address, answers).status_code == 302
    again = author.post(address, answers)

    assert again.status_code == 422
    assert "on the page already" in again.content.decode()
    assert "Yes, you may." in again.content.decode()
    assert rfp.updates.count() == 1
    assert Notice.objects.filter(rfp=rfp).count() == 1


def test_nothing_is_asked_where_no_message_failed(staff):
    sender, row = staff(StaffGroup.NOTICE_SENDER), DeliveryFactory(state="sent", sent_at=timezone.now())

    response = sender.post(
        reverse("admin:notices_delivery_changelist"), {"action": "retry", "_selected_action": [row.pk]}, follow=True
    )

    assert "None of the chosen messages failed" in response.content.decode()


@pytest.mark.parametrize("part", ["html", "text"])
def test_the_preview_says_what_nobody_can_fill_in(staff, part):
    author = staff(StaffGroup.NOTICE_AUTHOR)
    written = {"title": "News", "body": "Hello {nam}", "part": part}

    shown = author.post(reverse("admin:notices_notice_preview-writing"), written).content.decode()
    right = author.post(reverse("admin:notices_notice_preview-writing"), written | {"body": "{name}"}).content.decode()

    assert shown.count("Nobody can fill in {nam}. What can be filled in: {name}, {meeting}, {date}, {time}.") == 1
    assert "Nobody can fill in" not in right


def test_who_releases_reads_the_title_once_and_the_text_as_it_will_stand(staff):
    notice = NoticeFactory(title="It's =1+1 <b>", body="Hello {name}, **see**")
    main = staff(StaffGroup.NOTICE_SENDER).get(page("release", notice.pk)).content.decode()
    main = main.partition("<h1>")[2].partition("</form>")[0]

    assert main.count("It&#x27;s =1+1 &lt;b&gt;") == 1
    assert "Hello reader, <strong>see</strong>" in main


def test_who_cannot_change_a_notice_reads_words_and_no_codes(staff):
    notice = NoticeFactory(subject="rfps")
    shown = (
        staff(StaffGroup.NOTICE_SENDER).get(reverse("admin:notices_notice_change", args=[notice.pk])).content.decode()
    )

    assert '<div class="readonly">Requests for proposals</div>' in shown
    assert "Address of its page" in shown
    assert "Slug" not in shown


def test_the_part_that_renews_itself_brings_the_whole_page_once_the_state_is_another(staff):
    notice = ReleasedNoticeFactory(state="sending", counted={"release": {"getting": 1, "skipped": {}}})
    sender = staff(StaffGroup.NOTICE_SENDER)
    shown = sender.get(page("progress", notice.pk)).content.decode()
    part = page("progress", notice.pk) + "?seen=sending"
    assert f'hx-get="{part}" hx-trigger="every 5s"' in shown  # without a condition: that would need eval

    still = sender.get(part, headers={"HX-Request": "true"})
    Notice.objects.update(state="sent")
    done = sender.get(part, headers={"HX-Request": "true"})

    assert "HX-Refresh" not in still.headers
    assert done.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(("name", "before"), [("pause", "sending"), ("resume", "paused")])
def test_holding_back_and_going_on_lead_back_to_the_progress(staff, name, before):
    notice = ReleasedNoticeFactory(state=before)

    assert staff(StaffGroup.NOTICE_SENDER).post(page(name, notice.pk)).url == page("progress", notice.pk)


def test_before_anything_is_owed_nothing_is_counted_as_done(staff):
    notice = NoticeFactory(state="scheduled", released_by=MemberFactory(), scheduled_for=timezone.now())

    shown = staff(StaffGroup.NOTICE_SENDER).get(page("progress", notice.pk)).content.decode()

    assert "0 of 0" not in shown
    assert "It starts on " in shown
