"""A whole portal in small: one of every role, one row of every kind, a different token in every sensitive field.

The matrix of rights and the search for leaks (test_authorization.py, test_canaries.py) both walk through it. It hangs
on the real clock, because the pages do: the meeting begins in a quarter of an hour, so that everything about it is open.
"""

from __future__ import annotations

import time
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from meetings.actions import replace_feed
from meetings.models import ChangeLogEntry, Duty, GuestAnswer
from meetings.tokens import member_answer_url
from members.actions import record
from members.enums import Level, MemberAct, StaffGroup
from members.models import Interest, Member, ParticipantCategory, Referral
from notices.enums import DeliveryState, Subject
from notices.tokens import confirm_url, never_url, renew_url, unsubscribe_url
from polls.actions import keep_poll_report
from polls.enums import PollKind, PollState
from polls.models import Ballot, Choice
from privacy.actions import record_view, set_hold
from privacy.enums import NoticeKey
from privacy.models import ConsentNotice, Disposal, SensitiveView
from stipends import actions as stipends
from stipends.models import Enrollment, StipendPolicy, TaxThreshold
from tests import factories as make
from tests.stipends.scenes import Scene, held_meeting

MEMBERS = ["public", "specialty", "owner", "other", "facilitator"]
STAFF = {str(group.label).lower().replace(" ", "_"): group for group in StaffGroup}
ROLES = ["visitor", "deactivated", *MEMBERS, "no_factor", *STAFF, "superuser"]
# One of each kind at every run of the suite; the others with --thorough, as in CI.
OFTEN = {"visitor", "public", "owner", "meetings", "stipend_approver"}
EACH_ROLE = [role if role in OFTEN else pytest.param(role, marks=pytest.mark.thorough) for role in ROLES]

# Each stands in one field of one row, and is looked for in everything that the portal says.
CANARIES = {
    "name": "Quillon Canaryname",
    "email": "canary.address@example.org",
    "phone": "651-555-7391",
    "need": "canary-need-5f1c",
    "note": "canary-note-83ab",
    "supplier": "0077391845",
    "reason": "canary-reason-c04e",
    "category": "canary-category-2b6d",
    "statement": "canary-statement-61d8",
    "offer": "canary-offer-37aa",
    "join_link": "canary-room-9e70",
    "closed_count": "1237",
    "other_text": "canary-other-text-4d1e",
    "polled": "canary-polled-77d2",
}
BALLOTS, CHOSEN = 1648, 1237


def patterns(found: Any = None, spaces: tuple[str, ...] = (), route: str = "") -> dict[str, str]:
    """Every address that the portal answers: its name (its route where it has none) and its route."""
    rows: dict[str, str] = {}
    for entry in get_resolver().url_patterns if found is None else found:
        full = route + str(entry.pattern)
        if isinstance(entry, URLPattern):
            rows[":".join([*spaces, entry.name]) if entry.name else f"/{full}"] = full
        else:
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            rows |= patterns(entry.url_patterns, inner, full)
    return rows


def _number_rows_past_the_canaries() -> None:
    """PostgreSQL counts on from test to test: after a thousand attendances one would be numbered as an answer is counted."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT setval(oid, greatest(pg_sequence_last_value(oid), 10000)) FROM pg_class WHERE relkind = 'S'"
            )


class World:
    """The rows, by the names that addresses and roles have for them."""

    def __init__(self) -> None:
        self.now = timezone.now().replace(microsecond=0)
        _number_rows_past_the_canaries()
        call_command("setup_portal", verbosity=0)
        self.people: dict[str, Member | None] = {"visitor": None}
        self._enter_people()
        self._enter_meeting()
        self._enter_polls()
        self._enter_stipends()
        self._enter_notices()
        self._enter_records()

    def _enter_people(self) -> None:
        levels = {"public": Level.PUBLIC, "specialty": Level.SPECIALTY}
        for role in [*MEMBERS, "deactivated"]:
            self.people[role] = make.MemberFactory(name=f"The {role}", is_facilitator=role == "facilitator")
            if role != "facilitator":
                make.MembershipPeriodFactory(member=self.people[role], level=levels.get(role, Level.FULL))
        Member.objects.filter(pk=self.people["deactivated"].pk).update(is_active=False)
        for role, group in STAFF.items():
            self.people[role] = make.StaffFactory(name=f"The {role}")
            self.people[role].groups.add(Group.objects.get(name=group))
        self.people["no_factor"] = make.StaffFactory(name="The one without a factor")
        self.people["no_factor"].groups.set(Group.objects.all())
        self.people["superuser"] = make.StaffFactory(name="The superuser", is_superuser=True)
        self.owner, self.other = self.people["owner"], self.people["other"]
        self.category = make.ParticipantCategoryFactory(
            label=CANARIES["category"], is_sensitive=True, ends_on=self.now.date() - timedelta(days=30)
        )
        self.owner.categories.add(self.category)
        make.SeatAttestationFactory(member=self.owner, category=self.category, statement=CANARIES["statement"])
        self.owner.name, self.owner.email, self.owner.phone = CANARIES["name"], CANARIES["email"], CANARIES["phone"]
        self.owner.save()
        for member in filter(None, self.people.values()):
            EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
        for member in filter(None, self.people.values()):
            make.Consent.objects.create(
                member=member, notice=ConsentNotice.objects.in_force(NoticeKey.MEMBERSHIP), given_at=self.now
            )
        for member in (self.owner, self.other):
            make.EnrollmentFactory(
                member=member, supplier_number=CANARIES["supplier"] if member == self.owner else "0011111111"
            )

    def _enter_meeting(self) -> None:
        start = self.now + timedelta(minutes=15)
        join = f"https://join.example.org/{CANARIES['join_link']}"
        self.series, self.workgroup = make.SeriesFactory(), make.WorkgroupFactory()
        self.meeting = make.MeetingFactory(
            title="The meeting", slug="the-meeting", starts_at=start, join_url=join, workgroup=self.workgroup
        )
        self.meeting.facilitators.add(self.people["facilitator"])
        self.workgroup.members.add(self.people["specialty"], through_defaults={"is_lead": True})
        self.workgroup.members.add(self.owner, through_defaults={"shows_name": True})
        self.draft_meeting = make.MeetingFactory(title="A draft", slug="a-draft", state="draft", published_at=None)
        self.rsvp = make.RsvpFactory(meeting=self.meeting, member=self.owner, note=CANARIES["note"])
        self.accommodation = make.AccommodationFactory(rsvp=self.rsvp, need=CANARIES["need"], state="arranged")
        make.AgendaItemFactory(meeting=self.meeting)
        reason = "Minn. Stat. 13.37"
        self.material = make.MaterialFactory(meeting=self.meeting, audience="members", legal_reason=reason)
        self.work = make.MeetingWorkFactory(meeting=self.meeting)
        self.summary = make.SummaryFactory(meeting=self.meeting, published_at=self.now)
        self.change = ChangeLogEntry.objects.create(
            meeting=self.meeting, what="Place", changed_at=self.now, changed_by=self.people["meetings"]
        )
        self.report = make.ToolReportFactory(
            meeting=self.meeting, uploaded_by=self.people["meetings"], mapping={"headings": ["Name"]}
        )
        make.ReportPersonFactory(report=self.report, name=CANARIES["name"], email=CANARIES["email"])
        self.guest = GuestAnswer.objects.create(
            meeting=self.meeting, name="Guest", email="guest@example.org", token="guest-token", answer="online",
            asked_at=self.now, mailed_at=self.now,
        )  # fmt: skip
        self.feed = replace_feed(self.owner, now=self.now)
        self.feed = type(self.feed).objects.get(member=self.owner) if hasattr(self.feed, "objects") else self.feed

    def _enter_polls(self) -> None:
        self.draft_poll = make.PollFactory(meeting=self.meeting, kind=PollKind.CATEGORIES)
        make.OptionFactory(poll=self.draft_poll, label=self.category.label, category=self.category)
        self.closed_poll = make.PollFactory(meeting=self.meeting, is_taking=True)
        option = make.OptionFactory(poll=self.closed_poll, label="Closed yes")
        other = make.OptionFactory(poll=self.closed_poll, label="Closed no")
        ballots = Ballot.objects.bulk_create(
            Ballot(poll=self.closed_poll, voter_key=f"{number:064d}") for number in range(BALLOTS)
        )
        Choice.objects.bulk_create(
            Choice(ballot=ballot, option=option if number < CHOSEN else other) for number, ballot in enumerate(ballots)
        )
        self.other_text = make.OtherTextFactory(poll=self.closed_poll, text=CANARIES["other_text"])
        self.saved_question = make.SavedQuestionFactory()
        make.past(self.closed_poll, PollState.CLOSED, closed_at=self.now)
        self.open_poll = make.PollFactory(meeting=self.meeting, is_taking=True)
        make.OptionFactory.create_batch(2, poll=self.open_poll)

        self.speaker = make.SpeakerRequestFactory(meeting=self.meeting)
        self.comment = make.CommentFactory(meeting=self.meeting)
        self.question = make.QuestionFactory(meeting=self.meeting)

    def _enter_stipends(self) -> None:
        self.budget = make.BudgetFactory()
        self.policy = StipendPolicy.objects.first()
        # By its own actions, by way of people who are nobody's role: claimed, decided, closed and exported.
        paid = held_meeting(ended=self.now - timedelta(days=9), title="A meeting paid for")
        self.batch = Scene(now=self.now, policy=self.policy, meeting=paid, member=self.owner).exported().batch
        asked = held_meeting(ended=self.now - timedelta(days=6), title="A meeting asked about")
        scene = Scene(now=self.now, policy=self.policy, meeting=asked, member=self.owner)
        self.claim = stipends.return_with_question(
            scene.claim("54.00"), by=scene.verifier, question=CANARIES["reason"], now=self.now
        )
        self.claimable = held_meeting(ended=self.now - timedelta(days=3), title="A meeting to claim for")
        make.AttendanceFactory(meeting=self.claimable, member=self.owner, recorded_by=self.people["meetings"])
        self._enter_overdue_work()
        answers = f"Name,Email,Which?\n{CANARIES['name']},{CANARIES['email']},{CANARIES['polled']}\nA,,No\n"
        self.poll_report = keep_poll_report(
            self.claimable, tool="zoom", files=[answers.encode()], by=self.people["meetings"], now=self.now
        )
        self.enrollment = Enrollment.objects.get(member=self.owner)
        assert self.claim.amount == Decimal("54.00")

    def _enter_notices(self) -> None:
        self.notice = make.ReleasedNoticeFactory(slug="the-notice")
        self.draft_notice = make.NoticeFactory(slug="a-draft-notice", drafted_by=self.people["notice_author"])
        self.rfp = make.RfpFactory(slug="the-rfp", due_at=self.now + timedelta(days=9), published_at=self.now)
        self.partner = make.OutreachPartnerFactory()
        self.relay = make.RelayFactory(partner=self.partner)
        self.mention = make.MentionFactory(notice=self.notice, logged_by=self.people["notice_author"])
        self.subscriber = make.SubscriberFactory(email=CANARIES["email"], token="subscriber-token")
        make.SubscriptionFactory(subscriber=self.subscriber)
        self.suppression = make.SuppressionFactory()
        self.call = make.CallFactory(member=self.owner)
        make.DeliveryEventFactory(detail="550 5.1.1 no such user")
        self.delivery = make.DeliveryFactory(
            state=DeliveryState.UNKNOWN, reason="No answer", text=f"Dear {CANARIES['name']}"
        )

    def _enter_overdue_work(self) -> None:
        """The owner stands on the list of people to help, and was offered some before."""
        make.RsvpFactory(meeting=self.claimable, member=self.owner, answer="online")
        make.MeetingWorkFactory(meeting=self.claimable, due_on=(self.now - timedelta(days=2)).date())
        earlier, by = self.now - timedelta(days=50), self.people["membership"]
        record(self.owner, MemberAct.HELP_OFFERED, by=by, about=CANARIES["offer"], now=earlier)

    def _enter_records(self) -> None:
        self.request = make.DataRequestFactory(member=self.owner)
        self.export = make.DataExportFactory(member=self.owner)
        self.referral = Referral.objects.create(referrer=self.owner, email="friend@example.org", created_at=self.now)
        self.consent = self.owner.consents.first()
        record_view(self.people["membership"], what="a test", why="A test", subject=self.owner, now=self.now)
        self.view = SensitiveView.objects.first()
        self.hold = set_hold(by=self.people["data_practices"], why="Case 26-1", kind="consents", now=self.now)
        self.disposal = Disposal.objects.create(
            kind="rsvps", count=1, oldest=self.now, newest=self.now, days=1, schedule="26-000", disposed_at=self.now,
            disposed_by=self.people["data_practices"],
        )  # fmt: skip
        self.consent_notice = make.ConsentNoticeFactory(key=NoticeKey.STIPEND, version=90, published_at=None)

    def admin_rows(self) -> dict[str, Any]:
        """By model, the row that its pages in the staff's room are asked for."""
        return {
            "stipends_paymentbatch": self.batch, "stipends_claim": self.claim, "stipends_stipendpolicy": self.policy,
            "stipends_budget": self.budget, "stipends_taxthreshold": TaxThreshold.objects.first(), "stipends_enrollment": self.enrollment,
            "polls_othertext": self.other_text, "polls_savedquestion": self.saved_question,
            "polls_poll": self.draft_poll, "polls_comment": self.comment, "polls_question": self.question, "meetings_meeting": self.draft_meeting, "meetings_rsvp": self.rsvp,
            "meetings_accommodation": self.accommodation,
            "meetings_attendance": self.claimable.attendances.first(),
            "meetings_attendanceevent": self.claimable.attendance_events.first(), "meetings_toolreport": self.report,
            "meetings_series": self.series,
            "meetings_workgroup": self.workgroup, "meetings_duty": Duty.objects.first(),
            "meetings_summary": self.summary, "meetings_changelogentry": self.change,
            "notices_call": self.call, "notices_delivery": self.delivery, "notices_notice": self.draft_notice,
            "notices_outreachpartner": self.partner, "notices_subscriber": self.subscriber,
            "notices_suppression": self.suppression, "notices_mention": self.mention, "notices_rfp": self.rfp, "members_member": self.owner,
            "members_participantcategory": ParticipantCategory.objects.first(),
            "members_interest": Interest.objects.first(), "members_referral": self.referral,
            "privacy_consentnotice": self.consent_notice, "privacy_datarequest": self.request,
            "privacy_dataexport": self.export,
            "privacy_consent": self.consent, "privacy_sensitiveview": self.view,
            "privacy_legalhold": self.hold, "privacy_disposal": self.disposal,
        }  # fmt: skip

    @cached_property
    def paths(self) -> dict[str, tuple[str, str]]:
        """For every address, where it leads for the owner's things, and for a thing that does not exist."""
        special = {
            "my_data_withdraw": {"key": "stipend"}, "members:come_back": {"token": "nobody"}, "help_person": {"pk": self.owner.pk}, "help_act": {"pk": self.owner.pk, "slug": "answer"},
            "mailbox_detail": {"name": "none"}, "mailbox_html": {"name": "none"},
            "admin:view_on_site": {
                "content_type_id": ContentType.objects.get_for_model(self.draft_meeting).pk,
                "object_id": self.draft_meeting.pk,
            },
            "polls:answer": {"code": self.open_poll.code}, "stipends:claim": {"slug": self.claimable.slug}, "stipends:decline_meeting": {"slug": self.meeting.slug},
            "polls:vote": {"slug": self.meeting.slug, "pk": self.question.pk},
            "polls:same_question": {"pk": self.saved_question.pk},
            "polls:console_reset": {"slug": self.meeting.slug, "pk": self.closed_poll.pk},
            "polls:results_csv": {"slug": self.meeting.slug, "pk": self.closed_poll.pk},
            "polls:console_speaker": {"slug": self.meeting.slug, "pk": self.speaker.pk, "verb": "call"},
            "polls:console_comment": {"slug": self.meeting.slug, "pk": self.comment.pk, "verb": "show"},
            "polls:console_question": {"slug": self.meeting.slug, "pk": self.question.pk},
            "polls:console_answer": {"slug": self.meeting.slug, "pk": self.question.pk},
            "polls:console_move": {"slug": self.meeting.slug, "pk": self.draft_poll.pk, "verb": "open"},
            "notices:confirm": {"token": confirm_url("new@example.org", [Subject.MEETINGS], ConsentNotice.objects.in_force(NoticeKey.GUEST).pk).split("/")[-2]},
            "notices:preferences": {"token": self.subscriber.token},
            "notices:never": {"token": never_url(self.referral.pk).split("/")[-2]},
            "notices:subject_feed": {"subject": "meetings"}, "notices:renew": {"token": renew_url(self.subscriber.pk).split("/")[-2]},
            "notices:unsubscribe": {"token": unsubscribe_url(self.subscriber.pk, Subject.MEETINGS).split("/")[-2]},
            "notices:detail": {"slug": self.notice.slug}, "notices:rfp_detail": {"slug": self.rfp.slug},
            "admin:notices_relay_print": {"pk": self.relay.pk}, "relay_text": {"pk": self.relay.pk}, "relay_flyer": {"pk": self.relay.pk},
            "notice_reach": {"pk": self.notice.pk},
            "notices:relay": {"code": self.relay.code}, "meetings:personal_feed": {"token": self.feed.token},
            "meetings:month_of": {"year": self.now.year, "month": self.now.month},
            "meetings:workgroup": {"slug": self.workgroup.slug}, "meetings:workgroup_name": {"slug": self.workgroup.slug},
            "meetings:workgroup_people": {"slug": self.workgroup.slug},
            "meetings:workgroup_join": {"slug": self.workgroup.slug},
            "meetings:workgroup_leave": {"slug": self.workgroup.slug},
            "meetings:workgroup_feed": {"slug": self.workgroup.slug},
            "meetings:guest_confirm": {"slug": self.meeting.slug, "token": self.guest.token},
            "meetings:answer_by_link": {
                "slug": self.meeting.slug, "token": member_answer_url(self.meeting, self.owner).split("/")[-2],
            },
            "meetings:checkin_code": {"slug": self.meeting.slug, "code": self.meeting.checkin_code},
            "meetings:material": {"slug": self.meeting.slug, "pk": self.material.pk},
            "meetings:work": {"slug": self.meeting.slug, "pk": self.work.pk},
            "stipends:detail": {"number": self.claim.pk}, "stipends:withdraw": {"number": self.claim.pk},
            "stipends:answer": {"number": self.claim.pk}, "stipends:review": {"number": self.claim.pk}, "admin:polls_poll_full": {"pk": self.closed_poll.pk},
            "admin:polls_poll_full_file": {"pk": self.closed_poll.pk, "kind": "csv"}, "admin:polls_poll_version": {"pk": self.closed_poll.pk},
            "admin:polls_poll_report": {"pk": self.poll_report.pk},
            "polls:representation_version": {"slug": self.meeting.slug, "version": 1},
            "mfa_remove_webauthn": {"pk": 1}, "mfa_edit_webauthn": {"pk": 1}, "admin:app_list": {"app_label": "stipends"}, "/admin/(?P<url>.*)$": {"url": "nothing/here/"},
        }  # fmt: skip
        missing = {"slug": "no-such-thing", "pk": 99999, "number": 99999, "object_id": 99999, "token": "no-such-thing"}
        found, rows = {}, self.admin_rows().items()
        for name, route in patterns().items():
            row = next((row for model, row in rows if f"/{model.replace('_', '/')}/" in f"/{route}"), None)
            key = row.pk if row else None
            known = special.get(name) or {"slug": self.meeting.slug, "pk": key, "number": key, "object_id": key}
            found[name] = (_fill(route, known), _fill(route, {**known, **missing}))
        return found

    def client(self, role: str) -> Client:
        """Signed in as that role, by the second factor where it has one, and just now."""
        client, member = Client(raise_request_exception=False), self.people[role]
        if member is None:
            return client
        client.force_login(member)
        method = {"method": "code", "at": time.time()}
        if member.is_staff and role != "no_factor":
            if not Authenticator.objects.filter(user=member).exists():
                TOTP.activate(member, "JBSWY3DPEHPK3PXP")
            method = {"method": "mfa", "at": time.time(), "type": "totp"}
        session = client.session
        session["account_authentication_methods"] = [method]
        session["account_authentication_methods_user"] = str(member.pk)
        session.save()
        return client


def _fill(route: str, known: dict[str, Any]) -> str:
    """A route with its places filled in: ``meetings/<slug:slug>/`` becomes ``/meetings/the-meeting/``."""
    for name, value in known.items():
        for shape in (f"<slug:{name}>", f"<int:{name}>", f"<str:{name}>", f"<path:{name}>"):
            route = route.replace(shape, str(value))
    route = route.replace("(?P<url>.*)$", str(known.get("url", "")))
    if "(?P<app_label>" in route:
        route = f"admin/{known.get('app_label')}/"
    return f"/{route}"
