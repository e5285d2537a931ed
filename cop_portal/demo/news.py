"""The demo's notices: one meeting notice that was sent, one RFP with its notice, one draft that waits."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from cop_portal.demo import texts
from cop_portal.demo.meetings import ZONE, at
from cop_portal.demo.people import DOMAIN
from meetings import actions as meetings
from meetings.enums import MeetingKind
from meetings.models import Meeting
from members.enums import Level
from members.models import Member
from notices import actions
from notices.enums import PartnerKind, RfpUpdateKind, Subject
from notices.models import Notice, OutreachPartner, Rfp

OFFICIAL = "https://mn.gov/dhs/partners-and-providers/grants-rfps/open-rfps/"


def announce(meeting: Meeting, now: datetime) -> None:
    """Tell every level about the next meeting, and publish a request for proposals with its notice."""
    author = Member.objects.get(email=f"author@{DOMAIN}")
    sender = Member.objects.get(email=f"sender@{DOMAIN}")
    notice = Notice.objects.create(
        title=f"Next full CoP meeting: {meeting.local_start:%B} {meeting.local_start.day}",
        slug="next-full-cop-meeting",
        subject=Subject.MEETINGS,
        body=texts.MEETING_NOTICE,
        page=meeting.get_absolute_url(),
        levels=list(Level.values),
        drafted_by=author,
    )
    actions.release(notice, by=sender, now=now - timedelta(days=3))
    actions.start_sending(notice, now=now - timedelta(days=3))
    draft = _publish_rfp(author, now)
    # Released, and left to the worker: its first minute sends these messages.
    actions.release(draft, by=sender, now=now)
    Notice.objects.create(
        title="Workgroups look for specialty contributors",
        slug="workgroups-look-for-contributors",
        subject=Subject.RESOURCES,
        body="Hello {name},\n\nFive workgroups are looking for people who know their field from work or from life.",
        levels=[Level.SPECIALTY],
        drafted_by=author,
    )


def on_weekday(day: date) -> date:
    """This day, or the Monday after it: nobody answers questions or takes proposals on a weekend."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def _publish_rfp(author: Member, now: datetime) -> Notice:
    today = now.astimezone(ZONE).date()
    rfp = Rfp.objects.create(
        title=texts.RFP_TITLE,
        slug="facilitation",
        summary=texts.RFP_SUMMARY,
        official_url=OFFICIAL,
        contact="Procurement desk of the demonstration, rfp@demo.example",
        amount="Up to $100,000 in total, one award (demonstration)",
        questions_due_at=at(on_weekday(today + timedelta(days=14)), 16, 30),
        due_at=at(on_weekday(today + timedelta(days=35)), 16, 30),
    )
    draft = actions.publish_rfp(rfp, by=author, now=now - timedelta(days=2))
    kind = RfpUpdateKind.QUESTIONS
    actions.add_update(rfp, kind=kind, body=texts.RFP_ANSWERS, by=author, now=now - timedelta(days=1))
    session_day = on_weekday(today + timedelta(days=8))
    session = meetings.create(
        slug="rfp-information-session",
        title="Information session: facilitation of the community of practice",
        kind=MeetingKind.RFP_SESSION,
        rfp=rfp,
        purpose="Questions about the request for proposals, answered in public. Answers are posted on its page.",
        starts_at=at(session_day, 13),
        ends_at=at(session_day, 14),
        join_url=texts.JOIN_URL,
    )
    by = Member.objects.get(email=f"meetings@{DOMAIN}")
    meetings.publish(session, by=by, now=now - timedelta(days=2))
    return draft


def meet_partners(rfp_page: str) -> None:
    for name, kind in (
        ("Riverbend Recovery Community (fictional)", PartnerKind.RECOVERY),
        ("Evergreen Association of Counselors (fictional)", PartnerKind.ASSOCIATION),
        ("The Loon Lake Messenger (fictional)", PartnerKind.PRESS),
    ):
        partner = OutreachPartner.objects.create(name=name, kind=kind)
        actions.make_relay(partner, page=rfp_page)
