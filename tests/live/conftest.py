import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.live.hall_graph import Hall, hall


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Hall]:
    """A server; when the test is over nothing may be left of its clients."""
    before = asyncio.all_tasks()
    async with hall(tmp_path) as place:
        yield place
    assert len(place.socket) == 0
    assert not place.feed.topics
    assert place.seen.running() == 0
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - before == {asyncio.current_task()}
