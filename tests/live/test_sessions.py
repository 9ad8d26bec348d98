"""A socket acts as somebody for as long as they are signed in, and with the roles that they hold now."""

import asyncio
from pathlib import Path
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from modules.kernel.policy import Role, Viewer
from tests.live.hall_graph import Hall, hall
from tests.live.talking import HEARD, connected, talking

CITIZEN = Viewer(person_id=UUID(int=1), session_id=UUID(int=2))
MODERATOR = Viewer(CITIZEN.person_id, CITIZEN.session_id, frozenset({(Role.MODERATOR, "UA80000000000093317")}))
MIRA = {"token": "mira"}
ENDED = (4403, "This session has ended.")
CHANGED = (4403, "What you may do has changed: connect again.")


@pytest.mark.parametrize("query", ["{ hello }", HEARD, 'mutation { say(text: "as Mira") }'])
async def test_nothing_begins_when_the_session_has_ended(place: Hall, query: str) -> None:
    place.viewers["mira"] = CITIZEN
    async with talking(place, MIRA) as talk:
        await talk.subscribe(HEARD, "running")
        assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}
        place.viewers["mira"] = None
        await talk.subscribe(query)
        assert await talk.farewell() == ENDED
    async with connected(place) as talk:
        await talk.send("connection_init", payload=MIRA)
        assert await talk.farewell() == ENDED


async def test_an_operation_has_the_roles_that_are_held_when_it_begins(place: Hall) -> None:
    place.viewers["mira"] = CITIZEN
    async with talking(place, MIRA) as talk:
        for viewer, count in ((CITIZEN, 0), (MODERATOR, 1), (CITIZEN, 0)):
            place.viewers["mira"] = viewer
            assert await talk.ask("{ roleCount }") == {"roleCount": count}


@pytest.mark.parametrize(
    ("then", "farewell"),
    [(None, ENDED), (MODERATOR, CHANGED), (Viewer(person_id=UUID(int=7), session_id=UUID(int=2)), CHANGED)],
)
async def test_a_subscription_ends_with_what_it_was_begun_on(
    tmp_path: Path, then: Viewer | None, farewell: tuple[int, str]
) -> None:
    before = asyncio.all_tasks()
    async with hall(tmp_path, recheck=0.05) as place:
        place.viewers["mira"] = CITIZEN
        async with talking(place, MIRA) as talk:
            await talk.subscribe(HEARD)
            await place.seen.reaches("looked", 5)
            place.viewers["mira"] = then
            assert await talk.farewell() == farewell
        assert (place.seen["heard"], len(place.socket)) == (0, 0)
    assert asyncio.all_tasks() == before


async def test_a_subscription_that_began_after_the_change_goes_on(tmp_path: Path) -> None:
    async with hall(tmp_path, recheck=0.05) as place:
        place.viewers["mira"] = CITIZEN
        async with talking(place, MIRA) as talk:
            place.viewers["mira"] = MODERATOR
            await talk.subscribe(HEARD)
            await place.seen.reaches("looked", 5)
            assert await talk.ask("{ roleCount }", "2") == {"roleCount": 1}


async def test_nobody_is_looked_at_again_and_nothing_is_when_no_subscription_runs(tmp_path: Path) -> None:
    async with hall(tmp_path, recheck=0.02) as place:
        place.viewers["mira"] = CITIZEN
        async with talking(place) as nobody, talking(place, MIRA) as mira:
            await nobody.subscribe(HEARD)
            await mira.ask("{ hello }")
            assert await place.seen.stands_still("looked") == 4
            for _ in range(2):
                count = place.seen["looked"]
                await mira.subscribe(HEARD)
                await place.seen.reaches("looked", count + 4)
                await mira.send("complete", "1")
                async with asyncio.timeout(5):
                    await place.seen.stands_still("looked")


async def test_one_task_looks_for_all_subscriptions_of_a_socket(place: Hall) -> None:
    place.viewers["mira"] = CITIZEN
    async with talking(place, MIRA) as talk:
        before = len(asyncio.all_tasks())
        for number in range(5):
            await talk.subscribe(HEARD, str(number))
        await place.seen.reaches("heard", 5)
        assert len(asyncio.all_tasks()) == before + 5 + 1
        talk.client.transport.abort()
        await place.seen.reaches("heard", 0)


async def test_when_looking_fails_it_is_logged_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with hall(tmp_path, recheck=0.05) as place:
        place.viewers["mira"] = CITIZEN
        async with talking(place, MIRA) as talk:
            await talk.subscribe(HEARD)
            await place.seen.reaches("looked", 3)
            with capture_logs() as logs, monkeypatch.context() as patched:
                patched.delitem(place.viewers, "mira")
                place.seen["unreachable"] = 1
                await place.seen.reaches("looked", place.seen["looked"] + 2)
                place.seen["unreachable"] = 0
            assert {entry["event"] for entry in logs} == {"request_failed"}
            assert await talk.ask("{ hello }", "2") == {"hello": "Hello, world!"}
            place.viewers["mira"] = None
            assert await talk.farewell() == ENDED
