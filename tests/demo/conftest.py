"""The demo data as built for one moment."""

from datetime import UTC, datetime

import pytest

from gateway.demo.content import build
from gateway.demo.shapes import Demo

NOW = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def demo() -> Demo:
    return build(NOW)


@pytest.fixture(scope="session")
def depths(demo: Demo) -> list[int]:
    """How many comments stand above each."""
    found: list[int] = []
    for comment in demo.comments:
        found.append(0 if comment.parent is None else found[comment.parent] + 1)
    return found
