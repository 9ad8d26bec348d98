"""Whatever has a place in a topic, up to the first place that is missing."""

from collections.abc import Iterable
from itertools import takewhile
from typing import Protocol, TypeVar


class Placed(Protocol):
    @property
    def seq(self) -> int: ...


T = TypeVar("T", bound=Placed)


def gapless(placed: Iterable[T], after: int) -> list[T]:
    """Those that follow each other, and the first of them `after`."""
    later = (each for each in placed if each.seq > after)
    return [each for seq, each in takewhile(lambda pair: pair[1].seq == pair[0], enumerate(later, after + 1))]
