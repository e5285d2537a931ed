"""Answers: cast, changed and taken as sent once, however often the same form arrives."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from copy import copy
from random import SystemRandom
from typing import TYPE_CHECKING

from django.db import connection, transaction

from cop_portal.errors import Refused
from members.models import Member
from polls.enums import PollState
from polls.models import Ballot, Choice, OtherText, Poll, Receipt
from polls.rules import counts_in_a_category

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from polls.models import Option

SHUFFLED = SystemRandom()


@transaction.atomic
def cast_ballot(
    poll: Poll,
    *,
    voter: Member | str,
    options: Iterable[Option],
    now: datetime,
    also_device: str = "",
    other_text: str = "",
    form_key: str = "",
) -> Ballot:
    """Put a voter's answer in, or change it: one ballot each, for a member or for a guest's device (a random text).

    Voters share a lock on the poll until their commit, so none is in after the close, and none waits for another.
    ``also_device`` is the device that a member answered from as a guest before signing in: that ballot is taken back.
    ``other_text`` stands beside the option "other". The same answer twice is one answer, and the ``form_key`` of a form
    that was counted is kept (``was_counted``). Refuses: ``not_open``, ``facilitator`` (in a category poll),
    ``too_few``, ``too_many``, ``foreign_option``.
    """
    poll = _held(poll)
    if not poll.is_open:
        raise Refused(_late_words(poll), code="not_open")
    if isinstance(voter, Member) and not counts_in_a_category(voter, poll):
        raise Refused(
            "Facilitators are counted in the meeting's total and in no category, so this poll is not for you.",
            code="facilitator",
        )
    offered = {option.pk: option for option in poll.options.all()}
    chosen = {option.pk for option in options}  # the same one ticked twice is one
    _check_choice(poll, chosen, offered)
    if also_device:
        _take_back(poll, voter_key(poll, also_device))
    ballot = _ballot(poll, voter_key(poll, voter))
    ballot.choices.exclude(option__in=chosen).delete()
    Choice.objects.bulk_create((Choice(ballot=ballot, option_id=pk) for pk in sorted(chosen)), ignore_conflicts=True)
    if other := next((option for option in offered.values() if option.is_other), None):
        _keep_text(ballot, other_text.strip() if other.pk in chosen else "")
    if form_key:
        Receipt.objects.bulk_create([Receipt(poll=poll, form_key=_hash(form_key))], ignore_conflicts=True)
    return ballot


def was_counted(poll: Poll, form_key: str) -> bool:
    """Whether this very form was counted before: the phone that sent it may not have heard."""
    return bool(form_key) and poll.receipts.filter(form_key=_hash(form_key)).exists()


def voter_key(poll: Poll, voter: Member | str) -> str:
    """The voter's key in this poll. Without the secret nobody can work it out, and the secret goes at the close."""
    if poll.secret is None:
        raise ValueError("A poll that is not open has no secret to make a key with.")
    name = f"member:{voter.pk}" if isinstance(voter, Member) else f"device:{voter}"
    return hmac.new(bytes(poll.secret), name.encode(), hashlib.sha256).hexdigest()


def own_choices(poll: Poll, voter: Member | str) -> set[int]:
    """The options on the voter's own ballot, while the poll is open; afterwards nobody can tell, not even they."""
    if not poll.is_open or not voter:
        return set()
    return set(
        Choice.objects.filter(ballot__poll=poll, ballot__voter_key=voter_key(poll, voter)).values_list(
            "option", flat=True
        )
    )


def own_text(poll: Poll, voter: Member | str) -> str:
    """What the voter wrote beside "other", while the poll is open."""
    if not poll.is_open or not voter:
        return ""
    written = poll.other_texts.filter(voter_key=voter_key(poll, voter)).values_list("text", flat=True).first()
    return str(written or "")


def write_anew(poll: Poll) -> None:
    """Every ballot and text of an open poll as a fresh row, in random order and under a random key.

    Neither a key nor a row's number says afterwards who it was, who came first, or which text is which ballot's.
    """
    choices_of: dict[int, list[int]] = {pk: [] for pk in poll.ballots.values_list("pk", flat=True)}
    for ballot_id, option_id in Choice.objects.filter(ballot__poll=poll).values_list("ballot", "option"):
        choices_of[ballot_id].append(option_id)
    ballots, texts = list(choices_of.values()), list(poll.other_texts.values_list("text", flat=True))
    poll.ballots.all().delete()
    poll.other_texts.all().delete()
    for rows in ballots:
        SHUFFLED.shuffle(rows)
    SHUFFLED.shuffle(ballots)
    SHUFFLED.shuffle(texts)
    fresh = Ballot.objects.bulk_create(Ballot(poll=poll, voter_key=secrets.token_hex(32)) for _ in ballots)
    Choice.objects.bulk_create(
        Choice(ballot=ballot, option_id=option)
        for ballot, choices in zip(fresh, ballots, strict=True)
        for option in choices
    )
    OtherText.objects.bulk_create(OtherText(poll=poll, voter_key=secrets.token_hex(32), text=text) for text in texts)


def throw_away(poll: Poll) -> None:
    """Every answer, text and receipt of the poll."""
    poll.ballots.all().delete()
    poll.other_texts.all().delete()
    poll.receipts.all().delete()


HELD = "SELECT state, secret, version FROM polls_poll WHERE id = %s"


def _held(poll: Poll) -> Poll:
    """The poll as it is now. Its row cannot change until the commit; other voters hold it, too, at the same time.

    Its version grows with each change, so one that is still of the version that the caller knows is not read again.
    """
    share = " FOR SHARE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(HELD + share, [poll.pk])
        state, secret, version = cursor.fetchone()
    if version != poll.version:
        return Poll.objects.select_related("meeting").prefetch_related("options").get(pk=poll.pk)
    held = copy(poll)
    held.state, held.secret = state, secret
    return held


def _ballot(poll: Poll, key: str) -> Ballot:
    """The voter's ballot, old or new, locked: two clicks of one voter follow one another."""
    [ballot] = Ballot.objects.bulk_create(
        [Ballot(poll=poll, voter_key=key)],
        update_conflicts=True,
        unique_fields=["poll", "voter_key"],
        update_fields=["voter_key"],
    )
    return ballot


def _take_back(poll: Poll, key: str) -> None:
    poll.other_texts.filter(voter_key=key).delete()
    poll.ballots.filter(voter_key=key).delete()


def _keep_text(ballot: Ballot, text: str) -> None:
    if text:
        OtherText.objects.update_or_create(poll=ballot.poll, voter_key=ballot.voter_key, defaults={"text": text})
    else:
        OtherText.objects.filter(poll=ballot.poll, voter_key=ballot.voter_key).delete()


def _check_choice(poll: Poll, chosen: set[int], offered: dict[int, Option]) -> None:
    if chosen - offered.keys():
        raise Refused(
            "One of these answers belongs to another poll. Please load the page again.", code="foreign_option"
        )
    if len(chosen) < max(poll.minimum, 1):
        raise Refused(f"Choose at least {max(poll.minimum, 1)}.", code="too_few")
    if poll.maximum and len(chosen) > poll.maximum:
        raise Refused(f"Choose at most {poll.maximum}.", code="too_many")


def _late_words(poll: Poll) -> str:
    if poll.state == PollState.DRAFT:
        return "This poll is not open yet. Your answer was not taken."
    return "This poll is closed. This answer was not counted; one that you sent before the close is."


def _hash(form_key: str) -> str:
    return hashlib.sha256(form_key.encode()).hexdigest()
