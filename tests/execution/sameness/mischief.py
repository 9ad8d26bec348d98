"""Mischief: values that are not what was promised, drawn by a seed and the place, so that asking again gives the same."""

from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Any, Final
from uuid import UUID

from graphql import GraphQLError
from graphql.pyutils import Undefined

from modules.kernel.fields import TypedRow
from modules.kernel.refusals import InvalidInput, NotAllowed

SHARES = (0.0, 0.0, 0.002, 0.01, 0.05, 0.3)  # of the values that are mischievous, one of these for each document


class Stranger(Enum):
    """An enum that the schema does not know."""

    RED = "red"
    WHO = "who"


@dataclass(frozen=True)
class Later:
    """What has to be awaited, where nobody said so; it may fail then."""

    value: Any

    def __await__(self) -> Generator[Any, None, Any]:
        yield
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


@dataclass(frozen=True)
class Walk:
    """An iterable that is no list."""

    items: Sequence[Any]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)


@dataclass(frozen=True)
class Trickle:
    """A list that comes bit by bit."""

    items: Sequence[Any]

    async def __aiter__(self) -> AsyncIterator[Any]:
        for item in self.items:
            yield item


class Missing:
    """The column is not in the row."""


MISSING: Final = Missing()


class Broken:
    """Nothing can be made of it."""

    def __str__(self) -> str:
        raise RuntimeError("no text of it")


FAILURES: tuple[Callable[[], Exception], ...] = (
    lambda: RuntimeError("the password is hunter2"),
    lambda: NotAllowed(message="Not for you."),
    lambda: InvalidInput(field="mood", message="Not today."),
    lambda: GraphQLError("Too fast.", extensions={"code": "RATE_LIMITED", "seconds": 3}),
    lambda: GraphQLError("the password is hunter2"),
    lambda: KeyError("name"),
)
ODDITIES: tuple[Any, ...] = (
    *(
        None,
        None,
        None,
        Undefined,
        MISSING,
        True,
        False,
        0,
        1,
        -1,
        2**31,
        2**63,
        -(2**31) - 1,
        1.0,
        1.5,
        1e400,
        float("nan"),
    ),
    *(
        "",
        "red",
        "RED",
        "12",
        "1.5",
        "NaN",
        "true",
        b"bytes",
        Decimal("1.5"),
        UUID(int=1),
        Broken(),
        object(),
        int,
        len,
    ),
    *(datetime(2026, 5, 1), datetime.max, date(2026, 5, 1), "2026-05-01T09:00:00Z", Stranger.RED, Stranger.WHO),  # noqa: DTZ001, DTZ901
    *([], [None], [[]], ["red", 2**40], (), (1, "a"), {}, {"id": 1}, {"id": None}, {"name": "no id"}),
    *(TypedRow("Creature", {"id": UUID(int=1)}), TypedRow("Nobody", {"id": UUID(int=1)}), TypedRow("Node", {"id": 1})),
    *(
        TypedRow("Den", {"id": "burrow"}),
        TypedRow("Den", {}),
        Later(None),
        Later("later"),
        Later(7),
        Walk([1, 2]),
        Walk([]),
    ),
    *(Walk([None]), Trickle([1, None]), Trickle([])),
)


@dataclass
class Mischief:
    """What is drawn now. With a share of 0 everybody behaves."""

    seed: int = 0
    share: float = 0.0

    def begin(self, seed: int, number: int) -> None:
        self.seed = seed * 1_000_003 + number
        self.share = SHARES[number % len(SHARES)]

    def lot(self, *place: Any) -> Random | None:
        """A source of chance where there is to be mischief; the same place always gives the same."""
        if not self.share:
            return None
        chance = Random(f"{self.seed}/{place!r}")
        return chance if chance.random() < self.share else None

    def value(self, right: Any, *place: Any) -> Any:
        """What a row holds at this place: mostly what is right; a list may be right but for an item."""
        chance = self.lot(*place)
        if chance is None:
            return right
        if isinstance(right, list) and right and chance.random() < 0.7:
            return self.spoilt(right, chance)
        if right is not None and chance.random() < 0.1:
            return Later(right)
        return chance.choice(FAILURES)() if chance.random() < 0.35 else chance.choice(ODDITIES)

    def spoilt(self, items: list[Any], chance: Random) -> Any:
        at, how = chance.randrange(len(items)), chance.random()
        if how < 0.5:
            item = chance.choice(FAILURES)() if chance.random() < 0.35 else chance.choice(ODDITIES)
            items = [*items[:at], item, *items[at + 1 :]]
        return items if how < 0.4 else chance.choice((tuple, Walk, Trickle, Later, _later_items))(items)

    def row(self, kind: str, key: Any, **columns: Any) -> dict[str, Any]:
        """A row whose columns may be anything, or not there."""
        drawn = {"id": key} | {name: self.value(value, kind, key, name) for name, value in columns.items()}
        return {name: value for name, value in drawn.items() if value is not MISSING}

    def answer(self, right: Any, *place: Any) -> Any:
        """What a resolver answers, if it does not raise."""
        given = self.value(right, *place)
        if isinstance(given, Exception) and self.lot(*place, "raised") is None:
            raise given
        return given

    def batch(self, values: list[Any], name: str, parents: Sequence[Any]) -> Any:
        """What a batch answers: a value for each parent, or something else altogether."""
        chance = self.lot("batch", name)
        found = [self.value(value, name, parent.get("id")) for value, parent in zip(values, parents, strict=True)]
        if chance is None or chance.random() < 0.5:
            return found
        if chance.random() < 0.3:
            raise chance.choice(FAILURES)()
        return chance.choice(
            (
                found[1:],
                [*found, None],
                [],
                None,
                7,
                Walk(found),
                tuple(found),
                "no list",
                dict.fromkeys(range(len(found))),
            )
        )


def _later_items(items: list[Any]) -> list[Any]:
    return [Later(item) for item in items]


MISCHIEF = Mischief()
