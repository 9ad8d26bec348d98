"""What changes who can open an account is asked of who has just signed in: the session alone, stolen, is not enough."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from modules.identity.ports import OpenidProviders
from modules.identity.recent import RECENT, require_recent
from modules.identity.refusals import SignInAgain
from modules.kernel import clock
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.refusals import NotSignedIn, Step
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import act
from tests.contents import contents
from tests.identity import clients
from tests.identity import test_openid as openid
from tests.identity.conftest import Town
from tests.identity.provider import Provider, come_back, provider
from tests.people import PEOPLE, sign_in

__all__ = ["provider"]


async def test_it_lasts_a_quarter_of_an_hour(storage: Storage) -> None:
    with clock.frozen(clock.now()):
        await sign_in(storage)
        began = clock.now()
    async with storage.reading() as read:
        for late in (timedelta(0), RECENT - timedelta(seconds=1)):
            with clock.frozen(began + late):
                assert await require_recent(read, PEOPLE.mira) == PEOPLE.mira.person_id
        with clock.frozen(began + RECENT):
            with pytest.raises(SignInAgain):
                await require_recent(read, PEOPLE.mira)
            assert await require_recent(read, PEOPLE.mira, at=began) == PEOPLE.mira.person_id


async def test_a_session_is_its_persons(storage: Storage) -> None:
    await sign_in(storage)
    borrowed = dataclasses.replace(PEOPLE.mira, session_id=PEOPLE.taras.session_id)
    async with storage.reading() as read:
        for nobodys in (borrowed, dataclasses.replace(PEOPLE.mira, session_id=None)):
            with pytest.raises(SignInAgain):
                await require_recent(read, nobodys)
        with pytest.raises(NotSignedIn):
            await require_recent(read, NOBODY)


def test_it_is_known_what_to_do_about_it() -> None:
    assert SignInAgain.missing == (Step.SIGN_IN,)


async def test_who_signs_in_again_may(town: Town) -> None:
    lesia = await town.join()
    with clock.frozen(clock.now() + RECENT):
        assert (await clients.create(town.ask, lesia))["code"] == "SIGN_IN_AGAIN"
        again = await town.who((await town.sign_in())["token"])
        assert (await clients.create(town.ask, again))["__typename"] == "ApiClientCreated"
        assert (await clients.create(town.ask, lesia))["code"] == "SIGN_IN_AGAIN", (
            "whoever has the older session may not"
        )


@pytest.fixture
async def here(ask: Ask, provider: Provider) -> AsyncIterator[Ask]:
    offered = openid.Offered([provider.known_as()])
    yield dataclasses.replace(ask, ports={**ask.ports, OpenidProviders: offered})


async def link(here: Ask, who: Viewer, login: str = "olena", *, away: timedelta = timedelta(0)) -> Any:
    """Begin, and come back after some time."""
    back = await come_back((await openid.start(here, who))["url"], login)
    with clock.frozen(clock.now() + away):
        return await act(here, openid.FINISH, who, state=back["state"], code=back["code"])


async def test_an_identity_is_linked_by_who_had_just_signed_in_when_leaving_for_it(here: Ask, storage: Storage) -> None:
    await sign_in(storage, PEOPLE.taras)
    before = (await contents(storage))["identity_openid"]
    assert (await link(here, PEOPLE.taras))["code"] == "SIGN_IN_AGAIN"
    assert (await contents(storage))["identity_openid"] == before
    with clock.frozen(clock.now() - RECENT + timedelta(seconds=40)):
        await sign_in(storage)
    linked = await link(here, PEOPLE.mira, away=timedelta(seconds=50))  # the provider's word is good for a minute
    assert (linked["__typename"], linked["token"]) == ("OidcFinished", None)


async def test_what_is_linked_signs_in_anew_however_old_the_session(here: Ask, storage: Storage) -> None:
    await sign_in(storage)
    assert (await link(here, PEOPLE.mira))["token"] is None
    await sign_in(storage, PEOPLE.mira)
    assert (await link(here, PEOPLE.mira, "petro"))["code"] == "SIGN_IN_AGAIN"
    again = await link(here, PEOPLE.mira)
    assert again["token"] is not None
    assert again["viewer"]["person"] == {"name": "Mira"}
