"""What is owed to people without an e-mail address: staff tell them by phone or letter, and say that they did."""

from datetime import datetime
from typing import Any

from django.db import transaction

from cop_portal.errors import Refused
from members.actions import record
from members.enums import MemberAct
from members.models import Member
from notices.kinds import words_of
from notices.markup import NAME, fill, to_text
from notices.message import READER, render_mail
from notices.models import Call, Notice


def owe_call(member: Member, *, key: str, template: str, context: dict[str, Any], now: datetime) -> None:
    """Put a message on the list of people to call. Links of the person's own are left out: they are nobody else's.

    Called by ``owe`` in the transaction of the fact. The same key again changes nothing.
    """
    without_links = {name: "" if name.endswith("_url") else value for name, value in context.items()}
    subject_line, text, _ = render_mail(template, without_links)
    row = Call(member=member, key=key, about=template.split("/")[0], subject_line=subject_line, text=text, owed_at=now)
    Call.objects.bulk_create([row], ignore_conflicts=True)


def owe_calls(notice: Notice, members: list[int], *, now: datetime) -> None:
    """Put a notice on the list of people to call, for members without an address who want its subject."""
    text = fill(to_text(notice.body), {**words_of(notice), NAME: READER}, html=False)
    Call.objects.bulk_create(
        [
            Call(member_id=pk, key=f"notice:{notice.pk}", about="notices", subject_line=notice.title, text=text, owed_at=now)
            for pk in members
        ],
        ignore_conflicts=True,
    )  # fmt: skip


@transaction.atomic
def tell_call(call: Call, *, by: Member, how: str, now: datetime) -> Call:
    """Tick off that the person was told, how (a members.enums.Asked) and by whom.

    What it was about stands in the person's record, but not where it was about a stipend.
    Refuses: ``told`` (somebody has told them already).
    """
    if not Call.objects.filter(pk=call.pk, told_at__isnull=True).update(told_at=now, told_by=by, told_how=how):
        raise Refused("They have been told already.", code="told")
    call.refresh_from_db()
    if call.about != "stipends":
        record(call.member, MemberAct.TOLD, by=by, about=call.subject_line, why=call.get_told_how_display(), now=now)
    return call
