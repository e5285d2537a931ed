"""Moments as people say them: a clock time is no time without its zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError


def in_zone(moment: datetime, zone: str) -> str:
    """“Wednesday, January 20, 2027 at 4:30 p.m. CST (America/Chicago)”."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%A, %B} {local.day}, {local.year} at {clock(local)} ({zone})"


def clock(local: datetime) -> str:
    """“4:30 p.m. CST”."""
    return f"{local.hour % 12 or 12}:{local:%M} {'a.m.' if local.hour < 12 else 'p.m.'} {local:%Z}"


def at_clock(wall_clock: datetime, zone: str) -> datetime:
    """What the clock of a zone shows, as a moment; not where it shows this time never, or twice, on that day."""
    first = wall_clock.replace(tzinfo=ZoneInfo(zone))
    if first.utcoffset() != first.replace(fold=1).utcoffset():
        raise ValidationError("On this day the clocks change, and show this time never or twice. Choose another.")
    return first
