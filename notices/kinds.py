"""Ways to narrow whom a notice is for, and what a notice can say about a meeting: sockets for the apps above.

Notices stand below the meetings and cannot ask them. So each app offers its own ways, ``AUDIENCE_KINDS`` and
``NOTICE_MEETINGS`` in the settings name them, and a notice keeps no more than keys and values
(docs/decisions/0018-whom-a-notice-is-for.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from members.models import Member, ParticipantCategory
from notices.models import Notice


@dataclass(frozen=True)
class Kind:
    """One way to narrow an audience. Several values of one kind mean any of them; several kinds mean all of them.

    No kind may rest on lived experience, on claims or on a sensitive category: a list of recipients is read by people
    who have no business with those.
    """

    key: str
    label: str
    choices: Callable[[], list[tuple[str, str]]]
    who: Callable[[list[str], date, int | None], Q]  # the members who meet it, as a condition on Member
    of_meeting: bool = False  # asks about the meeting that the notice is about
    help_text: str = ""


@dataclass(frozen=True)
class Meetings:
    """What a notice may be about: which meetings, and the words of one of them, for placeholders."""

    choices: Callable[[datetime], list[tuple[int, str]]]
    words: Callable[[int], dict[str, str]]  # empty where there is no such meeting


@cache
def kinds() -> dict[str, Kind]:
    """Every way there is, in the order of the settings."""
    found: list[Kind] = [import_string(path) for path in settings.AUDIENCE_KINDS]
    return {kind.key: kind for kind in found}


@cache
def meetings() -> Meetings | None:
    found: Meetings | None = import_string(settings.NOTICE_MEETINGS) if settings.NOTICE_MEETINGS else None
    return found


def words_of(notice: Notice) -> dict[str, str]:
    """What the placeholders about the notice's meeting stand for, as it was at its release; nothing without a meeting."""
    if notice.words is not None:
        return dict(notice.words)
    offered = meetings()
    return offered.words(notice.meeting) if offered and notice.meeting else {}


def condition(notice: Notice, on: date) -> Q:
    """The members that meet every kind the notice was narrowed by. A kind nobody offers any more matches nobody."""
    everything = Q()
    for key, values in notice.audience.items():
        kind = kinds().get(key)
        everything &= kind.who(values, on, notice.meeting) if kind else Q(pk__in=[])
    return everything


def in_words(notice: Notice) -> list[tuple[str, str]]:
    """How the notice was narrowed, for people: (kind, values), in the order of the alphabet: the database keeps its own."""
    said = []
    for key, values in notice.audience.items():
        kind = kinds().get(key)
        labels = dict(kind.choices()) if kind else {}
        said.append((kind.label if kind else key, ", ".join(labels.get(value, value) for value in values)))
    return sorted(said, key=lambda pair: pair[0].casefold())


def _categories() -> list[tuple[str, str]]:
    offered = ParticipantCategory.objects.in_force(timezone.localdate()).filter(is_sensitive=False)
    return [(str(category.pk), category.label) for category in offered]


def _in_category(values: list[str], _on: date, _meeting: int | None) -> Q:
    # Asked again here, not only where it is chosen: a category may have become sensitive since.
    chosen = ParticipantCategory.objects.filter(pk__in=values, is_sensitive=False)
    through = Member.categories.through.objects.filter(member=OuterRef("pk"), participantcategory__in=chosen)
    return Q(Exists(through))


CATEGORY = Kind(
    "category", "Participant category", _categories, _in_category,
    help_text="As people entered it in their profile. Sensitive categories cannot be chosen.",
)  # fmt: skip
LANGUAGE = Kind(
    "language", "Preferred language",
    lambda: [(language, language) for language in settings.PREFERRED_LANGUAGES],
    lambda values, _on, _meeting: Q(language__in=values),
)  # fmt: skip
