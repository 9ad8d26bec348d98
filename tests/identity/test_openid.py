"""Signing in with an OpenID provider, a real one: what is accepted, what is not, and whom it makes of somebody."""

import asyncio
import dataclasses
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from gateway.wiring import identity_actions
from modules.identity.openid.tables import IdentityRow, OpenidStartRow
from modules.identity.ports import OpenidProvider, OpenidProviders
from modules.identity.tables import PersonRow
from modules.kernel import clock
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import act
from tests.contents import contents
from tests.identity.provider import Provider, come_back, provider
from tests.people import PEOPLE

__all__ = ["provider"]

pytestmark = pytest.mark.usefixtures("signed_in")
START = "mutation($i: StartOidcInput!) { r: startOidc(input: $i) { __typename ... on OidcStarted { url state } ...R } }"
FINISH = """mutation($i: FinishOidcInput!) { r: finishOidc(input: $i) { __typename
  ... on OidcFinished { token viewer { email person { name } identities { id provider } } } ...R } }"""
UNLINK = """mutation($i: UnlinkIdentityInput!) { r: unlinkIdentity(input: $i) { __typename
  ... on IdentityUnlinked { viewer { identities { id } } } ...R } }"""


@dataclasses.dataclass(frozen=True)
class Offered:
    providers: list[OpenidProvider]

    def all(self) -> list[OpenidProvider]:
        return self.providers


@pytest.fixture
def here(ask: Ask, provider: Provider) -> Ask:
    """The graph of an installation where people sign in with the provider."""
    offered = Offered([provider.known_as(), provider.known_as("other", title="Інший")])
    return dataclasses.replace(ask, ports={**ask.ports, OpenidProviders: offered})


async def start(here: Ask, as_: Viewer = NOBODY) -> dict[str, Any]:
    started = await act(here, START, as_, provider="provider")
    assert started["__typename"] == "OidcStarted"
    return started


async def finish(here: Ask, login: str, as_: Viewer = NOBODY, **changed: str) -> dict[str, Any]:
    """Begin, log in at the provider, come back."""
    back = await come_back((await start(here, as_))["url"], login, **changed)
    return await act(here, FINISH, as_, state=back["state"], code=back["code"])


async def people(storage: Storage) -> int:
    async with storage.reading() as read:
        return int(await read.value(sa.select(sa.func.count()).select_from(PersonRow)))


async def test_somebody_new_is_made_once_and_known_from_then_on(here: Ask, storage: Storage) -> None:
    before = await people(storage)
    first = await finish(here, "olena")
    second = await finish(here, "olena")

    assert first["viewer"]["person"] == {"name": "Olena of the provider"}
    assert [each["provider"] for each in first["viewer"]["identities"]] == ["provider"]
    assert second["viewer"] == first["viewer"]
    assert await people(storage) == before + 1
    sessions = await identity_actions.authenticate(storage, [first["token"], second["token"]])
    assert len({session.viewer.person_id for session in sessions if session}) == 1
    assert len({session.viewer.session_id for session in sessions if session}) == 2


async def test_a_state_is_used_once_and_ends(here: Ask, storage: Storage) -> None:
    back = await come_back((await start(here))["url"], "olena")
    before = await contents(storage)
    wrong = await act(here, FINISH, NOBODY, state=back["state"][:-1], code=back["code"])
    assert wrong["code"] == "OIDC_REFUSED"
    assert await contents(storage) == before

    with clock.frozen(clock.now() + timedelta(minutes=11)):
        assert (await act(here, FINISH, NOBODY, state=back["state"], code=back["code"]))["code"] == "OIDC_REFUSED"
    at_once = await asyncio.gather(
        *(act(here, FINISH, NOBODY, state=back["state"], code=back["code"]) for _ in range(3))
    )
    assert sorted(each["__typename"] for each in at_once) == ["OidcFinished", "OidcRefused", "OidcRefused"]


async def test_what_was_begun_is_kept_hashed_and_sealed_and_forgotten(here: Ask, storage: Storage) -> None:
    started = await start(here)
    parameters = httpx2.URL(started["url"]).params
    kept = str(await contents(storage))
    assert started["state"] not in kept
    assert parameters["nonce"] not in kept
    assert parameters["code_challenge_method"] == "S256"
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        await start(here)
    async with storage.reading() as read:
        assert await read.value(sa.select(sa.func.count()).select_from(OpenidStartRow)) == 1


async def test_a_provider_that_is_away_or_another_than_it_says(here: Ask, provider: Provider) -> None:
    away = Offered([provider.known_as(issuer="http://127.0.0.1:1")])
    gone = dataclasses.replace(here, ports={**here.ports, OpenidProviders: away})
    assert (await act(gone, START, NOBODY, provider="provider"))["code"] == "PROVIDER_AWAY"
    other = Offered([provider.known_as(issuer=provider.issuer.replace("127.0.0.1", "localhost"))])
    false = dataclasses.replace(here, ports={**here.ports, OpenidProviders: other})
    assert (await act(false, START, NOBODY, provider="provider"))["code"] == "PROVIDER_AWAY"


async def test_providers_are_offered_by_name(here: Ask) -> None:
    offered = await here("{ oidcProviders { name title } }")
    assert offered["oidcProviders"] == [
        {"name": "provider", "title": "The provider"},
        {"name": "other", "title": "Інший"},
    ]
    unknown = await act(here, START, NOBODY, provider="strange")
    assert (unknown["__typename"], unknown["field"]) == ("InvalidInput", "provider")


async def open_account(storage: Storage, email: str) -> None:
    """Mira has an account, with a password that nobody knows."""
    assert PEOPLE.mira.person_id is not None
    async with storage.writing() as work:
        await identity_actions.open_account(work, PEOPLE.mira.person_id, email, "of no password")


async def test_a_known_address_opens_nothing_until_it_is_linked(here: Ask, storage: Storage) -> None:
    await open_account(storage, "olena@example.org")
    before = await people(storage)

    refused = await finish(here, "olena")
    assert refused["code"] == "IDENTITY_NOT_LINKED"
    assert "link" in refused["message"]
    assert await people(storage) == before

    linked = await finish(here, "olena", PEOPLE.mira)
    assert linked["token"] is None
    assert linked["viewer"]["email"] == "olena@example.org"
    entered = await finish(here, "olena")
    assert entered["viewer"] == linked["viewer"]
    assert entered["viewer"]["person"] == {"name": "Mira"}
    assert await people(storage) == before


async def test_an_address_that_the_provider_has_not_verified_tells_nothing(here: Ask, storage: Storage) -> None:
    await open_account(storage, "olena@example.org")
    stranger = await finish(here, "unverified-olena")
    assert stranger["viewer"]["person"] == {"name": "Unverified-olena of the provider"}
    assert stranger["viewer"]["email"] is None


async def test_who_has_no_name_there_has_one_here(here: Ask) -> None:
    assert (await finish(here, "nameless"))["viewer"]["person"] == {"name": "Без імені"}


async def test_linking_is_ended_by_who_began_it(here: Ask, storage: Storage) -> None:
    for other in (NOBODY, PEOPLE.taras):
        back = await come_back((await start(here, PEOPLE.mira))["url"], "olena")
        assert (await act(here, FINISH, other, state=back["state"], code=back["code"]))["code"] == "OIDC_REFUSED"
    async with storage.reading() as read:
        assert await read.value(sa.select(sa.func.count()).select_from(IdentityRow)) == 0


async def test_an_identity_is_one_persons_and_a_person_has_one_of_a_provider(here: Ask, storage: Storage) -> None:
    assert (await finish(here, "olena", PEOPLE.mira))["__typename"] == "OidcFinished"
    assert (await finish(here, "olena", PEOPLE.mira))["__typename"] == "OidcFinished", "again is no error"
    assert (await finish(here, "olena", PEOPLE.taras))["code"] == "IDENTITY_TAKEN"
    assert (await finish(here, "petro", PEOPLE.mira))["code"] == "IDENTITY_TAKEN"
    async with storage.reading() as read:
        assert await read.value(sa.select(sa.func.count()).select_from(IdentityRow)) == 1


async def test_the_last_way_in_stays(here: Ask, storage: Storage) -> None:
    linked = await finish(here, "olena", PEOPLE.mira)
    [identity] = linked["viewer"]["identities"]
    before = await contents(storage)
    wrong = [
        (await act(here, UNLINK, who, identityId=asked))["code"]
        for who, asked in (
            (NOBODY, identity["id"]),
            (PEOPLE.taras, identity["id"]),
            (PEOPLE.mira, "0" * 32),
            (PEOPLE.mira, "nothing"),
            (PEOPLE.mira, identity["id"]),
        )
    ]
    assert wrong == ["NOT_SIGNED_IN", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "LAST_WAY_IN"]
    assert await contents(storage) == before

    await open_account(storage, "mira@example.org")
    assert (await act(here, UNLINK, PEOPLE.mira, identityId=identity["id"]))["viewer"] == {"identities": []}
    assert (await act(here, UNLINK, PEOPLE.mira, identityId=identity["id"]))["code"] == "NOT_FOUND"
