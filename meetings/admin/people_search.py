"""Staff look somebody up by name or address, for a list of who was there."""

from __future__ import annotations

from django.db.models import Q

from members.models import Member

FOUND_AT_MOST = 20


def find_members(words: str) -> list[Member]:
    """Open memberships whose name or address has these words; none for a single letter."""
    words = words.strip()
    if len(words) < 2:
        return []
    found = Member.objects.active().filter(Q(name__icontains=words) | Q(email__icontains=words))
    return list(found.order_by("name", "pk")[:FOUND_AT_MOST])
