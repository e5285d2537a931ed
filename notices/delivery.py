"""The engine: takes what is due from the table, a batch at a time, and hands it to the mail server.

    queued -> claimed -> handing -> sent | failed | unknown

``claimed`` is a lease: a worker that dies with it loses nothing, the row is queued again. ``handing`` is committed
just before the server is given the message: a row left there may have arrived, so nobody sends it again but a person.
Every step is one conditional UPDATE, so two workers (or one task delivered twice) cannot both take it. That the server
took one message is committed with taking the next in hand: one commit a message, and never two of them in ``handing``.
Times are the database's: workers' clocks may differ.
"""

import logging
import random
import secrets
import smtplib
import threading
import time
from contextlib import closing, suppress
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.functions import Now

from members.models import Member
from notices import written
from notices.enums import STOPS_ALL, DeliveryState, NoticeState, SuppressionReason
from notices.failpoints import failpoint
from notices.line import Line, LineDown, Verdict, Withdrawn, judge
from notices.message import Shared, compose
from notices.models import Delivery, DeliveryEvent, Notice, Subscription, Suppression
from notices.querysets import DeliveryQuerySet
from notices.stopping import until_told_to_stop
from notices.wire import Letter

log = logging.getLogger(__name__)

# Longer than one message can take (EMAIL_TIMEOUT for each of two answers), and short enough that what a dead worker
# held is taken up by the next minute's tick but one: within two minutes.
LEASE = timedelta(seconds=50) / settings.DELIVERY_HASTE
# A batch is given back after so long, so that an urgent message waits for one batch of a slow server, not for all.
BATCH_SECONDS = 10 / settings.DELIVERY_HASTE
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1) / settings.DELIVERY_HASTE, timedelta(hours=12) / settings.DELIVERY_HASTE
GIVE_UP_AFTER = timedelta(hours=72) / settings.DELIVERY_HASTE
RUN_SECONDS = 50 / settings.DELIVERY_HASTE  # less than the minute until the next tick
DATABASE_PAUSES = (0.2, 0.5, 1, 2, 4, 8)  # how long to wait for it, again and again, to write down how a message ended
MAIL_ERRORS = (smtplib.SMTPException, OSError, LineDown)
POISON = (ValueError, LookupError, TypeError, AttributeError)  # what a message that cannot be rendered raises

_AS_SENT: dict[str, Any] = {"sent_at": Now(), "reason": "", "attempts": F("attempts") + 1}
# What a message takes to be written and sent: for each of them, a person's row is as long as the message's own.
_FOR_SENDING = (
    "address", "attempts", "calendar", "claim", "html", "key", "member__name", "message_id", "notice", "owed_at",
    "subject_line", "subscriber__token", "text", "unsubscribe_from",
)  # fmt: skip
_LEASE_END = ExpressionWrapper(Now() + LEASE, output_field=DateTimeField())


def deliver_due(*, seconds: float = RUN_SECONDS) -> int:
    """Send what is due until nothing is, or the time is over. Returns how many messages the server took.

    Safe to run twice at once, and to be killed at any moment.
    """
    over, sent = time.monotonic() + seconds, 0
    shared = Rendered()
    sweep()
    with until_told_to_stop() as stop, closing(Line()) as line:
        while time.monotonic() < over and not stop.is_set():
            token = secrets.token_hex(16)
            rows = claim(token, settings.DELIVERY_BATCH)
            if not rows:
                break
            failpoint("after_claim")
            taken, line_is_down = _send_batch(rows, token, stop, line, shared.while_fresh())
            sent += taken
            if line_is_down:
                break
    return sent


def sweep() -> None:
    """Take up what a dead worker left: a claim is queued again, a message in handing becomes unknown."""
    expired = Delivery.objects.filter(lease_until__lt=Now())
    expired.filter(state=DeliveryState.CLAIMED).update(state=DeliveryState.QUEUED, claim="", lease_until=None)
    # The claim stays: a worker that was only slow may still say how it ended.
    left = expired.filter(state=DeliveryState.HANDING).update(
        state=DeliveryState.UNKNOWN,
        lease_until=None,
        reason="The worker stopped while the server was given it. It may have arrived.",
    )
    if left:  # of some the provider may have told us by then that it has them
        told = DeliveryEvent.objects.filter(delivery=OuterRef("pk"))
        Delivery.objects.unknown().filter(Exists(told)).update(
            state=DeliveryState.SENT, sent_at=Now(), claim="", reason="The mail provider says that it has it."
        )


def claim(token: str, size: int) -> list[Delivery]:
    """Take the most urgent messages that are due, under a lease. Nobody else gets the same ones."""
    due = Delivery.objects.due(Now())
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        picked = list(due.values_list("pk", flat=True)[:size])
        Delivery.objects.filter(pk__in=picked, state=DeliveryState.QUEUED).update(
            state=DeliveryState.CLAIMED, claim=token, lease_until=_LEASE_END
        )
    mine = Delivery.objects.filter(pk__in=picked, claim=token, state=DeliveryState.CLAIMED)
    return list(
        mine.select_related("member", "subscriber")
        .only(*_FOR_SENDING)
        .prefetch_related("notice")  # one notice, with all its text, for most of them
        .order_by("priority", "due_at", "pk")
        .annotate(db_now=Now())
    )


class Rendered(dict[int, Shared]):
    """Notices rendered once for many people: for a batch's time at most, since some of their words are of the hour."""

    def __init__(self) -> None:
        super().__init__()
        self.over = time.monotonic() + BATCH_SECONDS

    def while_fresh(self) -> "Rendered":
        if time.monotonic() > self.over:
            self.clear()
            self.over = time.monotonic() + BATCH_SECONDS
        return self


class Taken:
    """The message that the server took last, until that is written down."""

    row: Delivery | None = None

    def hold(self, row: Delivery) -> None:
        self.settle()  # nothing is held here, if taking this one in hand has written the last one down
        self.row = row

    def settle(self) -> None:
        """Write it down by itself, where no next message does it in passing."""
        if self.row is not None:
            row, self.row = self.row, None
            _settle(row, state=DeliveryState.SENT, **_AS_SENT)
            failpoint("after_sent_commit")


class Desk:
    """Where the messages of a batch are written: each before its turn, while the server thinks about the one before."""

    def __init__(self, rows: list[Delivery], shared: dict[int, Shared]) -> None:
        self._after = {row.pk: following for row, following in pairwise(rows)}
        self._shared = shared
        self._next: Delivery | None = None
        self._ahead: dict[int, Letter] = {}

    def letter(self, row: Delivery) -> Letter:
        """Raises one of POISON for a row that cannot be written."""
        self._next = self._after.get(row.pk)
        return self._ahead.pop(row.pk, None) or Letter(compose(row, self._shared))

    def write_ahead(self) -> None:
        """Write the one after that. What goes wrong with it goes wrong again when it is its turn, and is judged then."""
        row = self._next
        if row is None or not (row.text or row.notice_id in self._shared):  # to draw a notice takes the database
            return
        with suppress(Exception):
            letter = Letter(compose(row, self._shared))
            letter.raw  # noqa: B018 - asking for them writes them
            self._ahead[row.pk] = letter


def _send_batch(
    rows: list[Delivery], token: str, stop: threading.Event, line: Line, shared: dict[int, Shared]
) -> tuple[int, bool]:
    """Send these over the line. Returns how many were taken, and whether it is down."""
    over, sent, is_doubtful = time.monotonic() + BATCH_SECONDS, 0, False
    taken, desk = Taken(), Desk(rows, shared)
    try:
        for position, row in enumerate(rows):
            if time.monotonic() > over or stop.is_set():
                _give_back(rows[position:], token)
                break
            if is_doubtful and not _held(row).filter(_still_wanted()).exists():
                _withdraw(row)
                continue
            verdict = _send_one(row, line, desk, taken)
            sent += verdict is None
            # Where one was held back, others will be (a notice was paused): to take a message back costs the line.
            is_doubtful = is_doubtful or bool(verdict and verdict.state == DeliveryState.CANCELLED)
            if verdict and verdict.line_is_down:
                for waiting in rows[position + 1 :]:
                    _conclude(waiting, verdict)
                return sent, True
    finally:
        taken.settle()
    return sent, False


def _send_one(row: Delivery, line: Line, desk: Desk, taken: Taken) -> Verdict | None:
    """One message to its end for now. None: the server has it, which ``taken`` holds until it is written down."""
    try:
        letter = desk.letter(row)
    except POISON as error:
        return _conclude(row, judge(error, begun=False))
    try:
        line.send(
            letter,
            before_data=lambda: _begin_handing(row, taken),
            if_slow=taken.settle,
            meanwhile=desk.write_ahead,
        )
    except Withdrawn as withdrawn:
        return Verdict(DeliveryState.CANCELLED, str(withdrawn))
    except (*MAIL_ERRORS, ValueError) as error:
        taken.settle()
        return _conclude(row, judge(error, begun=line.begun))
    failpoint("after_250_before_commit")
    taken.hold(row)
    return None


def _begin_handing(row: Delivery, taken: Taken) -> None:
    """Commit that the server is about to get it, if everything still speaks for it at this very moment.

    The same commit says of the message before it that the server took it.
    """
    failpoint("after_354")
    step = _taking_in_hand(connection.vendor)
    if taken.row is None:
        is_in_hand = step.run(row)
    else:
        is_in_hand = written.run_both((_settling_as_sent(connection.vendor), taken.row), (step, row))
        taken.row = None
    if not is_in_hand:
        raise Withdrawn(_withdraw(row))
    failpoint("after_handing")


@cache
def _taking_in_hand(vendor: str) -> written.Statement:
    rows = _held(written.ANY).filter(_still_wanted())
    return written.write(rows, state=DeliveryState.HANDING, lease_until=_LEASE_END)


def _held(row: Delivery) -> DeliveryQuerySet:
    rows: DeliveryQuerySet = Delivery.objects.filter(
        pk=row.pk, claim=row.claim, state=DeliveryState.CLAIMED, lease_until__gt=Now()
    )
    return rows


def _still_wanted() -> Any:
    # Not a join: an UPDATE over one would first look for its rows in a subquery, and be planned twice as long.
    active = Q(member__isnull=True) | Exists(Member.objects.filter(pk=OuterRef("member"), is_active=True))
    return _not_suppressed() & _still_subscribed() & active & _notice_goes_on()


def _notice_goes_on() -> Any:
    """Not paused, cancelled or corrected since. SENT, too: one message of it may be tried again just now."""
    going = Notice.objects.filter(pk=OuterRef("notice"), state__in=(NoticeState.SENDING, NoticeState.SENT))
    return Q(notice__isnull=True) | Exists(going)


def _not_suppressed() -> Any:
    standing = Suppression.objects.standing().of_its_address()
    return ~Exists(standing.filter(reason__in=STOPS_ALL)) & (Q(unsubscribe_from="") | ~Exists(standing))


def _still_subscribed() -> Any:
    wanted = Subscription.objects.filter(subscriber=OuterRef("subscriber"), subject=OuterRef("unsubscribe_from"))
    return Q(unsubscribe_from="") | Exists(wanted)


def _withdraw(row: Delivery) -> str:
    """Why the message was held back at the last moment; written down if the row is still ours."""
    held = _held(row)
    if not held.exists():
        return "It was cancelled, or its lease ran out and another worker has it."
    if not held.filter(_not_suppressed()).exists():
        state, reason = DeliveryState.SUPPRESSED, "Mail to this address was stopped before it was sent."
    elif not held.filter(_still_subscribed()).exists():
        state, reason = DeliveryState.CANCELLED, "The person unsubscribed before it was sent."
    elif not held.filter(_notice_goes_on()).exists():
        return _withdraw_notice(row)
    else:
        state, reason = DeliveryState.CANCELLED, "The person is not active any more."
    held.update(state=state, reason=reason, claim="", lease_until=None)
    return reason


@transaction.atomic
def _withdraw_notice(row: Delivery) -> str:
    """Its notice was stopped while this message was tried: held back with the others, or not sent any more.

    The notice is locked, so that resuming it comes before this or finds the message among those held back.
    """
    notice = Notice.objects.select_for_update().get(deliveries=row)
    if notice.state == NoticeState.PAUSED:
        _held(row).update(state=DeliveryState.PAUSED, claim="", lease_until=None)
        return "The notice is paused."
    if notice.state in (NoticeState.SENDING, NoticeState.SENT):  # pragma: no cover  # resumed a moment ago
        _held(row).update(state=DeliveryState.QUEUED, claim="", lease_until=None)
        return "The notice was paused, and goes on."
    reason = f"The notice was {notice.get_state_display().lower()} before it was sent."
    _held(row).update(state=DeliveryState.CANCELLED, reason=reason, claim="", lease_until=None)
    return reason


def _conclude(row: Delivery, verdict: Verdict) -> Verdict:
    """Write down how an attempt ended that did not send it; give up where it has been tried for long enough."""
    state, reason = verdict.state, verdict.reason
    changes: dict[str, object] = {"attempts": F("attempts") + 1}
    moment: datetime = row.db_now  # type: ignore[attr-defined]  # annotated by claim()
    if state == DeliveryState.QUEUED and moment - row.owed_at > GIVE_UP_AFTER:
        state, reason = DeliveryState.FAILED, f"Given up after 72 hours. {reason}"
    if state == DeliveryState.QUEUED:
        changes["due_at"] = ExpressionWrapper(Now() + wait_after(row.attempts), output_field=DateTimeField())
    _settle(row, state=state, reason=reason[:300], **changes)
    if verdict.no_such_mailbox:
        Suppression.objects.bulk_create(
            [Suppression(email=row.address, reason=SuppressionReason.HARD_BOUNCE, since=moment)], ignore_conflicts=True
        )
    log.info("Delivery %s is %s after attempt %s.", row.pk, state, row.attempts + 1)
    return verdict


def wait_after(attempts: int) -> timedelta:
    """How long to wait before the next attempt: twice as long each time, spread so that they do not come together."""
    wait = min(FIRST_WAIT * 2 ** min(attempts, 20), LONGEST_WAIT)
    return wait * random.uniform(1, 1.25) if wait < LONGEST_WAIT else wait * random.uniform(0.8, 1)  # noqa: S311


def _settle(row: Delivery, *, state: DeliveryState, **changes: object) -> None:
    """End our hold on the row. A slow worker whose lease ran out in handing still says what it knows.

    Nobody else knows how the message ended: a database that is away for a moment is waited for.
    """
    for pause in DATABASE_PAUSES:
        try:
            _write(row, state, changes)
        except (OperationalError, InterfaceError):
            log.warning("The database is away; delivery %s is %s.", row.pk, state)
            connection.close()
            time.sleep(pause)
        else:
            return
    _write(row, state, changes)


def _write(row: Delivery, state: DeliveryState, changes: dict[str, object]) -> None:
    if state == DeliveryState.SENT and changes == _AS_SENT:
        _settling_as_sent(connection.vendor).run(row)
        return
    kept = row.claim if state == DeliveryState.UNKNOWN else ""
    _ours(row).update(state=state, claim=kept, lease_until=None, **changes)


@cache
def _settling_as_sent(vendor: str) -> written.Statement:
    return written.write(_ours(written.ANY), state=DeliveryState.SENT, claim="", lease_until=None, **_AS_SENT)


def _ours(row: Delivery) -> DeliveryQuerySet:
    open_states = (DeliveryState.CLAIMED, DeliveryState.HANDING, DeliveryState.UNKNOWN)
    rows: DeliveryQuerySet = Delivery.objects.filter(pk=row.pk, claim=row.claim, state__in=open_states)
    return rows


def _give_back(rows: list[Delivery], token: str) -> None:
    Delivery.objects.filter(pk__in=[row.pk for row in rows], claim=token, state=DeliveryState.CLAIMED).update(
        state=DeliveryState.QUEUED, claim="", lease_until=None
    )
