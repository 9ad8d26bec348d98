"""Signing up, in and out; who a token is; what a viewer sees."""

import os
import sys
from datetime import timedelta
from threading import get_native_id
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.wiring import identity_actions
from modules.identity import passwords
from modules.identity.tables import AccountRow, PersonRow, SessionRow
from modules.kernel import clock
from modules.kernel.policy import NOBODY, Role, Viewer
from modules.kernel.storage import Storage
from tests.accounts import joined
from tests.asking import Ask
from tests.people import KYIV, PEOPLE, municipality_id

SIGN_IN = """mutation($input: SignInInput!) { signIn(input: $input) { __typename
  ... on SignedIn { token viewer { person { id } } } ... on Refusal { code message } } }"""
SIGN_OUT = "mutation { signOut { __typename ... on Refusal { code } } }"
LESIA = {"name": "Леся Ткач", "email": "lesia@example.org", "password": "correct horse"}


async def counts(storage: Storage) -> list[int]:
    tables: list[Any] = [PersonRow, AccountRow, SessionRow]
    found = []
    for table in tables:
        async with storage.reading() as read:
            found.append(await read.value(sa.select(sa.func.count()).select_from(table)))
    return found


async def who(storage: Storage, token: str) -> Viewer:
    """Whom a token makes, by the database."""
    [session] = await identity_actions.authenticate(storage, [token])
    return session.viewer if session else NOBODY


async def test_a_wrong_password_and_an_unknown_address_are_told_alike(
    ask: Ask, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await joined(storage, **LESIA)
    verified: list[str] = []
    verify = passwords._verify

    def note(password: str, password_hash: str | None) -> tuple[bool, str | None]:
        verified.append(password)
        return verify(password, password_hash)

    monkeypatch.setattr(passwords, "_verify", note)
    before = await counts(storage)
    wrong = [
        (await ask(SIGN_IN, {"input": {"email": email, "password": "wrong password"}}))["signIn"]
        for email in ("lesia@example.org", "unknown@example.org", "no address")
    ]
    assert (
        wrong[0]
        == wrong[1]
        == wrong[2]
        == {
            "__typename": "WrongCredentials",
            "code": "WRONG_CREDENTIALS",
            "message": "The e-mail or the password is wrong.",
        }
    )
    assert len(verified) == 3, "each costs one hash, whoever it is"
    assert await counts(storage) == before


async def test_signing_in_and_out(ask: Ask, storage: Storage) -> None:
    await joined(storage, **LESIA)
    entered = (await ask(SIGN_IN, {"input": {"email": "Lesia@example.org", "password": "correct horse"}}))["signIn"]
    viewer = await who(storage, entered["token"])
    assert (await ask(SIGN_OUT, as_=viewer))["signOut"] == {"__typename": "SignedOut"}
    assert await who(storage, entered["token"]) is NOBODY
    assert (await counts(storage))[2] == 1, "the session of the sign-up goes on"
    assert (await ask(SIGN_OUT))["signOut"] == {"__typename": "NotSignedIn", "code": "NOT_SIGNED_IN"}


async def test_a_session_ends_by_itself(ask: Ask, storage: Storage) -> None:
    token = await joined(storage, **LESIA)
    with clock.frozen(clock.now() + identity_actions.SESSION_LASTS - timedelta(seconds=5)):
        assert (await who(storage, token)).person_id is not None
    with clock.frozen(clock.now() + identity_actions.SESSION_LASTS + timedelta(seconds=5)):
        assert await who(storage, token) is NOBODY


async def test_a_token_brings_the_roles_in_one_statement(ask: Ask, storage: Storage, statements: list[str]) -> None:
    token = await joined(storage, **LESIA)
    person_id = (await who(storage, token)).person_id
    assert person_id is not None
    async with storage.writing() as work:
        await identity_actions.give_role(work, person_id, Role.MODERATOR, KYIV)
        await identity_actions.give_role(work, person_id, Role.OFFICIAL, KYIV)
    statements.clear()
    viewer = await who(storage, token)
    assert viewer.roles == frozenset({(Role.OFFICIAL, KYIV)})
    assert len([text for text in statements if "identity_" in text]) == 1
    assert viewer.municipalities(Role.MODERATOR) == {KYIV}, "an official is also a moderator"
    assert viewer.municipalities(Role.ADMINISTRATOR) == frozenset()


async def test_a_viewer_sees_only_the_own_private_part(ask: Ask, storage: Storage) -> None:
    viewer = await who(storage, await joined(storage, **LESIA))
    query = "{ viewer { email person { name } roles { role municipality { name } } sessions { id } } }"
    assert (await ask(query))["viewer"] is None
    assert (await ask(query, as_=viewer))["viewer"]["email"] == "lesia@example.org"
    moderator = (await ask(query, as_=PEOPLE.moderator))["viewer"]
    assert moderator["roles"] == [{"role": "MODERATOR", "municipality": {"name": "Київ"}}]
    assert (moderator["email"], moderator["sessions"]) == (None, [])


@pytest.mark.parametrize("search", ["київ", "Київс", "kyiv"])
async def test_municipalities_are_searched_by_name(ask: Ask, search: str) -> None:
    found = await ask(
        "query($search: String!) { municipalities(search: $search) { totalCount edges { node { name } } } }",
        {"search": search},
    )
    names = {edge["node"]["name"] for edge in found["municipalities"]["edges"]}
    assert names == ({"Київ", "Київська"} if search == "київ" else {"Київська"} if search == "Київс" else set())


async def test_the_tree_is_walked_both_ways(ask: Ask) -> None:
    found = await ask(
        """{ municipality(code: "UA32020010000093088") { name category parent { name parent { name parent { name } } } }
             top: municipality(code: "UA32000000000030281") { children { totalCount edges { node { name } } } }
             none: municipality(code: "UA1") { name } }"""
    )
    assert found["municipality"] == {
        "name": "Білоцерківська",
        "category": "HROMADA",
        "parent": {"name": "Білоцерківський", "parent": {"name": "Київська", "parent": None}},
    }
    assert found["top"]["children"] == {"totalCount": 1, "edges": [{"node": {"name": "Білоцерківський"}}]}
    assert found["none"] is None


async def test_a_filter_by_parent_and_category(ask: Ask) -> None:
    query = "query($filter: MunicipalityFilter) { municipalities(filter: $filter) { edges { node { code } } } }"
    parent = municipality_id("UA32000000000030281")
    below = await ask(query, {"filter": {"parentId": parent}})
    assert [edge["node"]["code"] for edge in below["municipalities"]["edges"]] == ["UA32020000000057002"]
    cities = await ask(query, {"filter": {"category": "SPECIAL_CITY"}})
    assert [edge["node"]["code"] for edge in cities["municipalities"]["edges"]] == [KYIV]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads are as nice as their process")
async def test_threads_that_hash_give_way_to_the_loop() -> None:
    niceness = await passwords._apart(lambda: os.getpriority(os.PRIO_PROCESS, get_native_id()))
    assert (niceness, os.getpriority(os.PRIO_PROCESS, get_native_id())) == (19, os.nice(0))
