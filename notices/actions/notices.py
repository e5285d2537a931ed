"""A notice on its way: tried on oneself, released by somebody else, sent to everybody, done."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from cop_portal.errors import Refused
from members.models import Member
from notices.actions.messages import owe
from notices.actions.subscribers import make_subscribers
from notices.audience import Addressee, addressees
from notices.enums import NOTICE_NEXT, DeliveryState, NoticeState
from notices.failpoints import failpoint
from notices.markup import fill, to_html, to_text
from notices.message import READER
from notices.models import Delivery, Notice
from notices.tokens import new_message_id
from notices.wake import wake_up

AT_A_TIME = 1000
OPEN = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.HANDING)


@transaction.atomic
def release(notice: Notice, *, by: Member, now: datetime, at: datetime | None = None) -> Notice:
    """Let a draft go out, now or ``at`` a later time: from here on its words stand.

    Owes nothing yet; the worker's tick starts the sending when the time has come (start_sending).
    Refuses: `not_a_draft`, `own_draft` (four eyes: whoever wrote the words does not release them), `too_late` (the
    time is past), `nobody` (it is for no level and no subscriber), `rfp_not_public` (fairness: members hear of a
    request no earlier than the public page shows it).
    """
    notice = _locked(notice)
    _may_become(notice, NoticeState.SCHEDULED, code="not_a_draft")
    if notice.drafted_by_id == by.pk:
        raise Refused("You wrote this notice. Ask somebody else to read and release it.", code="own_draft")
    if at and at < now:
        raise Refused("This time is past. Choose a later one, or release the notice now.", code="too_late")
    if not notice.levels and not notice.to_subscribers:
        raise Refused("This notice is for nobody. Choose at least one level, or the subscribers.", code="nobody")
    when = at or now
    if notice.rfp and (notice.rfp.published_at is None or notice.rfp.published_at > when):
        raise Refused("Publish the page of the request first: a notice never comes before it.", code="rfp_not_public")
    notice.state, notice.released_by, notice.scheduled_for = NoticeState.SCHEDULED, by, when
    notice.save(update_fields=["state", "released_by", "scheduled_for"])
    wake_up("notices.release_scheduled")
    return notice


@transaction.atomic
def start_sending(notice: Notice, *, now: datetime) -> int:
    """Show the page and owe one message to every address of the audience, in one transaction.

    A thousand rows a statement; the unique key makes a second run harmless. Returns how many are owed.
    Refuses: `not_scheduled` (somebody was quicker, or it was cancelled), `not_yet`.
    """
    notice = _locked(notice)
    if notice.state != NoticeState.SCHEDULED:
        raise Refused("This notice is not waiting to be sent.", code="not_scheduled")
    if notice.scheduled_for is None or notice.scheduled_for > now:
        raise Refused("The time of this notice has not come yet.", code="not_yet")
    notice.state, notice.released_at = NoticeState.SENDING, now
    notice.save(update_fields=["state", "released_at"])
    make_subscribers(now)
    meant = (person for person in addressees(notice, timezone.localdate(now)) if not person.skipped)
    owed = 0
    while chunk := list(islice(meant, AT_A_TIME)):
        Delivery.objects.bulk_create(_rows(notice, chunk, now), ignore_conflicts=True)
        failpoint("mid_fanout")
        owed += len(chunk)
    wake_up()
    return owed


def _rows(notice: Notice, people: Iterable[Addressee], now: datetime) -> list[Delivery]:
    return [
        Delivery(
            key=f"notice:{notice.pk}", address=person.address, member_id=person.member_id,
            subscriber_id=person.subscriber_id, notice=notice, subject_line=notice.title,
            unsubscribe_from=notice.subject, priority=Delivery.BULK, owed_at=now, due_at=now,
            message_id=new_message_id(),
        )
        for person in people
    ]  # fmt: skip


@transaction.atomic
def cancel(notice: Notice, *, by: Member, now: datetime) -> int:
    """Stop a notice: what has not been handed to the mail server is not sent. Returns how many were stopped.

    Refuses: `not_open` (it is sent or cancelled already).
    """
    notice = _locked(notice)
    _may_become(notice, NoticeState.CANCELLED, code="not_open")
    notice.state = NoticeState.CANCELLED
    notice.save(update_fields=["state"])
    waiting = notice.deliveries.filter(state__in=(DeliveryState.QUEUED, DeliveryState.CLAIMED))
    stopped: int = waiting.update(
        state=DeliveryState.CANCELLED, reason="The notice was cancelled.", claim="", lease_until=None,
        decided_by=by, decided_at=now,
    )  # fmt: skip
    return stopped


def close_finished() -> int:
    """A notice of which no message is open any more is sent. Returns how many became so."""
    still_open = Delivery.objects.filter(notice=OuterRef("pk"), state__in=OPEN)
    done = Notice.objects.filter(state=NoticeState.SENDING).filter(~Exists(still_open))
    return done.update(state=NoticeState.SENT)


@transaction.atomic
def send_test(notice: Notice, *, to: Member, now: datetime) -> Delivery:
    """Owe the notice, as it stands, to the person who asks: marked as a test, to nobody else.

    Refuses: `no_address`.
    """
    name = {"name": to.name or READER}
    context = {
        "notice": notice,
        "body": fill(to_text(notice.body), name, html=False),
        "body_html": fill(to_html(notice.body), name, html=True),
    }
    owed = owe(
        key=f"test:{notice.pk}:{to.pk}:{now.timestamp():.0f}", address=to.email or "", template="notices/test",
        context=context, now=now, member=to, priority=Delivery.URGENT,
    )  # fmt: skip
    if owed is None:
        raise Refused("You have no e-mail address to send it to.", code="no_address")
    return owed


def _locked(notice: Notice) -> Notice:
    found: Notice = Notice.objects.select_for_update().get(pk=notice.pk)
    return found


def _may_become(notice: Notice, state: NoticeState, *, code: str) -> None:
    if state not in NOTICE_NEXT[NoticeState(notice.state)]:
        raise Refused(
            f"This notice is {notice.get_state_display().lower()}; it cannot become {state.label.lower()}.", code=code
        )
