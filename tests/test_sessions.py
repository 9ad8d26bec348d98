"""Who a token is, remembered, and forgotten before it could be wrong."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from math import inf
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col, delete
from structlog.testing import capture_logs

from gateway import sessions as module
from gateway.live import tail
from gateway.live.bus import Bus
from gateway.live.feed import Feed
from gateway.sessions import Sessions, concerned
from modules.identity import actions
from modules.identity.events import RolesChanged, SessionEnded
from modules.identity.tables import SessionRow
from modules.kernel import clock
from modules.kernel.context import Client
from modules.kernel.following import Log
from modules.kernel.log import ACCESS
from modules.kernel.log import events as kept
from modules.kernel.migrating import renew_epoch
from modules.kernel.policy import NOBODY, Role, Viewer
from modules.kernel.storage import Storage
from tests.people import BILA_TSERKVA, KYIV, PEOPLE


@asynccontextmanager
async def remembered(storage: Storage, *, poll: float = 0.02, **settings: int) -> AsyncIterator[Sessions]:
    """The sessions of a process on this database."""
    async with Bus("memory://") as bus, Feed(storage, bus, poll=poll) as feed:
        storage.announce = feed.announce
        authenticate = partial(actions.authenticate, storage)
        async with Sessions(authenticate, Log(storage), feed, **settings) as sessions:
            await until(lambda: sessions.is_current)
            yield sessions


@pytest.fixture
async def sessions(storage: Storage) -> AsyncIterator[Sessions]:
    async with remembered(storage) as made:
        yield made


@pytest.fixture
async def elsewhere(database_url: str) -> AsyncIterator[Storage]:
    """Another process on the same database, whose hints do not come through."""
    storage = Storage(database_url)
    yield storage
    await storage.close()


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not so():  # noqa: ASYNC110 (each turn of the loop is one that the other tasks have)
            await asyncio.sleep(0)


async def sign_in(storage: Storage, who: Viewer = PEOPLE.mira) -> str:
    assert who.person_id is not None
    async with storage.writing() as work:
        return (await actions.start_session(work, who.person_id, Client())).token


async def sign_out(storage: Storage, viewer: Viewer) -> None:
    async with storage.writing() as work:
        await actions.sign_out(work, viewer)


async def test_a_token_costs_one_statement_and_then_none(
    storage: Storage, sessions: Sessions, statements: list[str]
) -> None:
    token = await sign_in(storage)
    first = await sessions.viewer(token)
    statements.clear()
    assert [await sessions.viewer(token) for _ in range(3)] == [first] * 3
    assert first.person_id == PEOPLE.mira.person_id
    assert [text for text in statements if "identity_session" in text] == []


async def test_a_token_that_opens_nothing_is_not_remembered(sessions: Sessions) -> None:
    assert await sessions.viewer("nonsense") is NOBODY
    assert len(sessions) == 0


async def test_signing_out_counts_at_once_where_it_was_done(storage: Storage, sessions: Sessions) -> None:
    mine, other = await sign_in(storage), await sign_in(storage)
    viewer, beside = await sessions.viewer(mine), await sessions.viewer(other)
    await sign_out(storage, viewer)
    assert await sessions.viewer(mine) is NOBODY
    assert await sessions.viewer(other) == beside


async def test_only_whose_session_ended_is_forgotten(storage: Storage, sessions: Sessions) -> None:
    tokens = [await sign_in(storage), await sign_in(storage)]
    viewers = [await sessions.viewer(token) for token in tokens]
    await sign_out(storage, viewers[0])
    await until(lambda: sessions.is_current and len(sessions) == 1)
    assert await sessions.viewer(tokens[1]) == viewers[1]


async def test_what_another_process_ends_is_forgotten_without_a_hint(
    storage: Storage, sessions: Sessions, elsewhere: Storage
) -> None:
    token = await sign_in(storage)
    await sign_out(elsewhere, await sessions.viewer(token))
    await until(lambda: len(sessions) == 0)
    assert await sessions.viewer(token) is NOBODY


async def test_a_role_given_in_another_process_counts(storage: Storage, sessions: Sessions, elsewhere: Storage) -> None:
    token = await sign_in(storage)
    before = await sessions.viewer(token)
    assert (before.roles, before.person_id is None) == (frozenset(), False)
    async with elsewhere.writing() as work:
        await actions.give_role(work, before.person_id or UUID(int=0), Role.MODERATOR, KYIV)
    await until(lambda: len(sessions) == 0)
    assert (await sessions.viewer(token)).roles == {(Role.MODERATOR, KYIV)}


async def test_whoever_comes_at_once_is_asked_about_in_one_statement(
    storage: Storage, sessions: Sessions, statements: list[str]
) -> None:
    """Each gets their own: with all of their roles, or with none; nobody, for what opens nothing."""
    mira = PEOPLE.mira.person_id
    assert mira is not None
    moderator, taras, again = await sign_in(storage), await sign_in(storage, PEOPLE.taras), await sign_in(storage)
    async with storage.writing() as work:
        for place in (KYIV, BILA_TSERKVA):
            await actions.give_role(work, mira, Role.MODERATOR, place)
    await until(lambda: sessions.is_current)
    statements.clear()
    asked = (moderator, "nothing", taras, again, moderator)
    found = await asyncio.gather(*(sessions.viewer(token) for token in asked))
    assert len([text for text in statements if "identity_session" in text]) == 1
    assert [viewer.person_id for viewer in found] == [mira, None, PEOPLE.taras.person_id, mira, mira]
    assert found[0] == found[4] and found[0].session_id != found[3].session_id
    assert found[0].municipalities(Role.MODERATOR) == {KYIV, BILA_TSERKVA}
    assert found[2].roles == frozenset()


async def test_an_answer_older_than_a_revocation_is_not_kept(storage: Storage, elsewhere: Storage) -> None:
    """The database is asked, the session ends, its event is read, and only then does the answer arrive."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(tokens: Sequence[str]) -> Sequence[actions.Session | None]:
        answer = await actions.authenticate(storage, tokens)
        asked.set()
        await go_on.wait()
        return answer

    async with remembered(storage) as sessions:
        token = await sign_in(storage)
        viewer = await sessions.viewer(token)
        await sign_out(storage, PEOPLE.taras)  # nothing to end
        sessions._known.clear()
        sessions._asking._batch = slowly
        answering = asyncio.create_task(sessions.viewer(token))
        await asked.wait()
        turn = sessions._turn
        await sign_out(elsewhere, viewer)
        await until(lambda: sessions._turn > turn and sessions.is_current)
        go_on.set()
        assert await answering == viewer  # who was asked about before the session ended
        assert len(sessions) == 0
        assert await sessions.viewer(token) is NOBODY


async def test_a_session_counts_until_it_expires(
    storage: Storage, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OLDEST", timedelta(days=365))
    token = await sign_in(storage)
    viewer = await sessions.viewer(token)
    for seconds, who in ((-5, viewer), (5, NOBODY)):
        with clock.frozen(clock.now() + actions.SESSION_LASTS + timedelta(seconds=seconds)):
            assert await sessions.viewer(token) == who


async def test_what_nobody_announced_counts_after_five_minutes(storage: Storage, sessions: Sessions) -> None:
    token = await sign_in(storage)
    viewer = await sessions.viewer(token)
    async with storage.writing() as work:
        await work.run(delete(SessionRow).where(col(SessionRow.id) == viewer.session_id))
    assert await sessions.viewer(token) == viewer
    with clock.frozen(clock.now() + timedelta(minutes=5, seconds=1)):
        assert await sessions.viewer(token) is NOBODY


async def test_nothing_counts_while_the_log_is_out_of_sight(
    storage: Storage, sessions: Sessions, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await sign_in(storage)
    await sessions.viewer(token)
    monkeypatch.setattr(tail, "IN_SIGHT", 0.0)
    statements.clear()
    await sessions.viewer(token)
    assert len([text for text in statements if "identity_session" in text]) == 1


async def test_the_feed_says_when_it_last_saw_the_log(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Bus("memory://") as bus, Feed(storage, bus, poll=0.01) as feed:
        seen = feed.looked_at
        await until(lambda: feed.looked_at > seen)
        monkeypatch.setattr(feed._log, "heads", _unreachable)
        with feed.listen("debate:1"), capture_logs() as logs:
            await until(lambda: bool(logs))
            stopped = feed.looked_at
            await until(lambda: feed._is_blind)
        assert feed.looked_at == stopped


async def _unreachable(names: object) -> dict[str, object]:
    raise ConnectionError("the database is away")


async def test_in_another_history_of_the_log_everything_is_forgotten(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "EPOCH", 0.05)
    async with remembered(storage) as sessions:
        await sessions.viewer(await sign_in(storage))
        assert len(sessions) == 1
        await renew_epoch(storage)
        await until(lambda: len(sessions) == 0)


async def test_after_a_gap_everything_is_forgotten(
    storage: Storage, elsewhere: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "IN_SIGHT", inf)
    async with remembered(storage, poll=60) as sessions:  # it hears what it is told, and nothing else
        await sessions.viewer(await sign_in(storage))
        async with elsewhere.writing() as work:
            work.record(SessionEnded(UUID(int=7)))
            work.record(SessionEnded(UUID(int=8)))
        async with elsewhere.writing() as work:
            await work.run(sa.delete(kept).where(kept.c.seq == 1))
        assert len(sessions) == 1
        storage.announce({ACCESS: 2})
        await until(lambda: sessions.is_current)
        assert len(sessions) == 0


async def test_at_most_so_many_are_remembered_those_used_last(storage: Storage) -> None:
    async with remembered(storage, most=2) as sessions:
        first, second, third = [await sign_in(storage) for _ in range(3)]
        for token in (first, second, first, third):
            await sessions.viewer(token)
        assert len(sessions) == 2
        [session] = await actions.authenticate(storage, [second])
        assert session is not None
        assert session.viewer.session_id not in {known.viewer.session_id for known in sessions._known.values()}


async def test_closed_it_remembers_nothing(storage: Storage) -> None:
    async with remembered(storage) as sessions:
        token = await sign_in(storage)
        await sessions.viewer(token)
    assert len(sessions) == 0


async def test_it_understands_what_identity_announces(storage: Storage) -> None:
    async with storage.writing() as work:
        work.record(SessionEnded(UUID(int=7)))
        work.record(RolesChanged(UUID(int=8)))
    assert concerned((await Log(storage).read(ACCESS, 0)).events) == {UUID(int=7), UUID(int=8)}
