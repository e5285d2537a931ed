"""What disposing of a kind of record does, and which rows of a kind are there to be disposed of (see retention.py)."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from meetings.models import (
    Attendance,
    AttendanceEvent,
    CalendarFeed,
    MeetingWork,
    Rsvp,
    Workgroup,
    WorkgroupMembership,
)
from members.actions import strip_given_by_choice
from members.models import Member, MemberEvent, MembershipPeriod, Referral, SeatAttestation, TakeoverCode
from members.querysets import connected_logins
from notices.models import Call, Delivery, Subscriber
from polls.models import Choice, OtherText
from privacy.disposal import disposing
from privacy.models import Consent, DataExport, DataRequest, SensitiveView, ShownPerson
from stipends.models import Claim, ClaimEvent, Decline, Enrollment, PaymentBatch

Rows = QuerySet[Any]
GONE = "Removed when its period was over."
FORMER_MEMBER = "Former member"


def delete(rows: Rows) -> None:
    """The rows, as the database refuses to delete what still rests on another."""
    rows.delete()


def fill(rows: Rows, **values: Any) -> None:
    rows.update(**values)


def delete_claims(rows: Rows) -> None:
    with disposing(Claim, ClaimEvent):
        ClaimEvent.objects.filter(claim__in=rows).delete()
        rows.delete()


def delete_batches(rows: Rows) -> None:
    with disposing(PaymentBatch):
        rows.delete()


def delete_looks(rows: Rows) -> None:
    with disposing(SensitiveView, ShownPerson):
        ShownPerson.objects.filter(look__in=rows).delete()
        rows.delete()


def delete_events(rows: Rows) -> None:
    with disposing(MemberEvent):
        rows.delete()


def delete_ballots(rows: Rows) -> None:
    """With what was written beside "other": it hangs on no ballot, but on the poll of these."""
    OtherText.objects.filter(poll__ballots__in=rows).delete()
    Choice.objects.filter(ballot__in=rows).delete()
    rows.delete()


def forget_choices(rows: Rows) -> None:
    """What people gave by choice, workgroups included: their names and all that is on record stay."""
    strip_given_by_choice(rows)
    WorkgroupMembership.objects.filter(member__in=rows).delete()


def forget_people(rows: Rows) -> None:
    """The row stays, for figures rest on it; nothing in it says who it was."""
    forget_choices(rows)
    for model in (EmailAddress, Authenticator, UserSession):
        model.objects.filter(user__in=rows).delete()
    connected_logins(rows).delete()
    for link in (CalendarFeed, Subscriber, TakeoverCode):
        link.objects.filter(member__in=rows).delete()
    MeetingWork.done_by.through.objects.filter(member__in=rows).delete()
    MembershipPeriod.objects.filter(member__in=rows).update(reason="")
    log = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Member))
    log.filter(object_id__in=[str(pk) for pk in rows.values_list("pk", flat=True)]).update(object_repr=FORMER_MEMBER)
    rows.update(name=FORMER_MEMBER, email=None, last_login=None, closed_as="", deceased_on=None)


def delete_attendance_steps(rows: Rows) -> None:
    with disposing(AttendanceEvent):
        rows.delete()


def attendance_steps() -> Rows:
    """Of members whose claim for the meeting is gone, and of guests."""
    claims = Claim.objects.filter(member=OuterRef("member"), meeting=OuterRef("meeting"))
    return AttendanceEvent.objects.filter(~Exists(claims))


def attendance() -> Rows:
    """Of members whose claim for the meeting is gone, and of guests."""
    claims = Claim.objects.filter(member=OuterRef("member"), meeting=OuterRef("meeting"))
    return Attendance.objects.filter(~Exists(claims)).exclude(member=None, guest_name=FORMER_MEMBER)


def closed_memberships() -> Rows:
    """Those of people who hold no level any more, with the day it ended. Who is only shut out holds theirs."""
    held = MembershipPeriod.objects.filter(member=OuterRef("pk"), ends_on=None)
    closed = Member.objects.filter(~Exists(held), is_active=False, is_staff=False)
    return closed.annotate(left_on=Max("periods__ends_on"))


def given_by_choice() -> Rows:
    """Closed memberships with something in them that closing takes out where no hold stands."""
    links = (Member.categories, Member.interests, Workgroup.members)
    linked = [Exists(link.through.objects.filter(member=OuterRef("pk"))) for link in links]
    filled = Q(organization__gt="") | Q(phone__gt="") | Q(language__gt="") | Q(needs_interpreter=True)
    return closed_memberships().filter(filled | linked[0] | linked[1] | linked[2])


def former_members() -> Rows:
    """Closed memberships of people who never worked as staff, of whom nothing else is left that bears their name."""
    own = [
        *(model.objects.filter(member=OuterRef("pk")) for model in (Claim, Decline, Attendance, Rsvp, Enrollment)),
        *(model.objects.filter(member=OuterRef("pk")) for model in (Delivery, Call, DataExport, MemberEvent)),
        AttendanceEvent.objects.filter(member=OuterRef("pk")),
        *(model.objects.filter(member=OuterRef("pk")) for model in (Consent, SeatAttestation)),
        DataRequest.objects.filter(member=OuterRef("pk")).exclude(details="", outcome=GONE),
        Referral.objects.filter(referrer=OuterRef("pk")),
        SensitiveView.objects.filter(viewer=OuterRef("pk")),
    ]
    named = closed_memberships().exclude(name=FORMER_MEMBER)
    return named.filter(*(~Exists(rows) for rows in own))
