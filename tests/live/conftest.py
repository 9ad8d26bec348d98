import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.live.hall_graph import Place, place_of

# The server's own class, through which frames are sent as they are; and uvicorn's, as any ASGI server would do it.
WIRES: Mapping[str, Mapping[str, Any]] = {"raw": {}, "asgi": {"ws": "websockets-sansio"}}


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    """Settings of uvicorn by which messages take each of the ways that there are."""
    return WIRES[request.param]


@pytest.fixture
async def place(tmp_path: Path, wire: Mapping[str, Any]) -> AsyncIterator[Place]:
    """A server; when the test is over nothing may be left of its clients."""
    before = asyncio.all_tasks()
    async with place_of(tmp_path, uvicorn=wire) as place:
        yield place
        await place.empty()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - before == {asyncio.current_task()}
