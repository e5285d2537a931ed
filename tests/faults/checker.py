"""What is wrong, after everything has come to rest: nothing lost, nothing doubled, nothing unknown without cause."""

from collections import Counter
from collections.abc import Collection, Iterable

OPEN = ("queued", "claimed", "handing")


def broken_promises(
    rows: Iterable[dict],
    seen: Counter,
    *,
    ambiguous: int | None = None,
    intended: Collection[tuple[str, str]] | None = None,
    in_hand: Collection[int] = (),
    scripted: Collection[str] = (),
) -> list[str]:
    """Sentences, one for each promise that was broken.

    ``rows``: all deliveries, as dicts. ``seen``: how often the server took each Message-ID, by its own ledger.
    ``intended``: the (key, address) of every message that was meant; each must be a row, and no row anything else.
    What may be unknown: at most ``ambiguous`` messages, or exactly those to ``scripted`` ways of a server (the local
    parts of sink.py) and those that were being handed over when something was killed (``in_hand``, by primary key).
    """
    rows = list(rows)
    wrong = [sentence for row in rows if (sentence := _against(row, seen[row["message_id"]]))]
    unknown = [row for row in rows if row["state"] == "unknown"]
    if ambiguous is None:
        unknown = [
            row for row in unknown if row["pk"] not in in_hand and row["address"].partition(".")[0] not in scripted
        ]
        ambiguous = 0
    if len(unknown) > ambiguous:
        wrong.append("unknown without cause: " + ", ".join(f"{row['address']} ({row['reason']})" for row in unknown))
    if intended is not None:
        wrong += _against_intent(rows, set(intended))
    strangers = set(seen) - {row["message_id"] for row in rows}
    return [*wrong, *(f"nobody owed {stranger}" for stranger in sorted(strangers))]


def _against(row: dict, times: int) -> str:
    state, address = row["state"], row["address"]
    if state in OPEN:
        return f"{address} never came to an end: {state}"
    if times > 1:
        return f"{address} was sent {times} times"
    if state == "sent" and times == 0:
        return f"{address} was lost"
    if state in ("failed", "suppressed", "cancelled") and times:
        return f"{address} is {state}, but the server took it"
    return ""


def _against_intent(rows: list[dict], intended: set[tuple[str, str]]) -> list[str]:
    held = Counter((row["key"], row["address"]) for row in rows)
    twice = [f"{address} is owed {key} {times} times" for (key, address), times in held.items() if times > 1]
    missing = [f"{address} was never owed {key}" for key, address in sorted(intended - set(held))]
    return [
        *twice,
        *missing,
        *(f"{address} was owed {key}, which nobody meant" for key, address in set(held) - intended),
    ]
