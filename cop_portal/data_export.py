"""Everything the portal holds about one person, asked from every app's front door (Minn. Stat. 13.04, subd. 3).

One list of tables serves the page and the download. What is not here, and why: answers to a category poll (after it
closes nobody can say whose they are, and before that only the voter's own browser can), and the text of messages (the
subject line and what became of it are here; the message itself is in the person's mailbox).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models import Q

from cop_portal.data_room import rooms
from cop_portal.data_tables import archive, at_their_address, table
from cop_portal.meetings_export import meeting_tables
from members.models import Referral
from members.querysets import connected_logins
from notices.models import Delivery, Subscription, Suppression
from privacy.models import SensitiveView
from stipends.models import Claim, ClaimEvent, Enrollment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cop_portal.data_tables import Table
    from members.models import Member


def everything_about(member: Member) -> list[Table]:
    """Every table, the empty ones too: "nothing" is an answer."""
    return [
        _person(member),
        *_membership(member),
        *_privacy(member),
        *meeting_tables(member),
        *rooms(member),
        *_stipends(member),
        *_mail(member),
        *_sign_in(member),
    ]


def archive_of(member: Member, *, now: datetime) -> bytes:
    """The download: all of it in one zip."""
    return archive(everything_about(member), now=now)


def _person(member: Member) -> Table:
    rows: list[tuple[str, Any]] = [
        ("Name", member.name),
        ("E-mail", member.email),
        ("Organization", member.organization),
        ("To be reached by", member.get_reach_by_display()),
        ("Phone", member.phone),
        ("Preferred language", member.language),
        ("Needs an interpreter", member.needs_interpreter),
        ("Who I am in this community", "; ".join(str(row) for row in member.categories.all())),
        ("Fields of interest", "; ".join(str(row) for row in member.interests.all())),
        ("Facilitator", member.is_facilitator),
        ("Staff", member.is_staff),
        ("Staff groups", "; ".join(member.groups.order_by("name").values_list("name", flat=True))),
        ("Joined", member.joined_at),
        ("Entered by staff", member.entered_by_id is not None),
    ]
    return table("Who I am", "To reach you and to have you at meetings.", ["What", "Value"], rows)


def _levels(member: Member) -> Table:
    return table(
        "How I take part",
        "Your level decides whom we invite and who may claim a stipend; the history is kept.",
        ["Level", "From", "Until", "Expectations confirmed", "Set by staff", "Reason for the change", "Recorded"],
        (
            [
                p.get_level_display(),
                p.starts_on,
                p.ends_on,
                p.agreed_at,
                p.changed_by_id is not None,
                p.reason,
                p.recorded_at,
            ]
            for p in member.periods.order_by("starts_on", "pk")
        ),
    )


def _membership(member: Member) -> list[Table]:
    return [
        _levels(member),
        table(
            "What staff did with my membership",
            "Whatever is done to your membership, or for you at your request, is written down.",
            ["What", "About", "Why", "By", "When"],
            (
                [e.get_what_display(), e.about, e.why, "You" if e.by_id == member.pk else e.by.name, e.at]
                for e in member.events.select_related("by")
            ),
        ),
        table(
            "Statements I confirmed",
            "The law counts some seats as filled only by somebody who can say this.",
            ["For", "Statement", "Confirmed", "Withdrawn"],
            (
                [row.category.label, row.statement, row.attested_at, row.withdrawn_at]
                for row in member.attestations.select_related("category")
            ),
        ),
        table(
            "Workgroups",
            "To invite you to their meetings.",
            ["Workgroup", "Joined", "Lead", "Leads see my name"],
            (
                [row.workgroup.name, row.joined_on, row.is_lead, row.shows_name]
                for row in member.workgroup_memberships.select_related("workgroup").order_by("workgroup__name")
            ),
        ),
        *_referrals(member),
    ]


def _referrals(member: Member) -> list[Table]:
    return [
        table(
            "People I proposed",
            "To send each one message. Whom you proposed is theirs to tell: it does not stand here.",
            # Neither whom nor what came of it: that would tell who is a member, and who is not.
            ["May know it was me", "Proposed"],
            ([r.names_referrer, r.created_at] for r in member.referrals.all()),
        ),
        table(
            "Who proposed me",
            "To send you one message. Kept until you joined or did not answer.",
            ["By", "Proposed"],
            (
                [r.referrer.name if r.names_referrer else "A member", r.created_at]
                for r in Referral.objects.filter(at_their_address(member, "email")).select_related("referrer")
            ),
        ),
    ]


def _privacy(member: Member) -> list[Table]:
    consents = member.consents.select_related("notice", "read_by")
    return [
        table(
            "What I agreed to",
            "The law wants to know which notice you had read before you gave us data.",
            ["Notice", "Version", "Language", "Agreed", "Withdrawn", "Read to me by", "Told in"],
            (
                [
                    *[c.notice.get_key_display(), c.notice.version, c.notice.language, c.given_at, c.withdrawn_at],
                    *[c.read_by.name if c.read_by else "", c.get_read_in_display()],
                ]
                for c in consents
            ),
        ),
        _requests(member),
        table(
            "Downloads of my data",
            "To make them, and to show when everything was in one file. The files themselves are deleted in time.",
            ["Asked", "State", "Made for me by staff", "Why", "Deleted on"],
            (
                [e.requested_at, e.get_state_display(), e.asked_by_id is not None, e.reason, e.expires_at]
                for e in member.data_exports.without_archive()
            ),
        ),
        table(
            "Who looked at my private data",
            "Staff may look only when their work needs it; each look is written down, lists with you on them too.",
            ["Who, by staff group", "What was shown", "Why", "When"],
            ([v.group or "–", v.what, v.why, v.seen_at] for v in SensitiveView.objects.about([member.pk])),
        ),
    ]


def _requests(member: Member) -> Table:
    return table(
        "My requests about my data",
        "To answer in time.",
        ["Kind", "What I wrote", "State", "Asked", "Answer due", "What became of it", "Answer", "Recipients told"],
        (
            [
                *[r.get_kind_display(), r.details, r.get_state_display(), r.requested_at, r.due_on],
                *[r.get_result_display(), r.outcome, r.recipients_told],
            ]
            for r in member.data_requests.all()
        ),
    )


def _stipends(member: Member) -> list[Table]:
    events = ClaimEvent.objects.filter(claim__member=member).select_related("claim__meeting").order_by("at", "pk")
    enrollments = Enrollment.objects.filter(member=member).order_by("attested_at")
    return [
        table(
            "Enrollment for stipends",
            "Stipends are for people with lived experience; your own word for it is enough.",
            ["I said so", "Entered by staff", "Supplier number", "Wanted help to register", "Ended"],
            (
                [e.attested_at, e.get_attested_how_display(), e.supplier_number, e.wants_help, e.left_at]
                for e in enrollments
            ),
        ),
        table(
            "Stipends I declined",
            "So that we do not offer them to you.",
            ["Meeting", "Declined"],
            (
                [d.meeting.title if d.meeting else "Every meeting", d.declined_at]
                for d in member.declines.select_related("meeting")
            ),
        ),
        _claims(member),
        table(
            "What happened to my claims",
            "So that every step can be checked afterwards.",
            ["Meeting", "Step", "Reason", "When"],
            ([e.claim.meeting.title, e.get_to_state_display(), e.reason, e.at] for e in events),
        ),
    ]


def _claims(member: Member) -> Table:
    claims = Claim.objects.filter(member=member).select_related("meeting").order_by("submitted_at")
    rows: dict[str, Callable[[Claim], Any]] = {
        "Meeting": lambda claim: claim.meeting.title,
        "Date": lambda claim: claim.meeting_on,
        "Amount in dollars": lambda claim: claim.amount,
        "State": lambda claim: claim.get_state_display(),
        "Reason": lambda claim: claim.reason,
        "Claimed": lambda claim: claim.submitted_at,
        "Entered by staff": lambda claim: claim.get_attested_how_display(),
        "Paid on": lambda claim: claim.paid_on,
        "Payment reference": lambda claim: claim.payment_reference,
    }
    values = ([value(claim) for value in rows.values()] for claim in claims)
    return table("Stipend claims", "To check and pay them.", list(rows), values)


def _mail(member: Member) -> list[Table]:
    subjects = Subscription.objects.filter(Q(subscriber__member=member) | at_their_address(member, "subscriber__email"))
    subjects = subjects.select_related("subscriber").with_topic_label().order_by("subject")
    stops = Suppression.objects.filter(at_their_address(member, "email")).order_by("since")
    return [
        table(
            "Subjects I hear about",
            "To send you what you want, as often as you want.",
            ["Subject", "How often", "Since", "Unless renewed, until", "Ended"],
            (
                [
                    s.get_subject_display(),
                    s.get_frequency_display(),
                    s.since,
                    s.subscriber.renew_by,
                    s.subscriber.ended_at,
                ]
                for s in subjects
            ),
        ),
        table(
            "When my address got no mail",
            "So that we do not write to an address that does not work or wants none.",
            ["Why", "Since", "Until"],
            ([s.get_reason_display(), s.since, s.lifted_at] for s in stops),
        ),
        table(
            "What staff were to tell me",
            "You have no e-mail address here, so somebody calls or writes to you.",
            ["What", "Owed", "Told", "How"],
            (
                [c.subject_line, c.owed_at, c.told_at, c.get_told_how_display()]
                for c in member.calls.order_by("owed_at")
            ),
        ),
        _messages(member),
    ]


def _messages(member: Member) -> Table:
    # By exact address: the index is on it, and whoever writes to a guest writes it small.
    as_guest = Q(member=None, address__in={member.email, member.email.lower()}) if member.email else Q(pk__in=[])
    sent = Delivery.objects.filter(Q(member=member) | as_guest).select_related("notice").order_by("owed_at")
    return table(
        "Messages to me",
        "So that nothing is sent twice and nothing is lost.",
        ["Subject line", "Address", "State", "Why not sent", "Owed", "Sent", "What the mail provider said"],
        (
            [
                d.subject_line or (d.notice.title if d.notice else ""),
                d.address,
                d.get_state_display(),
                d.reason,
                d.owed_at,
                d.sent_at,
                ", ".join(event.get_kind_display() for event in d.events.all()),
            ]
            for d in sent.prefetch_related("events")
        ),
    )


def _sign_in(member: Member) -> list[Table]:
    return [
        table(
            "Addresses I sign in with",
            "To send the code that signs you in.",
            ["E-mail", "Confirmed"],
            ([row.email, row.verified] for row in EmailAddress.objects.filter(user=member)),
        ),
        table(
            "Second factors and passkeys",
            "To make sure that it is you. Their secrets are not shown here.",
            ["Kind", "Set up", "Last used"],
            ([a.get_type_display(), a.created_at, a.last_used_at] for a in Authenticator.objects.filter(user=member)),
        ),
        table(
            "Where I am signed in",
            "So that you can see and end a sign-in that is not yours.",
            ["Network address", "Browser", "Signed in"],
            ([s.ip, s.user_agent, s.created_at] for s in UserSession.objects.filter(user=member)),
        ),
        table(
            "Logins I connected",
            "To know you again when you come by a login of the state. We keep its number for you, and no name.",
            ["Login", "Its number for me", "Issued by", "Connected", "Last used"],
            (
                [settings.COMMON_LOGIN, row.uid, row.extra_data.get("iss"), row.date_joined, row.last_login]
                for row in connected_logins([member])
            ),
        ),
    ]
