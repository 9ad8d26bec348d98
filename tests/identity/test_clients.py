"""API clients: made, listed and revoked by who answers for them; who asks with a key."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.services import authenticate
from modules.identity.clients import rules
from modules.identity.clients.tables import ApiClientRow
from modules.kernel import clock
from modules.kernel.policy import Scope
from modules.kernel.storage import Storage
from modules.kernel.tables import pick
from tests.asking import Ask
from tests.contents import announced, contents
from tests.identity.clients import create, revoke
from tests.people import PEOPLE

pytestmark = pytest.mark.usefixtures("signed_in")
MINE = "{ viewer { apiClients { id name prefix scopes hourlyBudget createdAt lastUsedAt } } }"


async def clients(ask: Ask) -> Any:
    return (await ask(MINE, as_=PEOPLE.mira))["viewer"]["apiClients"]


async def test_a_key_is_told_once_and_only_the_hash_of_its_secret_is_kept(ask: Ask, storage: Storage) -> None:
    made = await create(ask, PEOPLE.mira, name="  Міська   газета ", scopes=["READ_REGISTERS", "READ", "READ"])

    begins, prefix, secret = made["key"].split("_", 2)
    assert (begins, prefix, len(secret)) == ("spk", made["apiClient"]["prefix"], 43)
    listed = await clients(ask)
    assert listed == [made["apiClient"]]
    assert (listed[0]["name"], listed[0]["scopes"]) == ("Міська газета", ["READ", "READ_REGISTERS"])
    assert (listed[0]["hourlyBudget"], listed[0]["lastUsedAt"]) == (rules.HOURLY_BUDGET, None)
    assert secret not in str(await contents(storage))


async def test_only_who_made_them_sees_them(ask: Ask) -> None:
    await create(ask, PEOPLE.mira)
    assert (await ask(MINE, as_=PEOPLE.taras))["viewer"]["apiClients"] == []
    assert (await ask(MINE)) == {"viewer": None}


@pytest.mark.parametrize(
    ("changed", "field"), [({"name": " x "}, "name"), ({"name": "a\u202eb"}, "name"), ({"scopes": []}, "scopes")]
)
async def test_a_wrong_field_is_named_and_nothing_is_made(ask: Ask, storage: Storage, changed: Any, field: str) -> None:
    before = await contents(storage)
    refused = await create(ask, PEOPLE.mira, **changed)
    assert (refused["__typename"], refused["field"]) == ("InvalidInput", field)
    assert await contents(storage) == before


async def test_one_has_ten_at_most_and_room_again_after_one_is_revoked(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_CLIENTS", 2)
    made = [await create(ask, PEOPLE.mira) for _ in range(2)]
    assert (await create(ask, PEOPLE.mira))["code"] == "TOO_MANY_API_CLIENTS"
    assert (await create(ask, PEOPLE.taras))["__typename"] == "ApiClientCreated"
    await revoke(ask, PEOPLE.mira, made[0]["apiClient"]["id"])
    assert (await create(ask, PEOPLE.mira))["__typename"] == "ApiClientCreated"


async def test_a_key_makes_nobody_in_particular_with_its_scopes(ask: Ask, storage: Storage) -> None:
    made = await create(ask, PEOPLE.mira, scopes=["READ_REGISTERS"])
    [session] = await authenticate(storage, [made["key"]])
    assert session is not None
    viewer = session.viewer
    assert (viewer.person_id, viewer.session_id, viewer.roles) == (None, None, frozenset())
    assert viewer.api_key is not None
    assert (viewer.api_key.scopes, viewer.api_key.hourly_budget) == (
        frozenset({Scope.READ_REGISTERS}),
        rules.HOURLY_BUDGET,
    )
    assert await ask(MINE, as_=viewer) == {"viewer": None}


async def test_what_is_nearly_a_key_opens_nothing(ask: Ask, storage: Storage) -> None:
    made = await create(ask, PEOPLE.mira)
    other = await create(ask, PEOPLE.mira)
    _, prefix, secret = made["key"].split("_", 2)
    wrong = [f"spk_{prefix}_{secret[:-1]}", f"spk_{other['apiClient']['prefix']}_{secret}", f"spk_{prefix}_", "spk__x"]
    wrong += [f"spk_nobody_{secret}", secret, f"spk_{prefix}_{secret}\u0456"]
    found = await authenticate(storage, [*wrong, made["key"]])
    assert found[:-1] == [None] * len(wrong)
    assert found[-1] is not None


async def test_a_revoked_key_opens_nothing_and_that_is_announced(ask: Ask, storage: Storage) -> None:
    made = await create(ask, PEOPLE.mira)
    [before] = await authenticate(storage, [made["key"]])
    assert before is not None and before.viewer.api_key is not None
    assert (await revoke(ask, PEOPLE.mira, made["apiClient"]["id"]))["__typename"] == "ApiClientRevoked"
    assert await authenticate(storage, [made["key"]]) == [None]
    assert await clients(ask) == []
    assert await announced(storage, "viewers") == [
        ("ApiClientRevoked", {"client_id": before.viewer.api_key.client_id.hex})
    ]
    assert (await revoke(ask, PEOPLE.mira, made["apiClient"]["id"]))["__typename"] == "NotFound"


async def test_its_use_is_noted_once_in_ten_minutes(ask: Ask, storage: Storage) -> None:
    made, at = await create(ask, PEOPLE.mira), clock.now()
    noted = []
    for minutes in (0, 5, 11):
        with clock.frozen(at + timedelta(minutes=minutes)):
            await authenticate(storage, [made["key"]])
        async with storage.reading() as read:
            noted.append(await read.value(pick(ApiClientRow, "last_used_at")))
    assert noted == [at, at, at + timedelta(minutes=11)]


async def test_keys_and_sessions_that_come_at_once_cost_a_statement_each(
    ask: Ask, storage: Storage, statements: list[str]
) -> None:
    made = [await create(ask, PEOPLE.mira) for _ in range(2)]
    await authenticate(storage, [each["key"] for each in made])
    statements.clear()
    found = await authenticate(storage, [made[0]["key"], "nothing", made[1]["key"], "spk_no_thing"])
    assert [session is not None for session in found] == [True, False, True, False]
    assert len([text for text in statements if "identity_" in text]) == 2


async def test_the_last_place_is_given_once_to_two_who_come_at_once(
    ask: Ask, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_CLIENTS", 1)
    made = await asyncio.gather(*(create(ask, PEOPLE.mira) for _ in range(4)))
    assert sorted(each["__typename"] for each in made) == ["ApiClientCreated", *["TooManyApiClients"] * 3]
    async with storage.reading() as read:
        assert await read.value(sa.select(sa.func.count()).select_from(ApiClientRow)) == 1
