"""Everything about claims and batches computed again from what it came from, and each difference in words.

The record of a claim is a chain (chain.py), so a change in it shows. What the chain cannot show by itself is that its
end was cut off. For that there are witnesses: the message that each step owed, the file of the batch, and the seal, a
list of every record's length and end that is kept outside of the database.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Sum

from notices.models import Delivery
from privacy.models import Disposal
from stipends.chain import chain_faults
from stipends.enums import BatchState, ClaimState, Per
from stipends.evidence import answers_for, decided, stood
from stipends.models import Claim, ClaimEvent, PaymentBatch
from stipends.payments import checksum, exported
from stipends.rules import evidence_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

AT_A_TIME = 500
Faults = dict[str, list[str]]
APPROVED_ONCE = frozenset({ClaimState.APPROVED, ClaimState.BATCHED, ClaimState.PAID, ClaimState.REVERSED})


def audit(*, now: datetime, seal: Iterable[str] = ()) -> Faults:
    """What does not hold, by claim reference or batch; empty when everything does. ``seal``: the lines of one."""
    found: Faults = defaultdict(list)
    for claims in _chunks():
        _look_at(claims, found, now=now)
    for batch in PaymentBatch.objects.exclude(checksum="").order_by("pk").iterator(AT_A_TIME):
        _look_at_batch(batch, found)
    _look_for_doubles(found)
    _ask_the_messages(found)
    _hold_against(seal, found)
    _count_the_gone(seal, found)
    return {name: faults for name, faults in found.items() if faults}


def audit_claim(claim: Claim, *, now: datetime) -> list[str]:
    """The same for one claim and its batch (member, meeting, policy and batch loaded)."""
    found: Faults = defaultdict(list)
    _look_at([claim], found, now=now)
    if claim.batch and claim.batch.checksum:
        _look_at_batch(claim.batch, found)
    return found[claim.reference] + found[str(claim.batch)]


def seal_lines() -> Iterator[str]:
    """The claims' records as they end today: claim, number of events, last digest. Keep it where nobody here writes."""
    ends = ClaimEvent.objects.order_by().values("claim").annotate(number=Count("pk"), last=Max("pk"))
    for some in _batched(ends.order_by("claim").iterator(AT_A_TIME), AT_A_TIME):
        digests = dict(ClaimEvent.objects.filter(pk__in=[end["last"] for end in some]).values_list("pk", "digest"))
        yield from (f"{end['claim']} {end['number']} {digests[end['last']]}" for end in some)


def _batched(rows: Iterable[Any], number: int) -> Iterator[tuple[Any, ...]]:
    """In tuples of this length (itertools.batched, which Python 3.11 has not)."""
    waiting = iter(rows)
    while some := tuple(islice(waiting, number)):
        yield some


def _chunks() -> Iterator[list[Claim]]:
    claims = Claim.objects.select_related("member", "meeting", "policy", "batch").order_by("pk")
    yield from (list(some) for some in _batched(claims.iterator(AT_A_TIME), AT_A_TIME))


def _look_at(claims: list[Claim], found: Faults, *, now: datetime) -> None:
    records: dict[int, list[ClaimEvent]] = defaultdict(list)
    for event in ClaimEvent.objects.filter(claim__in=claims).order_by("pk"):
        records[event.claim_id].append(event)
    answers = answers_for(claims, now=now)
    for claim in claims:
        events = records[claim.pk]
        found[claim.reference] += [
            *chain_faults(claim, events),
            *_columns(claim, events),
            *_duties(claim, events),
            *_money(claim),
            *_evidence(claim, events, evidence_of(answers[claim.pk])),
        ]


def _columns(claim: Claim, events: list[ClaimEvent]) -> list[str]:
    """What the claim's row says against what its record says."""
    verified, approved = decided(events, ClaimState.VERIFIED), decided(events, ClaimState.APPROVED)
    paid = next(
        (
            event
            for event in reversed(events)
            if event.to_state == ClaimState.PAID and event.from_state != ClaimState.PAID
        ),
        None,
    )
    says: list[tuple[str, Any, Any]] = []
    if claim.verified_by_id:
        says.append(("who verified it", claim.verified_by_id, verified and verified.actor_id))
    if claim.approved_by_id:
        says.append(("who approved it", claim.approved_by_id, approved and approved.actor_id))
    if claim.paid_on:
        evidence = paid.evidence if paid else {}
        says.append(("the day of payment", str(claim.paid_on), evidence.get("paid_on")))
        says.append(("the payment's reference", claim.payment_reference, evidence.get("reference")))
        says.append(("the batch", claim.batch_id, evidence.get("batch")))
    return [f"The record does not bear out {what}." for what, row, record in says if row != record]


def _duties(claim: Claim, events: list[ClaimEvent]) -> list[str]:
    """Separation of duties, by the actors in the record as well as by the columns."""
    verifier, approver = claim.verified_by_id, claim.approved_by_id
    own = {ClaimState.SUBMITTED, ClaimState.WITHDRAWN}
    deciders = {e.actor_id for e in events if e.to_state not in own and e.evidence.get("review") != "asked"}
    deciders |= {verifier, approver, claim.exported_by_id, claim.denied_by_id, claim.reviewed_by_id} - {None}  # type: ignore[arg-type]
    broken = {
        "The person decided about their own claim.": claim.member_id in deciders,
        "Who entered it for the person decided it.": claim.entered_by_id in {verifier, approver} - {None},
        "Who denied it looked at the denial again.": claim.denied_by_id is not None
        and claim.denied_by_id == claim.reviewed_by_id,
        "One person verified and approved it.": approver is not None and approver == verifier,
        "Who confirmed the attendance approved it.": approver is not None
        and approver == claim.attendance_confirmed_by_id,
        "Who approved it closed the batch.": approver is not None and approver == claim.exported_by_id,
    }
    return [words for words, is_so in broken.items() if is_so]


def _money(claim: Claim) -> list[str]:
    broken = {
        "The amount is not within the cap.": not 0 < claim.amount <= claim.cap,
        "The cap is more than its policy's.": claim.cap > claim.policy.cap,
        "The rule “per” is not its policy's.": claim.once_per != claim.policy.per,
    }
    return [words for words, is_so in broken.items() if is_so]


def _evidence(claim: Claim, events: list[ClaimEvent], now: dict[str, Any]) -> list[str]:
    """What an approved claim rested on, against what the same tables say today."""
    approved = decided(events, ClaimState.APPROVED)
    if claim.state not in APPROVED_ONCE or approved is None:
        return []
    then = approved.evidence.get("conditions", {})
    look = stood(events)  # somebody looked again after a correction, and said why it stands
    seen = look.evidence["conditions"] if look is not None and look.pk > approved.pk else then
    changed = [code for code in now if _lasting(now[code]) != _lasting(seen.get(code, {}))]
    unmet = [code for code, condition in then.items() if not condition.get("met")]
    return [
        *(f"It was approved on other evidence than there is now: {code}." for code in changed),
        *(f"It was approved although it did not meet: {code}." for code in unmet),
    ]


def _lasting(evidence: dict[str, Any]) -> dict[str, Any]:
    """Without what may change in good order: somebody may run meetings later on."""
    return {name: value for name, value in evidence.items() if name not in {"facilitator", "met"}}


def _look_at_batch(batch: PaymentBatch, found: Faults) -> None:
    faults = found[str(batch)]
    if checksum(batch.export.encode()) != batch.checksum:
        faults.append("The file is not the one that was closed.")
    if batch.sheet_checksum and checksum(bytes(batch.sheet)) != batch.sheet_checksum:
        faults.append("The workbook is not the one that was closed.")
    sent = exported(batch.export)
    closings = ClaimEvent.objects.filter(
        from_state=ClaimState.BATCHED, to_state=ClaimState.BATCHED, claim__in=_readable(sent, batch)
    )
    closed = {e.claim_id: e for e in closings.order_by("pk") if e.evidence.get("batch") == batch.pk}
    there = set(Claim.objects.filter(pk__in=sent).values_list("pk", flat=True))
    for number in sorted(set(closed) ^ set(sent) & there):
        found[f"C-{number:06d}"].append(f"Its record and the file of {batch} do not agree that it was sent.")
    for number in sorted(set(closed) & set(sent)):
        if Decimal(closed[number].evidence["amount"]) != sent[number]:
            found[f"C-{number:06d}"].append(f"Its amount is not the one in the file of {batch}.")
    if any(event.evidence.get("checksum") != batch.checksum for event in closed.values()):
        faults.append("The file is not the one that the claims' records name.")
    waits = batch.claims.filter(state=ClaimState.BATCHED)
    if batch.state == BatchState.PAID and waits.exists():
        found[waits.order_by("pk")[0].reference].append(f"It waits for its payment, and {batch} is marked as paid.")


def _readable(sent: dict[int, Decimal], batch: PaymentBatch) -> set[int]:
    return set(sent) | set(batch.claims.values_list("pk", flat=True))


def _look_for_doubles(found: Faults) -> None:
    """Two standing claims where the constraints allow one: they could have been taken away and put back."""
    standing = Claim.objects.standing().order_by()
    for rows, columns in (
        (standing, ["member", "meeting"]),
        (standing.filter(once_per=Per.DATE), ["member", "meeting_on"]),
    ):
        for double in rows.values(*columns).annotate(number=Count("pk"), newest=Max("pk")).filter(number__gt=1):
            found[f"C-{double['newest']:06d}"].append(
                "Another claim of the person stands for the same meeting or date."
            )


def _ask_the_messages(found: Faults) -> None:
    """Each step owed a message whose key names its event. A message without its event tells of a record cut off."""
    keys = Delivery.objects.filter(key__startswith="update:").values_list("key", "member").iterator(AT_A_TIME)
    for some in _batched(keys, AT_A_TIME):
        named = {int(key.partition(":")[2]): member for key, member in some}
        missing = set(named) - set(ClaimEvent.objects.filter(pk__in=named).values_list("pk", flat=True))
        for number in sorted(missing):
            claim = Claim.objects.filter(member=named[number], events__pk__lt=number).order_by("-events__pk").first()
            name = claim.reference if claim else "Records"
            found[name].append(f"A message was owed for event {number}, and there is no such event.")


def _count_the_gone(seal: Iterable[str], found: Faults) -> None:
    """Claims that were sent to the payer or sealed and are no longer there: no more than the disposals on record."""
    named = {int(line.split()[0]) for line in seal}
    for text in PaymentBatch.objects.exclude(checksum="").values_list("export", flat=True).iterator(AT_A_TIME):
        named |= set(exported(text))
    gone = named - set(Claim.objects.values_list("pk", flat=True))
    disposed = Disposal.objects.filter(kind="claims").aggregate(number=Sum("count"))["number"] or 0
    if len(gone) > disposed:
        names = ", ".join(f"C-{number:06d}" for number in sorted(gone))
        found["Records"].append(
            f"{len(gone)} claims are gone, and {disposed} were disposed of by the schedule: {names}."
        )


def _hold_against(seal: Iterable[str], found: Faults) -> None:
    for line in seal:
        claim, number, digest = line.split()
        if not Claim.objects.filter(pk=int(claim)).exists():
            continue  # counted below
        record = ClaimEvent.objects.filter(claim=int(claim)).order_by("pk").values_list("digest", flat=True)
        if list(record[int(number) - 1 : int(number)]) != [digest]:
            found[f"C-{int(claim):06d}"].append("Its record is not the one that was sealed.")
