"""How many clients may be followed at a time, in all and from one address."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class NoPlace(Exception):
    """All places are taken: 503, or 429 when it is one address that has them."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Places:
    """At most `most` in all, and `most_of_one` from one address; 0 sets no limit."""

    def __init__(self, most: int = 0, most_of_one: int = 0) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._taken: Counter[str] = Counter()
        self._all = 0

    def __len__(self) -> int:
        return self._all

    @contextmanager
    def taken(self, address: str) -> Iterator[None]:
        """A place for the block. Raises NoPlace."""
        if self._most and self._all >= self._most:
            raise NoPlace(503, "There is no room for more live connections here now: try again later.")
        if self._most_of_one and self._taken[address] >= self._most_of_one:
            raise NoPlace(429, f"At most {self._most_of_one} live connections are taken from one address.")
        self._taken[address] += 1
        self._all += 1
        try:
            yield
        finally:
            self._all -= 1
            self._taken[address] -= 1
            if not self._taken[address]:
                del self._taken[address]
