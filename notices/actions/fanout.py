"""The moment a notice goes out: its page is shown, and one message is owed to every address, in one transaction."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.utils import timezone

from cop_portal.errors import Refused
from notices.actions.calls import owe_calls
from notices.actions.subscribers import make_subscribers
from notices.audience import CORRECTED, TOLD_OTHERWISE, Addressee, addressees
from notices.bulk import Owed, insert_alike
from notices.enums import NOT_HANDED, NOTICE_NEXT, DeliveryState, NoticeState
from notices.failpoints import failpoint
from notices.models import Delivery, Notice
from notices.wake import wake_up

AT_A_TIME = 1000
# A server may take long to answer for the first version; the second waits until that is certainly over.
AFTER_HANDING = timedelta(minutes=1)


@transaction.atomic
def start_sending(notice: Notice, *, now: datetime) -> int:
    """Show the page and owe one message to every address of the audience, in one transaction.

    A thousand rows a statement; the unique key makes a second run harmless. Whoever has no address is put on the list
    of people to call. Where it corrects another notice, what of that one has not been handed over is not sent any
    more. Returns how many messages are owed.
    Refuses: `not_scheduled` (somebody was quicker, or it was cancelled), `not_yet`.
    """
    # The first version before the second, as retrying does: two transactions never wait for each other in a ring.
    first = Notice.objects.select_for_update().get(pk=notice.corrects_id) if notice.corrects_id else None
    notice = Notice.objects.select_for_update().get(pk=notice.pk)
    if notice.state != NoticeState.SCHEDULED:
        raise Refused("This notice is not waiting to be sent.", code="not_scheduled")
    if notice.scheduled_for is None or notice.scheduled_for > now:
        raise Refused("The time of this notice has not come yet.", code="not_yet")
    notice.state, notice.released_at = NoticeState.SENDING, now
    notice.save(update_fields=["state", "released_at"])
    if first is not None:
        _end_first_version(first, now)
    make_subscribers(now)
    reasons: Counter[str] = Counter()
    owed = _owe_to(notice, addressees(notice, timezone.localdate(now)), reasons, now)
    notice.counted = {**notice.counted, "start": {"getting": owed, "skipped": dict(reasons)}}
    notice.save(update_fields=["counted"])
    wake_up()
    return owed


def _owe_to(notice: Notice, people: Iterator[Addressee], reasons: Counter[str], now: datetime) -> int:
    """A statement per thousand: memory stays flat however many there are."""
    pattern = Delivery(
        key=f"notice:{notice.pk}", notice=notice, subject_line=notice.title, unsubscribe_from=notice.subject,
        priority=Delivery.BULK, owed_at=now, due_at=now,
    )  # fmt: skip
    owed = 0
    while chunk := list(islice(people, AT_A_TIME)):
        meant = [person for person in chunk if not person.skipped]
        for due_at, some in _by_time(notice, meant, now):
            pattern.due_at = due_at
            insert_alike(pattern, (Owed(person.address, person.member_id, person.subscriber_id) for person in some))
        owe_calls(notice, [p.member_id for p in chunk if p.member_id and p.skipped == TOLD_OTHERWISE], now=now)
        failpoint("mid_fanout")
        owed += len(meant)
        reasons.update(person.skipped for person in chunk if person.skipped)
    return owed


def _by_time(notice: Notice, people: list[Addressee], now: datetime) -> Iterable[tuple[datetime, list[Addressee]]]:
    """Those who may get it now; and those whose first version is just being handed over, once that is over."""
    if not notice.corrects_id:
        return [(now, people)]
    handing = Delivery.objects.filter(
        notice=notice.corrects_id, state=DeliveryState.HANDING, address__in=[person.address for person in people]
    )
    until = {row.address: (row.lease_until or now) + AFTER_HANDING for row in handing.only("address", "lease_until")}
    at_once = [person for person in people if person.address not in until]
    later = [(until[person.address], [person]) for person in people if person.address in until]
    return [(now, at_once), *later]


def _end_first_version(first: Notice, now: datetime) -> None:
    """From here on nobody gets the first version any more; a cancelled one stays cancelled."""
    if NoticeState.CORRECTED in NOTICE_NEXT[NoticeState(first.state)]:
        first.state = NoticeState.CORRECTED
        first.save(update_fields=["state"])
    first.deliveries.filter(state__in=NOT_HANDED).update(
        state=DeliveryState.CANCELLED, reason=CORRECTED, claim="",
        lease_until=None, decided_at=now,
    )  # fmt: skip
