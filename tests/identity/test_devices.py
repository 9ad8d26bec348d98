"""Sessions of a viewer: when they were last used, and ending them."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from gateway.services import opened, services
from gateway.settings import Settings
from gateway.visits import Visits
from modules.identity.accounts.actions import USE_IS_NOTED, note_use
from modules.identity.actions import authenticate, start_session
from modules.identity.tables import SessionRow
from modules.kernel import clock
from modules.kernel.context import Client
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from modules.kernel.tables import col, pick
from tests.accounts import joined
from tests.asking import Ask
from tests.contents import announced, contents
from tests.people import PEOPLE
from tests.test_sessions import until

SESSIONS = "{ viewer { sessions { id device lastUsedAt } } }"
END = """mutation($id: ID!) { endSession(input: {sessionId: $id}) { __typename
  ... on SessionEnded { viewer { sessions { device } } } ... on Refusal { code } } }"""
EVERYWHERE = (
    "mutation { signOutEverywhere { __typename ... on SignedOutEverywhere { sessionsEnded } ... on Refusal { code } } }"
)


async def sign_in(storage: Storage, who: Viewer, device: str) -> str:
    assert who.person_id is not None
    async with storage.writing() as work:
        return (await start_session(work, who.person_id, Client(agent=device))).token


async def test_one_device_is_signed_out_and_the_others_are_not(ask: Ask, storage: Storage) -> None:
    phone, laptop = [await sign_in(storage, PEOPLE.mira, device) for device in ("phone", "laptop")]
    await sign_in(storage, PEOPLE.taras, "tablet")
    sessions = (await ask(SESSIONS, as_=PEOPLE.mira))["viewer"]["sessions"]
    lost = {each["device"]: each["id"] for each in sessions}["phone"]
    before = await contents(storage)
    for who, code in ((PEOPLE.nobody, "NOT_SIGNED_IN"), (PEOPLE.taras, "NOT_FOUND")):
        assert (await ask(END, {"id": lost}, as_=who))["endSession"]["code"] == code
    assert (await ask(END, {"id": "nonsense"}, as_=PEOPLE.mira))["endSession"]["code"] == "BAD_USER_INPUT"
    assert await contents(storage) == before

    ended = (await ask(END, {"id": lost}, as_=PEOPLE.mira))["endSession"]

    assert ended == {"__typename": "SessionEnded", "viewer": {"sessions": [{"device": "laptop"}]}}
    assert [each is None for each in await authenticate(storage, [phone, laptop])] == [True, False]
    assert await announced(storage, "viewers") == [("SessionEnded", {"session_id": UUID(lost).hex})]


async def test_all_devices_are_signed_out_at_once(ask: Ask, storage: Storage) -> None:
    tokens = [await sign_in(storage, PEOPLE.mira, device) for device in ("phone", "laptop")]
    other = await sign_in(storage, PEOPLE.taras, "tablet")
    assert (await ask(EVERYWHERE))["signOutEverywhere"]["code"] == "NOT_SIGNED_IN"
    assert (await ask(EVERYWHERE, as_=PEOPLE.mira))["signOutEverywhere"]["sessionsEnded"] == 2
    assert [each is None for each in await authenticate(storage, [*tokens, other])] == [True, True, False]
    assert PEOPLE.mira.person_id is not None
    assert await announced(storage, "viewers") == [("SessionsEnded", {"person_id": PEOPLE.mira.person_id.hex})]
    assert (await ask(EVERYWHERE, as_=PEOPLE.mira))["signOutEverywhere"]["sessionsEnded"] == 0
    assert len(await announced(storage, "viewers")) == 1, "nothing ended, so nothing is announced"


async def used_at(storage: Storage) -> datetime:
    async with storage.reading() as read:
        found: datetime = await read.value(pick(SessionRow, "last_used_at").order_by(col(SessionRow.id)))
        return found


async def test_the_last_use_is_written_once_in_five_minutes_however_many_requests_there_are(
    storage: Storage, database_url: str
) -> None:
    token, began = await joined(storage), clock.now()
    held = services(Settings(database_url=database_url, secret_key="s" * 40))
    async with opened(held):
        for _ in range(3):
            await held.sessions.viewer(token)
        assert await used_at(storage) < began
        with clock.frozen(began + USE_IS_NOTED + timedelta(seconds=1)):
            later = clock.now()
            for _ in range(3):
                await held.sessions.viewer(token)
            async with asyncio.timeout(5):
                while await used_at(storage) < began:  # noqa: ASYNC110 (each turn asks the database)
                    await asyncio.sleep(0)
            assert await used_at(storage) == later
        with clock.frozen(later + timedelta(minutes=4)):
            async with storage.writing() as work:
                await note_use(work, [(await authenticate(storage, [token]))[0].viewer.session_id], clock.now())  # type: ignore[union-attr,list-item]
            assert await used_at(storage) == later, "another process had noted it"


async def test_uses_are_written_together_and_a_database_that_is_away_is_outlived(storage: Storage) -> None:
    tokens = [await sign_in(storage, PEOPLE.mira, device) for device in ("phone", "laptop")]
    sessions = await authenticate(storage, tokens)
    written: list[list[UUID]] = []

    async def write(session_ids: list[UUID], _now: datetime) -> None:
        written.append(session_ids)
        if len(written) == 1:
            raise ConnectionError

    async with Visits(write, every=timedelta(), pace=0.0) as visits:
        visits.note([*sessions, None])
        await until(lambda: len(written) == 1)
        visits.note(sessions)
        await until(lambda: len(written) == 2)
    ids = sorted(each.viewer.session_id for each in sessions if each and each.viewer.session_id)
    assert written == [ids, ids]
