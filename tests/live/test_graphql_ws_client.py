"""The client that browsers use, npm's graphql-ws, against our server."""

import asyncio
import json
import subprocess

from tests.live.hall_graph import Place
from tests.live.halls import id_of
from tests.node_packages import FOLDER, require_node_modules


async def node(script: str, *arguments: str) -> str:
    """What a script of tests/node prints; what it says on stderr fails the test."""
    running = await asyncio.create_subprocess_exec(
        "node", script, *arguments, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        async with asyncio.timeout(30):
            told, complaint = await running.communicate()
    except TimeoutError:
        running.kill()
        told, complaint = await running.communicate()
        raise AssertionError(f"{script} did not end: {complaint.decode()}") from None
    assert (running.returncode, complaint.decode()) == (0, "")
    return told.decode()


async def test_two_clients_of_graphql_ws_hear_each_other(place: Place) -> None:
    require_node_modules()
    told = json.loads(await node("talk.mjs", place.url, id_of()))
    assert told["mira"] == ["Добрий день", "Вітаю", "Я вже не слухаю"]
    assert told["taras"] == ["Добрий день", "Вітаю", "(left)"]
    assert told["answers"] == [
        {"data": {"say": "Добрий день"}},
        {"data": {"say": "Вітаю"}},
        {"data": {"say": "Я вже не слухаю"}},
        {"data": {"token": "mira"}},
        ["GRAPHQL_VALIDATION_FAILED"],
    ]
    await place.followed_by(0)
