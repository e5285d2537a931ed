"""The staff's work, counted: what stands first in the staff's room. A queue empties when its work is done.

Each queue names the right that its work needs and the admin list that shows it; the count is asked only for those who
may do the work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from meetings.enums import ReportKind, ReportState
from meetings.expectations import people_to_help
from meetings.models import Accommodation, Attendance, Meeting, Rsvp, ToolReport
from members.models import Member
from notices.models import Call, Delivery, Notice, Suppression
from polls.actions import tables_out_of_date
from polls.models import OtherText, Poll
from privacy.enums import RequestState
from privacy.models import DataRequest
from stipends.models import Claim, Enrollment

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest


@dataclass(frozen=True)
class Queue:
    """One line of the index: what is to do, where, how much of it, and the right it needs."""

    label: str
    url: str
    count: int
    permission: str


@dataclass(frozen=True)
class Source:
    """One queue as it is written down below; ``counted`` is asked for those only who may do the work."""

    label: str
    list_name: str
    query: str
    permission: str
    counted: Callable[[], int]
    or_permission: str = ""  # a second right that is enough for the same work


# The list's address and filter, the right, and the count; in the order of how long they may wait.
SOURCES: list[Source] = [
    Source(
        "Data requests past their day",
        "admin:privacy_datarequest_changelist",
        f"state={RequestState.OPEN}&due=overdue",
        "privacy.change_datarequest",
        lambda: DataRequest.objects.overdue(timezone.localdate()).count(),
    ),
    Source(
        "Data requests to answer",
        "admin:privacy_datarequest_changelist",
        f"state={RequestState.OPEN}",
        "privacy.change_datarequest",
        lambda: DataRequest.objects.open().count(),
    ),
    Source(
        "People without a level",
        "admin:members_member_changelist",
        "level=none",
        "members.change_member",
        lambda: Member.objects.active().without_level(timezone.localdate()).count(),
    ),
    Source(
        "People without e-mail to read the new notice to",
        "admin:members_member_changelist",
        "notice=unread",
        "members.change_member",
        lambda: Member.objects.to_read_notice_to().count(),
    ),
    Source(
        "People to help",
        "admin:meetings_meeting_help",
        "",
        "members.change_member",
        lambda: people_to_help(now=timezone.now()).count(),
    ),
    Source(
        "Accommodations to arrange",
        "admin:meetings_accommodation_changelist",
        "state=open",
        "meetings.change_accommodation",
        lambda: Accommodation.objects.open(timezone.now()).count(),
    ),
    Source(
        "Guests to call about a meeting",
        "admin:meetings_rsvp_changelist",
        "tell=yes",
        "meetings.change_rsvp",
        lambda: Rsvp.objects.to_tell().count(),
    ),
    Source(
        "Check-ins to confirm",
        "admin:meetings_attendance_changelist",
        "state=to_confirm",
        "meetings.change_attendance",
        lambda: Attendance.objects.to_confirm().count(),
    ),
    Source(
        "Meeting tools' reports to import",
        "admin:meetings_toolreport_changelist",
        "state__exact=review",
        "meetings.change_attendance",
        lambda: ToolReport.objects.filter(kind=ReportKind.ATTENDANCE, state=ReportState.REVIEW).count(),
    ),
    Source(
        "Polls still open after their meeting",
        "admin:polls_poll_changelist",
        "forgotten=yes",
        "polls.change_poll",
        lambda: Poll.objects.open().filter(meeting__ends_at__lt=timezone.now()).count(),
    ),
    Source(
        "Polls to publish",
        "admin:polls_poll_changelist",
        "state__exact=closed",
        "polls.change_poll",
        lambda: Poll.objects.to_publish().count(),
    ),
    Source(
        "Poll reports to import",
        "admin:polls_poll_import",
        "",
        "polls.change_poll",
        lambda: ToolReport.objects.filter(kind=ReportKind.POLL, state=ReportState.REVIEW).count(),
    ),
    Source(
        "Published tables that no longer match",
        "admin:polls_poll_out_of_date",
        "",
        "polls.change_poll",
        lambda: len(tables_out_of_date(timezone.now())),
    ),
    Source(
        "Words beside “other” to look at",
        "admin:polls_othertext_changelist",
        "state__exact=waiting",
        "polls.change_othertext",
        lambda: OtherText.objects.to_decide().count(),
    ),
    Source(
        "Summaries missing",
        "admin:meetings_meeting_changelist",
        "summary=missing",
        "meetings.change_summary",
        lambda: Meeting.objects.without_summary().filter(ends_at__lte=timezone.now()).count(),
    ),
    Source(
        "Notices to release",
        "admin:notices_notice_changelist",
        "state__exact=draft",
        "notices.release_notice",
        lambda: Notice.objects.to_release().count(),
    ),
    Source(
        "Messages that may or may not have arrived",
        "admin:notices_delivery_changelist",
        "state=unknown",
        "notices.decide_delivery",
        lambda: Delivery.objects.unknown().count(),
    ),
    Source(
        "Messages that failed",
        "admin:notices_delivery_changelist",
        "state=failed",
        "notices.decide_delivery",
        lambda: Delivery.objects.failed().count(),
    ),
    Source(
        "People whose mail comes back",
        "admin:notices_suppression_changelist",
        "queue=bounces",
        "notices.change_suppression",
        lambda: Suppression.objects.to_handle().count(),
    ),
    Source(
        "People to call or write to",
        "admin:notices_call_changelist",
        "",
        "members.change_member",
        lambda: Call.objects.to_make().about_stipends(False).count(),
    ),
    Source(
        "People to call or write to about a stipend",
        "admin:notices_call_changelist",
        "",
        "stipends.enter_claim",
        lambda: Call.objects.to_make().about_stipends(True).count(),
    ),
    Source(
        "Claims to verify",
        "admin:stipends_claim_changelist",
        "queue=verify",
        "stipends.verify_claim",
        lambda: Claim.objects.to_verify().count(),
    ),
    Source(
        "Denied claims to look at again",
        "admin:stipends_claim_changelist",
        "queue=review",
        "stipends.verify_claim",
        lambda: Claim.objects.to_review().count(),
        or_permission="stipends.approve_claim",
    ),
    Source(
        "People who want help to register as a supplier",
        "admin:stipends_enrollment_changelist",
        "help=wanted",
        "stipends.verify_claim",
        lambda: Enrollment.objects.wanting_help().count(),
    ),
    Source(
        "Claims to approve",
        "admin:stipends_claim_changelist",
        "queue=approve",
        "stipends.approve_claim",
        lambda: Claim.objects.to_approve().count(),
    ),
    Source(
        "Claims to put into a batch",
        "admin:stipends_claim_changelist",
        "queue=batch",
        "stipends.manage_batches",
        lambda: Claim.objects.to_batch().count(),
    ),
    Source(
        "Sent or paid, and the attendance corrected since",
        "admin:stipends_claim_changelist",
        "queue=corrected",
        "stipends.manage_batches",
        lambda: Claim.objects.to_look_at_again().count(),
        or_permission="stipends.approve_claim",
    ),
    Source(
        "Claims that wait 30 days or longer",
        "admin:stipends_claim_changelist",
        "queue=overdue",
        "stipends.manage_batches",
        lambda: Claim.objects.overdue(timezone.now()).count(),
    ),
]


def work_queues(request: HttpRequest) -> list[Queue]:
    """The queues that this person may work on, each with what waits in it."""
    return [
        Queue(source.label, f"{reverse(source.list_name)}?{source.query}", source.counted(), source.permission)
        for source in SOURCES
        if request.user.has_perm(source.permission)
        or (source.or_permission and request.user.has_perm(source.or_permission))
    ]
