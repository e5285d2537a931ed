"""Load the demonstration: this community, once, through the portal's own actions."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from cop_portal.demo import community, meetings, money, news
from cop_portal.demo.people import DOMAIN
from members.models import Member
from notices.enums import DeliveryState
from notices.models import Delivery


@transaction.atomic
def seed(now: datetime) -> bool:
    """Load everything, or nothing where it is there already. Says whether it loaded."""
    if Member.objects.filter(email=f"owner@{DOMAIN}").exists():
        return False
    community.enter_everybody(now)
    by = Member.objects.get(email=f"meetings@{DOMAIN}")
    meetings.found_workgroups()
    meetings.hold_history(by)
    planned = meetings.plan_series(by, now)
    past = [meeting for meeting in planned if meeting.ends_at < now - timedelta(days=3)]
    coming = next(meeting for meeting in planned if meeting.starts_at > now)
    people = money.enroll_some(past[0].starts_at - timedelta(days=10))
    for number, meeting in enumerate(past):
        meetings.hold(meeting, number=number, by=by)
    money.pay(past[0], people)
    money.spread(past[-1], people, now)
    meetings.prepare_next(coming, now=now - timedelta(days=2))
    meetings.hold_open_house(by, now)
    news.announce(coming, now)
    _count_as_sent(now)
    news.meet_partners("/rfps/facilitation/")
    return True


def _count_as_sent(now: datetime) -> None:
    """What the demo's past owed was sent in the demo's past: a newcomer's mailbox should hold today's mail."""
    for row in Delivery.objects.filter(state=DeliveryState.QUEUED, due_at__lt=now - timedelta(days=1)):
        Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.SENT, sent_at=row.due_at, attempts=1)
