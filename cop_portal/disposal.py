"""The dry run of the retention schedule, and the disposal itself: in batches, each with the line that says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Max, Min

from cop_portal.errors import Refused
from cop_portal.retention import KINDS, Kind
from privacy.disposal import no_new_holds
from privacy.models import Disposal

if TYPE_CHECKING:
    from members.models import Member

BATCH = 500


@dataclass(frozen=True)
class Forecast:
    """One line of the dry run."""

    kind: Kind
    due: int
    held: int
    oldest: datetime | date | None

    @property
    def free(self) -> int:
        return self.due - self.held


def forecast(now: datetime) -> list[Forecast]:
    """By kind, how many are past their period now, how many of them are on legal hold, and the oldest event."""
    lines = []
    for kind in KINDS:
        facts = kind.due(now).order_by().aggregate(number=Count("pk"), oldest=Min(kind.event))
        free = kind.free(now).order_by().count() if facts["number"] else 0
        lines.append(Forecast(kind, facts["number"], facts["number"] - free, facts["oldest"]))
    return lines


def dispose(kind: Kind, *, by: Member, now: datetime, batch: int = BATCH) -> int:
    """Dispose of everything of this kind that is past its period and on no hold. Returns how many.

    Each batch is a transaction with its ``Disposal`` line: it can be stopped anywhere and started again.
    Refuses: ``no_right`` (``by`` may not), ``unapproved`` (no approved schedule allows it).
    """
    if not by.has_perm("privacy.add_disposal"):
        raise Refused("This person may not dispose of records.", code="no_right")
    if not kind.period["approved"]:
        raise Refused(f"No approved schedule names a period for: {kind.label}.", code="unapproved")
    total = 0
    while done := _dispose_batch(kind, by=by, now=now, batch=batch):
        total += done
    return total


@transaction.atomic
def _dispose_batch(kind: Kind, *, by: Member, now: datetime, batch: int) -> int:
    no_new_holds()
    free = kind.free(now)
    chosen = list(free.order_by("pk").values_list("pk", flat=True)[:batch])
    if not chosen:
        return 0
    span = kind.rows().filter(pk__in=chosen).aggregate(oldest=Min(kind.event), newest=Max(kind.event))
    kind.dispose(free.model.objects.filter(pk__in=chosen))
    Disposal.objects.create(
        kind=kind.key,
        count=len(chosen),
        oldest=_moment(span["oldest"]),
        newest=_moment(span["newest"]),
        days=kind.period["days"],
        schedule=kind.period["schedule"],
        disposed_at=now,
        disposed_by=by,
    )
    return len(chosen)


def _moment(event: datetime | date) -> datetime:
    return event if isinstance(event, datetime) else datetime.combine(event, time.min, UTC)
