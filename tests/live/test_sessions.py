"""A socket acts as somebody for as long as they are signed in, and with the roles that they hold now."""

import asyncio
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from modules.identity.events import RolesChanged
from modules.kernel.policy import NOBODY, Role, Viewer
from modules.kernel.refusals import NotAllowed
from tests.live.hall_graph import Place
from tests.live.halls import id_of, key_of, say
from tests.live.talking import HEARD, SMALL, connected, talking, words

CITIZEN = Viewer(person_id=UUID(int=1), session_id=UUID(int=2))
MODERATOR = Viewer(CITIZEN.person_id, CITIZEN.session_id, frozenset({(Role.MODERATOR, "UA80000000000093317")}))
MIRA = {"token": "mira"}
ENDED = (4403, "This session has ended.")
COUNTED = "subscription ($hall: ID!) { counted(hallId: $hall) }"
AUDIENCE = "subscription ($hall: ID!) { audience(hallId: $hall) }"


@pytest.mark.parametrize("query", ["{ hello }", HEARD, 'mutation { say(text: "as Mira") }'])
async def test_nothing_begins_when_the_session_has_ended(place: Place, query: str) -> None:
    place.viewers["mira"] = CITIZEN
    async with talking(place, MIRA) as talk:
        await talk.subscribe(HEARD, "running", variables=SMALL)
        assert await talk.ask("{ hello }") == {"hello": "Hello, world!"}
        place.viewers["mira"] = None
        await talk.subscribe(query, variables=SMALL)
        assert await talk.farewell() == ENDED
    async with connected(place) as talk:
        await talk.send("connection_init", payload=MIRA)
        assert await talk.farewell() == ENDED


async def test_an_operation_has_the_roles_that_are_held_when_it_begins(place: Place) -> None:
    place.viewers["mira"] = CITIZEN
    async with talking(place, MIRA) as talk:
        for viewer, count in ((CITIZEN, 0), (MODERATOR, 1), (CITIZEN, 0)):
            place.viewers["mira"] = viewer
            assert await talk.ask("{ roleCount }") == {"roleCount": count}


async def changed(place: Place) -> None:
    """Somebody announces that something about Mira has changed."""
    async with place.storage.writing() as work:
        work.record(RolesChanged(UUID(int=1)))


async def test_who_is_not_concerned_is_not_looked_at_again(place: Place) -> None:
    place.viewers["mira"], place.viewers["taras"] = CITIZEN, Viewer(UUID(int=3), UUID(int=4))
    async with talking(place) as nobody, talking(place, {"token": "taras"}) as taras, talking(place, MIRA) as mira:
        for talk in (nobody, taras, mira):
            await talk.subscribe(HEARD, variables=SMALL)
        await place.followed_by(3)
        before = place.seen["looked"]
        await changed(place)
        await place.seen.reaches("looked", before + 1)
        await say(place.storage, "so", "so", "so")
        for talk in (nobody, taras, mira):
            assert [words(await talk.next()) for _ in range(3)] == ["so"] * 3
        assert place.seen["looked"] == before + 1


@pytest.mark.parametrize("query", [HEARD, COUNTED, AUDIENCE])
async def test_a_subscription_ends_with_the_session_it_was_begun_in(place: Place, query: str) -> None:
    place.viewers["mira"] = CITIZEN
    async with talking(place, MIRA) as talk, talking(place) as nobody:
        for each in (talk, nobody):
            await each.subscribe(query, variables=SMALL)
        await place.followed_by(2)
        place.viewers["mira"] = None
        await changed(place)
        while (left := await talk.ends()) is None:
            pass
        assert left == ENDED
        await place.followed_by(1)


async def test_a_role_that_changes_moves_a_subscription_on_and_closes_nothing(place: Place) -> None:
    place.viewers["mira"] = CITIZEN
    async with talking(place, MIRA) as talk:
        await talk.subscribe(HEARD.replace("words", "words roleCount"), variables=SMALL)
        await place.followed_by(1)
        counts = []
        for viewer in (CITIZEN, MODERATOR, CITIZEN):
            place.viewers["mira"] = viewer
            await changed(place)
            await say(place.storage, "so")
            counts.append((await talk.next())["payload"]["data"]["heard"]["event"]["roleCount"])
        assert counts == [0, 1, 0]
        assert place.hub.groups == 1


async def test_a_subscription_that_is_no_longer_allowed_ends_alone(place: Place) -> None:
    place.viewers["mira"] = CITIZEN
    async with talking(place, MIRA) as talk:
        for hall in ("small", "large"):
            await talk.subscribe(HEARD, hall, variables={"hall": id_of(hall)})
        await place.followed_by(2)

        def only_the_small(viewer: Viewer, hall: UUID) -> Viewer:
            if hall != key_of("small"):
                raise NotAllowed(message="Members only.")
            return NOBODY

        place.seen.authorize = only_the_small
        await changed(place)
        refused = await talk.next()
        assert (refused["type"], refused["id"], refused["payload"][0]["message"]) == ("error", "large", "Members only.")
        await say(place.storage, "nothing", hall="large")
        await say(place.storage, "still here")
        assert words(await talk.next()) == "still here"
        assert await talk.ask("{ hello }", "large") == {"hello": "Hello, world!"}


async def test_when_it_cannot_be_known_who_somebody_is_nothing_is_told_until_it_can(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.live.subscribers.RETRY", 0.02)
    place.viewers["mira"] = CITIZEN
    async with talking(place, MIRA) as talk, talking(place) as nobody:
        for each in (talk, nobody):
            await each.subscribe(HEARD, variables=SMALL)
        await place.followed_by(2)
        with capture_logs() as logs:
            place.seen["unreachable"] = 1
            await changed(place)
            await say(place.storage, "one", "two")
            while not logs:  # noqa: ASYNC110 (nothing announces a log line)
                await asyncio.sleep(0.01)
            place.seen["unreachable"] = 0
            assert [words(await talk.next()) for _ in range(2)] == ["one", "two"]
        assert {entry["event"] for entry in logs} == {"viewer_not_known"}
        assert [words(await nobody.next()) for _ in range(2)] == ["one", "two"]
