"""What written code calls while it runs."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any

from graphql.execution.values import VariableValues

from gateway.execution.leaves import Anomaly
from modules.kernel.keyset import Cut, cursor
from modules.kernel.prepared import Prepared, Raw

Values = Awaitable[list[Any]]
gather = asyncio.gather


@dataclass(frozen=True, slots=True)
class Asking:
    """What a resolver gets as `info`: the context. What asks for more is answered by graphql-core."""

    context: Any


class Run:
    """One operation being answered."""

    __slots__ = ("context", "info", "storage", "variables", "viewer")

    def __init__(self, context: Any, variables: VariableValues) -> None:
        self.context, self.variables = context, variables
        self.storage: Any = getattr(context, "storage", None)
        self.viewer: Any = getattr(context, "viewer", None)
        self.info = Asking(context)

    def fetch(self, prepared: Prepared, values: Mapping[str, Any]) -> Awaitable[Sequence[Raw]]:
        """Rows of a statement as the driver gives them."""
        found: Awaitable[Sequence[Raw]] = self.storage.fetch(prepared, values, self.viewer)
        return found


def distinct(keys: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(keys))


def grouped(rows: Sequence[Raw]) -> dict[Any, list[Raw]]:
    """Rows by their first column, the key of their parent."""
    found: dict[Any, list[Raw]] = {}
    for row in rows:
        key = row[0]
        group = found.get(key)
        if group is None:
            found[key] = [row]
        else:
            group.append(row)
    return found


def first_of_each(found: Mapping[Any, list[Raw]], first: int) -> list[Raw]:
    """The rows of all pages in one list; what is beyond a page only tells that there is more."""
    return [row for rows in found.values() for row in rows[:first]]


def dealt(
    keys: Sequence[Any], found: Mapping[Any, list[Raw]], first: int, items: Sequence[Any], show: Callable[..., Any]
) -> list[Any]:
    """What each key has: `show(key, its rows, its items)`. Items come in the order of `first_of_each`."""
    shown, at = {}, 0
    for key, rows in found.items():
        end = at + min(len(rows), first)
        shown[key] = show(key, rows, items[at:end])
        at = end
    return [shown[key] if key in shown else show(key, [], []) for key in keys]


def cursor_of(cut: Cut, statement: Prepared, row: Raw) -> str:
    """The cursor of a row: its last columns are those of the order."""
    count = len(cut.order.columns)
    values = zip(statement.decoders[-count:], row[-count:], strict=True)
    return cursor(cut.fingerprint, [value if decode is None else decode(value) for decode, value in values])


def one_for_each(parents: Sized, values: Any) -> list[Any]:
    """The answer of a batch. Raises Anomaly for one that is not a value per parent."""
    if type(values) is not list or len(values) != len(parents):
        raise Anomaly
    return values
