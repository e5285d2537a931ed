"""What a list of meetings is narrowed by: the same boxes above every list, read from the address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from meetings.enums import MeetingKind
from meetings.models import Duty, Workgroup

if TYPE_CHECKING:
    from django.http import HttpRequest

    from meetings.querysets import MeetingQuerySet

WORDS_AT_MOST = 100


@dataclass(frozen=True)
class Filters:
    """What was chosen. What cannot be chosen narrows nothing, but for a workgroup that does not exist."""

    words: str = ""
    kind: str = ""
    workgroup: str = ""
    duty: str = ""
    year: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Filters:
        given = {name: request.GET.get(name, "") for name in ("kind", "workgroup", "duty", "year")}
        return cls(words=request.GET.get("q", "").strip()[:WORDS_AT_MOST], **given)

    def apply(self, found: MeetingQuerySet) -> MeetingQuerySet:
        if self.kind in MeetingKind.values:
            found = found.filter(kind=self.kind)
        if self.workgroup:
            found = found.filter(workgroup__slug=self.workgroup)
        if re.fullmatch(r"[0-9]{1,4}", self.duty, re.ASCII):
            found = found.serving(int(self.duty))
        if re.fullmatch(r"(19|20)\d\d", self.year, re.ASCII):
            found = found.filter(starts_at__year=int(self.year))
        return found.matching(self.words) if self.words else found

    @property
    def query(self) -> str:
        """What was chosen, to carry on in a link; empty, or with its question mark."""
        chosen = {"q": self.words, "kind": self.kind, "workgroup": self.workgroup, "duty": self.duty, "year": self.year}
        said = urlencode({name: value for name, value in chosen.items() if value})
        return f"?{said}" if said else ""

    def context(self, *, years: list[int] | None = None, groups: list[Workgroup] | None = None) -> dict[str, Any]:
        """What the boxes show; two queries, for the workgroups and the duties."""
        return {
            "filters": self,
            "kinds": MeetingKind.choices,
            "duties": list(Duty.objects.all()),
            "workgroups": list(Workgroup.objects.all()) if groups is None else groups,
            "years": years or [],
        }
