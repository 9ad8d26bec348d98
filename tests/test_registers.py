"""At which version the registers are: with every import a new one, and none while it cannot be told."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from gateway.live import tail
from gateway.live.bus import Bus
from gateway.live.feed import Feed
from gateway.registers import Registers
from modules.identity.imports import Category, Unit, put_municipalities
from modules.kernel import keys
from modules.kernel.following import Log, Window
from modules.kernel.migrating import renew_epoch
from modules.kernel.registers import TOPIC, RegisterChanged
from modules.kernel.storage import Storage, Work
from modules.registry.imports import Entity, put_legal_entities
from modules.registry.rules import LegalEntityKind
from tests.contents import announced
from tests.test_sessions import until

PLACE = Unit("UA01000000000013043", None, Category.OBLAST, "Крим")
ENTITY = Entity("00032112", "Банк", LegalEntityKind.COMPANY)


@asynccontextmanager
async def followed(storage: Storage, *, poll: float = 0.02) -> AsyncIterator[tuple[Registers, Log]]:
    async with Bus("memory://") as bus, Feed(storage, bus, poll=poll) as feed:
        storage.announce = feed.announce
        log = Log(storage)
        async with Registers(log, feed) as registers:
            await until(lambda: registers.version is not None)
            yield registers, log


@pytest.fixture
async def registers(storage: Storage) -> AsyncIterator[Registers]:
    async with followed(storage) as (made, _):
        yield made


@pytest.mark.parametrize(
    ("put", "register"),
    [
        (lambda work: put_municipalities(work, [PLACE]), "katottg"),
        (lambda work: put_legal_entities(work, [ENTITY]), "UA-EDR"),
    ],
    ids=["municipalities", "legal entities"],
)
async def test_every_import_announces_its_register_if_it_commits(
    storage: Storage, put: Callable[[Work], Awaitable[None]], register: str
) -> None:
    before = await announced(storage, TOPIC)
    with pytest.raises(ZeroDivisionError):
        async with storage.writing() as work:
            await put(work)
            raise ZeroDivisionError
    assert await announced(storage, TOPIC) == before
    async with storage.writing() as work:
        await put(work)
    told = {"register_id": keys.derived("register", register).hex}
    assert await announced(storage, TOPIC) == [*before, ("RegisterChanged", told)]
    async with storage.writing() as work:
        await put(work)  # the same again changes nothing
    assert len(await announced(storage, TOPIC)) == len(before) + 1


async def test_what_this_process_commits_makes_the_version_unknown_at_once_and_then_another(
    storage: Storage, registers: Registers
) -> None:
    before = registers.version
    async with storage.writing() as work:
        await put_legal_entities(work, [ENTITY])
    assert registers.version is None
    await until(lambda: registers.version is not None)
    assert registers.version != before


async def test_what_another_process_commits_is_found_without_a_hint(database_url: str, registers: Registers) -> None:
    before, elsewhere = registers.version, Storage(database_url)
    async with elsewhere.writing() as work:
        work.record(RegisterChanged(keys.new()))
    await elsewhere.close()
    await until(lambda: registers.version is not None and registers.version != before)
    assert registers.version != before


async def test_other_topics_change_nothing_and_a_version_costs_no_statement(
    storage: Storage, registers: Registers, statements: list[str]
) -> None:
    before = registers.version
    statements.clear()
    assert [registers.version for _ in range(3)] == [before] * 3
    assert statements == []


async def test_a_wrong_hint_does_not_hide_the_next_import(storage: Storage) -> None:
    async with Bus("memory://") as bus, Feed(storage, bus, poll=0.02) as feed:
        storage.announce = feed.announce
        async with Registers(Log(storage), feed) as registers:
            await until(lambda: registers.version is not None)
            before = registers.version
            feed.announce({TOPIC: 10**12})
            assert registers.version is None
            await until(lambda: registers.version is not None)
            assert registers.version == before
            async with storage.writing() as work:
                await put_legal_entities(work, [ENTITY])
            await until(lambda: registers.version not in (before, None))


async def test_with_the_log_out_of_sight_there_is_no_version(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with followed(storage) as (registers, _):
        monkeypatch.setattr(tail, "IN_SIGHT", -1.0)
        assert registers.version is None
    monkeypatch.undo()
    assert registers.version is None  # closed: nobody follows any more


async def test_a_restored_backup_is_another_history(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "EPOCH", 0.05)
    async with followed(storage) as (registers, _):
        before = registers.version
        await renew_epoch(storage)
        await until(lambda: registers.version not in (before, None))
        assert registers.version not in (before, None)


async def test_a_database_that_is_away_for_a_while_is_followed_again(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "RETRY", 0.01)
    async with followed(storage) as (registers, log):
        before, right = registers.version, log.read

        async def away(topic: str, after: int, limit: int = 0) -> Window:
            raise OSError("out of reach")

        monkeypatch.setattr(log, "read", away)
        with capture_logs() as logs:
            async with storage.writing() as work:
                await put_legal_entities(work, [ENTITY])
            await until(lambda: bool(logs))
            assert registers.version is None
            monkeypatch.setattr(log, "read", right)
            await until(lambda: registers.version not in (before, None))
        assert {logged["event"] for logged in logs} == {"topic_not_followed"}
