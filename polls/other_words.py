"""What those who chose "other" meant, as far as staff approved it and it may be read beside a published table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polls.enums import PollState
from polls.models import OtherText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from polls.table import Table


def words_beside(tables: Sequence[Table]) -> dict[int, list[str]]:
    """The approved texts of each of these polls, while it is published.

    Words say that somebody chose "other": where that is not shown, they are not either.
    """
    polls = [table.poll_id for table in tables if not table.is_withheld and not table.together]
    shown = OtherText.objects.shown().filter(poll__in=polls, poll__state=PollState.PUBLISHED)
    words: dict[int, list[str]] = {}
    for poll, text in shown.values_list("poll", "text"):
        words.setdefault(poll, []).append(text)
    return words
