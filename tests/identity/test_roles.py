"""Who works for a municipality: given and taken by whom, told to whom, and never nobody by accident."""

import asyncio
from typing import Any

import pytest

from modules.identity import actions as identity_actions
from modules.identity.municipalities import actions
from modules.identity.municipalities.refusals import LastAdministrator
from modules.kernel.context import Client
from modules.kernel.policy import Role, Viewer
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import act
from tests.contents import announced, contents
from tests.identity.municipal import GRANT, REVOKE
from tests.people import KYIV, PEOPLE, municipality_id, person_id
from tests.spending import spent

TEAM = """query($code: String!) { municipality(code: $code) { team(first: 2) { totalCount pageInfo { hasNextPage }
  edges { node { role person { name } } } } } }"""


async def grant(ask: Ask, who: str, whom: str, role: str, **input: Any) -> str:
    """What came of it."""
    given = {"personId": person_id(getattr(PEOPLE, whom)), "municipalityId": municipality_id(), "role": role} | input
    return str((await act(ask, GRANT, getattr(PEOPLE, who), **given))["__typename"])


async def revoke(ask: Ask, who: str, whom: str, **input: Any) -> str:
    given = {"personId": person_id(getattr(PEOPLE, whom)), "municipalityId": municipality_id()} | input
    return str((await act(ask, REVOKE, getattr(PEOPLE, who), **given))["__typename"])


async def token_of(storage: Storage, viewer: Viewer) -> str:
    assert viewer.person_id is not None
    async with storage.writing() as work:
        return (await identity_actions.start_session(work, viewer.person_id, Client())).token


async def roles(storage: Storage, token: str) -> frozenset[tuple[Role, str]]:
    [session] = await identity_actions.authenticate(storage, [token])
    assert session is not None
    return session.viewer.roles


async def test_a_role_is_given_counts_and_is_taken(ask: Ask, storage: Storage) -> None:
    token = await token_of(storage, PEOPLE.mira)
    assert await grant(ask, "administrator", "mira", "MODERATOR") == "RoleGranted"
    assert await roles(storage, token) == {(Role.MODERATOR, KYIV)}
    assert await grant(ask, "administrator", "mira", "OFFICIAL") == "RoleGranted"
    assert await roles(storage, token) == {(Role.OFFICIAL, KYIV)}, "in place of the other"
    assert await revoke(ask, "administrator", "mira") == "RoleRevoked"
    assert await roles(storage, token) == frozenset()

    told = await announced(storage, "viewers")
    assert PEOPLE.mira.person_id is not None
    assert told == [("RolesChanged", {"person_id": PEOPLE.mira.person_id.hex})] * 3


async def test_the_team_is_public(ask: Ask) -> None:
    await grant(ask, "administrator", "mira", "MODERATOR")
    team = (await ask(TEAM, {"code": KYIV}))["municipality"]["team"]
    assert team == {
        "totalCount": 4,
        "pageInfo": {"hasNextPage": True},
        "edges": [
            {"node": {"role": "ADMINISTRATOR", "person": {"name": "Administrator"}}},
            {"node": {"role": "MODERATOR", "person": {"name": "Mira"}}},
        ],
    }


@pytest.mark.parametrize(
    ("who", "whom", "role", "result"),
    [
        ("administrator", "mira", "ADMINISTRATOR", "NotAllowed"),
        ("platform_administrator", "mira", "ADMINISTRATOR", "RoleGranted"),
        ("platform_administrator", "administrator", "MODERATOR", "RoleGranted"),
        ("administrator", "administrator", "MODERATOR", "NotAllowed"),
        ("official", "official", "ADMINISTRATOR", "NotAllowed"),
        ("mira", "mira", "MODERATOR", "NotAllowed"),
        ("foreign_administrator", "foreign_administrator", "MODERATOR", "NotAllowed"),
    ],
)
async def test_who_may_give_what(ask: Ask, storage: Storage, who: str, whom: str, role: str, result: str) -> None:
    before = await contents(storage)
    assert await grant(ask, who, whom, role) == result
    assert (await contents(storage) == before) == (result == "NotAllowed")


async def test_one_administrator_does_not_dismiss_another(ask: Ask, storage: Storage) -> None:
    await grant(ask, "platform_administrator", "mira", "ADMINISTRATOR")
    before = await contents(storage)
    assert await revoke(ask, "administrator", "mira") == "NotAllowed"
    assert await grant(ask, "administrator", "mira", "MODERATOR") == "NotAllowed"
    assert await contents(storage) == before
    assert await revoke(ask, "platform_administrator", "mira") == "RoleRevoked"


async def test_the_last_administrator_does_not_leave_by_accident(ask: Ask, storage: Storage) -> None:
    before = await contents(storage)
    assert await revoke(ask, "administrator", "administrator") == "LastAdministrator"
    assert await contents(storage) == before
    await grant(ask, "platform_administrator", "mira", "ADMINISTRATOR")
    assert await revoke(ask, "administrator", "administrator") == "RoleRevoked"
    assert await revoke(ask, "platform_administrator", "mira") == "RoleRevoked", "by somebody else it is no accident"


async def test_who_administers_the_platform_is_not_the_exception(ask: Ask) -> None:
    await revoke(ask, "platform_administrator", "administrator")
    await grant(ask, "platform_administrator", "platform_administrator", "ADMINISTRATOR")
    assert await revoke(ask, "platform_administrator", "platform_administrator") == "LastAdministrator"
    assert await grant(ask, "platform_administrator", "platform_administrator", "OFFICIAL") == "LastAdministrator"


async def test_two_who_leave_at_the_same_time_take_turns(ask: Ask, storage: Storage) -> None:
    await grant(ask, "platform_administrator", "mira", "ADMINISTRATOR")

    async def leave(viewer: Viewer) -> None:
        assert viewer.person_id is not None
        async with storage.writing() as work:
            await actions.revoke_role(work, viewer, person_id=viewer.person_id, municipality_id=KYIV)

    mira = Viewer(PEOPLE.mira.person_id, None, frozenset({(Role.ADMINISTRATOR, KYIV)}))
    left = await asyncio.gather(leave(mira), leave(PEOPLE.administrator), return_exceptions=True)

    assert sorted(map(repr, left)) == sorted([repr(LastAdministrator()), "None"])


async def test_again_is_no_error_and_no_news(ask: Ask, storage: Storage) -> None:
    await grant(ask, "administrator", "mira", "MODERATOR")
    before = await contents(storage)
    assert await grant(ask, "administrator", "mira", "MODERATOR") == "RoleGranted"
    assert await revoke(ask, "administrator", "taras") == "NotFound"
    assert await contents(storage) == before


@pytest.mark.parametrize(
    ("input", "result"),
    [
        ({"personId": "Person_0000000000000000000000000000ffff"}, "NotFound"),
        ({"municipalityId": municipality_id("UA00000000000000000")}, "NotFound"),
        ({"personId": municipality_id()}, "InvalidInput"),
        ({"reason": "a" * 1_001}, "InvalidInput"),
    ],
)
async def test_what_cannot_be(ask: Ask, storage: Storage, input: dict[str, Any], result: str) -> None:
    before = await contents(storage)
    assert await grant(ask, "platform_administrator", "mira", "OFFICIAL", **input) == result
    assert await contents(storage) == before


async def test_who_administers_the_platform_is_read_with_the_token(storage: Storage, statements: list[str]) -> None:
    token, other = [await token_of(storage, who) for who in (PEOPLE.platform_administrator, PEOPLE.administrator)]
    statements.clear()
    sessions = await identity_actions.authenticate(storage, [token, other])
    assert spent(statements) == 1
    assert [session and session.viewer.is_platform_administrator for session in sessions] == [True, False]


async def test_the_viewer_sees_it(ask: Ask) -> None:
    query = "{ viewer { isPlatformAdministrator roles { role } } }"
    platform = await ask(query, as_=PEOPLE.platform_administrator)
    assert platform == {"viewer": {"isPlatformAdministrator": True, "roles": []}}
    mira = await ask(query, as_=PEOPLE.mira)
    assert mira == {"viewer": {"isPlatformAdministrator": False, "roles": []}}
