"""Many messages in one statement: what they share is said once, and of each only what is its own.

Queueing a notice for a hundred thousand people is one of the few places where building a model instance for each row
costs more than the database's part of the work (docs/decisions/0018-whom-a-notice-is-for.md), hence SQL by hand.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from notices.models import Delivery
from notices.tokens import new_message_id

# In the order in which they stand in the list that is sent along; the rest comes from the pattern.
OWN = {"address": "text", "member_id": "bigint", "subscriber_id": "bigint", "message_id": "text"}


@dataclass(frozen=True)
class Owed:
    """To whom one of many alike messages goes."""

    address: str
    member_id: int | None
    subscriber_id: int | None


def insert_alike(pattern: Delivery, people: Iterable[Owed]) -> None:
    """Insert one message like ``pattern`` for each of these; who has one under the same key keeps that."""
    rows = [[person.address, person.member_id, person.subscriber_id, new_message_id()] for person in people]
    shared = {field.column: _for_database(field, pattern) for field in _fields() if field.column not in OWN}
    with connection.cursor() as cursor:
        cursor.execute(_statement(list(shared)), [*shared.values(), json.dumps(rows)])


def _fields() -> Sequence[Any]:
    return [field for field in Delivery._meta.local_concrete_fields if not field.primary_key]


def _for_database(field: Any, pattern: Delivery) -> Any:
    return field.get_db_prep_save(getattr(pattern, field.attname), connection)


def _statement(shared: list[str]) -> str:
    """The names in it are the model's own columns; every value is a parameter."""
    quote = connection.ops.quote_name
    columns = ", ".join(map(quote, [*shared, *OWN]))
    values = ", ".join(["%s"] * len(shared))
    own = ", ".join(f"CAST(value ->> {place} AS {kind})" for place, kind in enumerate(OWN.values()))
    source = "json_array_elements(%s::json)" if connection.vendor == "postgresql" else "json_each(%s)"
    return (
        f"INSERT INTO {quote(Delivery._meta.db_table)} ({columns}) "  # noqa: S608 - names of the model, see above
        f"SELECT {values}, {own} FROM {source} AS person WHERE true ON CONFLICT DO NOTHING"
    )
