"""Whether what was delivered is what was published: all of it, in order, once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any
from zlib import crc32

import orjson

from bench.fanout.frames import WrongDelivery, payload_of

NANOSECONDS = 1e6  # of a millisecond

Note = tuple[int, bytes]  # of a diary: when a message arrived, and its frame


@dataclass(frozen=True)
class Heard:
    """A message as a viewer heard it: which comment, its place in the log, and when it was sent and arrived."""

    number: int
    place: int
    cursor: str
    sent: int
    arrived: int

    @property
    def milliseconds(self) -> float:
        return (self.arrived - self.sent) / NANOSECONDS


def read(noted: Note) -> Heard:
    """Raises WrongDelivery when it tells of something else than a comment."""
    arrived, whole = noted
    payload = payload_of(whole)
    try:
        update: dict[str, Any] = orjson.loads(payload)["payload"]["data"]["debateEvents"]
        number, sent, _ = update["event"]["comment"]["body"].split(" ")
        cursor = update["cursor"]
        return Heard(int(number), place(cursor), cursor, int(sent), arrived)
    except (KeyError, TypeError, ValueError):
        raise WrongDelivery(f"A viewer was told {payload[:300].decode(errors='replace')}") from None


def place(cursor: str) -> int:
    """A cursor is opaque to clients; a benchmark may know that its last part counts."""
    return int(cursor.rpartition(".")[2])


def fault(places: Iterable[int], after: int) -> str | None:
    """What is wrong with the order of what came after a place; None when it goes on without gap or repetition."""
    for found in places:
        if found <= after:
            return f"{found} came after {after}"
        if found > after + 1:
            return f"{after + 1} to {found - 1} did not come before {found}"
        after = found
    return None


def expect_in_order(told: Sequence[Heard], after: int) -> None:
    """Raises WrongDelivery."""
    found = fault((each.place for each in told), after)
    if found:
        raise WrongDelivery(f"A viewer's updates are not in order: {found}.")
    if len({each.number for each in told}) != len(told):
        raise WrongDelivery("A viewer was told of a comment twice.")


def expect_complete(told: Sequence[Heard], numbers: range) -> None:
    """All of the comments and nothing else. Raises WrongDelivery."""
    missing = set(numbers) - {each.number for each in told}
    if missing or len(told) != len(numbers):
        raise WrongDelivery(
            f"A viewer was told of {len(told)} comments of {len(numbers)}; missing: {sorted(missing)[:9]}"
        )


def checksums(diary: Sequence[Note]) -> list[int]:
    """Of the first 0, 1, 2, ... messages."""
    found = [0]
    for _, whole in diary:
        found.append(crc32(whole, found[-1]))
    return found


def expect_alike(taken: Iterable[tuple[int, int]], known: Sequence[int]) -> None:
    """That viewers, each with its count and its checksum, heard the same bytes as one that was read. Raises WrongDelivery."""
    for heard, checksum in taken:
        if heard >= len(known):
            raise WrongDelivery(f"A viewer heard {heard} messages, one that was read only {len(known) - 1}.")
        if known[heard] != checksum:
            raise WrongDelivery(f"A viewer heard other bytes in its first {heard} messages than one that was read.")


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """The middling one, and that which one in a hundred exceeds. Raises ValueError without values."""
    if not values:
        raise ValueError("Nothing was measured.")
    found = quantiles([*values, values[-1]] if len(values) == 1 else values, n=100, method="inclusive")
    return round(found[49], 2), round(found[98], 2)
