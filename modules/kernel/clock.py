"""The time, asked in one place so that tests can set it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """The current time, aware, UTC."""
    return _source()


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Inside the block it is always `at` (aware). For tests and deterministic demo data."""
    global _source  # noqa: PLW0603 (one clock per process is the point)
    if at.tzinfo is None:
        raise ValueError("a frozen clock needs an aware time")
    before, _source = _source, lambda: at.astimezone(UTC)
    try:
        yield
    finally:
        _source = before
