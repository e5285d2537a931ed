"""What staff do for a person who cannot do it here: each is one transaction, with its line in the person's record.

The same actions as the person's own pages call, so nothing is allowed here that would be refused there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

import cop_portal.closing
import meetings.actions
import stipends.actions
from meetings.actions import Details
from members.actions import record
from members.enums import Asked, MemberAct
from privacy.actions import give_consent, open_request, require_consent
from privacy.enums import NoticeKey, RequestKind

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member
    from privacy.models import Consent


@transaction.atomic
def answer_invitation(member: Member, data: dict[str, Any], *, by: Member, now: datetime) -> None:
    """Save the person's answer with what they need. Refuses what ``meetings.actions.rsvp`` refuses."""
    fields = ("need", "language", "needs_interpreter", "note")
    details = Details(**{name: data[name] for name in fields})
    meeting = data["meeting"]
    meetings.actions.rsvp(meeting, member=member, answer=data["answer"], details=details, by=by, now=now)
    record(member, MemberAct.ANSWERED, by=by, about=meeting.title, why=_asked(data), now=now)


@transaction.atomic
def choose_workgroups(member: Member, data: dict[str, Any], *, by: Member, now: datetime) -> None:
    """Put the person into exactly these workgroups. Refuses: ``level``, ``consent_missing``."""
    wanted, current = set(data["workgroups"]), set(member.workgroups.all())
    for workgroup in wanted - current:
        meetings.actions.join_workgroup(workgroup, member=member, by=by, now=now)
    for workgroup in current - wanted:
        meetings.actions.leave_workgroup(workgroup, member=member, now=now)
    names = ", ".join(sorted(workgroup.name for workgroup in wanted)) or "None"
    record(member, MemberAct.WORKGROUPS, by=by, about=names, why=_asked(data), now=now)


def offer_help(member: Member, data: dict[str, Any], *, by: Member, now: datetime) -> None:
    """Write down that help was offered: the person leaves the list of people to help until something more is missed."""
    record(member, MemberAct.HELP_OFFERED, by=by, about=data["offered"], now=now)


@transaction.atomic
def choose_categories(member: Member, data: dict[str, Any], *, by: Member, now: datetime) -> None:
    """Keep what the person counts as; those no longer in force stay. The record names the field, not the choice.

    Refuses: ``consent_missing``.
    """
    require_consent(member, key=NoticeKey.MEMBERSHIP, by=by)
    past = member.categories.exclude(pk__in=data["offered"])
    member.categories.set([*past, *data["categories"]])
    record(member, MemberAct.PROFILE, by=by, about="participant categories", why=_asked(data), now=now)


@transaction.atomic
def ask_about_data(member: Member, data: dict[str, Any], *, by: Member, now: datetime) -> None:
    """Take the person's request about their data. Refuses what ``privacy.actions.open_request`` refuses."""
    open_request(member, kind=data["kind"], details=data["details"], now=now)
    about = RequestKind(data["kind"]).label
    record(member, MemberAct.DATA_REQUEST, by=by, about=about, why=_asked(data), now=now)


@transaction.atomic
def agree(member: Member, data: dict[str, Any], *, by: Member, now: datetime) -> None:
    """Keep that the person agreed to the membership notice that staff read to them. Refuses what give_consent refuses."""
    consent = _agree(member, data, key=NoticeKey.MEMBERSHIP, by=by, now=now)
    about = f"{consent.notice.get_key_display()} notice, version {consent.notice.version}"
    record(member, MemberAct.CONSENT_GIVEN, by=by, about=about, why=_asked(data), now=now)


def agree_to_stipends(member: Member, data: dict[str, Any], *, by: Member, now: datetime) -> None:
    """The same for the stipend notice; who read it stands with the consent, where fewer people see it."""
    _agree(member, data, key=NoticeKey.STIPEND, by=by, now=now)


def _agree(member: Member, data: dict[str, Any], *, key: str, by: Member, now: datetime) -> Consent:
    text, language = data.get("notice"), data["language"]
    return give_consent(member, key=key, language=language, notice_id=text, read_by=by, now=now)


@transaction.atomic
def withdraw_stipend_consent(member: Member, data: dict[str, Any], *, by: Member, now: datetime) -> None:
    """End the consent to the stipend notice and the enrollment with it. Refuses: ``no_consent``."""
    cop_portal.closing.withdraw(member, key=NoticeKey.STIPEND, now=now)
    record(member, MemberAct.CONSENT_WITHDRAWN, by=by, why=_asked(data), now=now)


def enroll(member: Member, data: dict[str, Any], *, by: Member, now: datetime) -> None:
    """Enroll the person for stipends, by their word. Refuses what ``stipends.actions.enroll`` refuses."""
    said = {"supplier_number": data["supplier_number"], "wants_help": data["wants_help"]}
    stipends.actions.enroll(member, agreed=data["agreed"], by=by, attested_how=data["how"], now=now, **said)


def claim(member: Member, data: dict[str, Any], *, by: Member, now: datetime) -> None:
    """Claim for the person, by their word. Refuses what ``stipends.actions.submit_claim`` refuses."""
    said = {"amount": data["amount"], "attested": data["attested"], "attested_how": data["how"]}
    stipends.actions.submit_claim(data["meeting"], member=member, by=by, now=now, **said)


def answer_question(member: Member, data: dict[str, Any], *, by: Member, now: datetime) -> None:
    """Answer the question about a returned claim. Refuses what ``stipends.actions.answer`` refuses."""
    said = {"words": data["words"], "amount": data["amount"], "attested_how": data["how"]}
    stipends.actions.answer(data["claim"], member=member, by=by, now=now, **said)


def _asked(data: dict[str, Any]) -> str:
    return f"Asked {Asked(data['how']).label.lower()}"
