"""Whoever has an address is told there when it changes how their account is opened, through a real server of mail."""

import dataclasses
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pyotp
import pytest

from modules.identity.accounts import letters
from modules.identity.accounts.letters import notice
from modules.identity.accounts.notices import Change
from modules.identity.accounts.rules import LOCALES
from modules.identity.ports import OpenidProviders
from modules.kernel import clock
from modules.kernel.policy import Viewer
from tests.asking import Ask
from tests.civic.scenes import REFUSAL, act
from tests.contents import contents
from tests.identity import clients
from tests.identity import test_openid as openid
from tests.identity import test_passkeys as passkeys
from tests.identity import test_totp as totp
from tests.identity.authenticator import Authenticator
from tests.identity.conftest import PASSWORD, Town
from tests.identity.provider import Provider, provider
from tests.identity.test_recovery import change_tokens, reset_token
from tests.people import PEOPLE, sign_in
from tests.test_sessions import until

__all__ = ["provider"]

HOME = "https://spilno.example"


@pytest.fixture
async def lesia(town: Town) -> Viewer:
    """Somebody who has just joined, and reads letters in English."""
    return await town.join(locale="en")


async def told(town: Town, of: Change, *, to: str = "lesia@example.org") -> None:
    """That the next letter is this one, and holds nothing that opens anything."""
    letter, expected = await town.post.letter(), notice(of, to, "en", HOME)
    assert (letter.to, letter.subject, letter.text) == ([to], expected.subject, expected.text)
    assert "#token=" not in letter.text


async def test_of_another_password(town: Town, lesia: Viewer) -> None:
    await town.act("resetPassword", token=await reset_token(town), password="another password")
    await told(town, Change.PASSWORD)


async def test_of_another_address_at_the_old_one(town: Town, lesia: Viewer) -> None:
    for token in (await change_tokens(town)).values():
        await town.act("confirmEmail", token=token)
    await told(town, Change.EMAIL)
    await until(lambda: town.jobs.counts["done"] == 4)
    assert town.post.is_empty, "the new one knows"


async def test_of_codes(town: Town, lesia: Viewer) -> None:
    begun = (await town.ask(totp.ENABLE + REFUSAL, as_=lesia))["r"]
    code = pyotp.TOTP(begun["secret"]).at(clock.now())
    confirmed = await act(town.ask, totp.CONFIRM, lesia, code=code)
    await told(town, Change.TOTP_ON)
    disabled = await act(town.ask, totp.DISABLE, lesia, code=confirmed["recoveryCodes"][0])
    assert disabled["__typename"] == "TotpDisabled"
    await told(town, Change.TOTP_OFF)


async def test_of_passkeys(town: Town, lesia: Viewer) -> None:
    registered = await passkeys.register(town.ask, Authenticator(), lesia)
    await told(town, Change.PASSKEY_ADDED)
    [edge] = registered["viewer"]["passkeys"]["edges"]
    assert (await act(town.ask, passkeys.REMOVE, lesia, passkeyId=edge["node"]["id"]))["__typename"] == "PasskeyRemoved"
    await told(town, Change.PASSKEY_REMOVED)


async def test_of_a_key_for_an_application(town: Town, lesia: Viewer) -> None:
    assert (await clients.create(town.ask, lesia))["__typename"] == "ApiClientCreated"
    await told(town, Change.API_CLIENT_CREATED)


@pytest.fixture
async def here(town: Town, provider: Provider) -> AsyncIterator[Ask]:
    offered = openid.Offered([provider.known_as()])
    yield dataclasses.replace(town.ask, ports={**town.ask.ports, OpenidProviders: offered})


async def test_of_who_one_is_elsewhere(town: Town, here: Ask, lesia: Viewer) -> None:
    linked = await openid.finish(here, "olena", lesia)
    await told(town, Change.IDENTITY_LINKED)
    again = await openid.finish(here, "olena", lesia)
    assert again["token"] is not None, "it was linked: that is signing in"
    [identity] = linked["viewer"]["identities"]
    assert (await act(here, openid.UNLINK, lesia, identityId=identity["id"]))["__typename"] == "IdentityUnlinked"
    await told(town, Change.IDENTITY_UNLINKED)


async def test_whoever_has_no_address_is_told_nothing(town: Town) -> None:
    await sign_in(town.storage)
    await clients.create(town.ask, PEOPLE.mira)
    await until(lambda: town.jobs.counts["done"] == 1)
    assert town.post.is_empty


async def test_what_is_refused_is_told_to_nobody(town: Town, lesia: Viewer) -> None:
    await until(lambda: town.jobs.counts["done"] == 1)
    before = await contents(town.storage)
    assert (await clients.create(town.ask, lesia, name=" "))["__typename"] == "InvalidInput"
    assert (await act(town.ask, passkeys.REMOVE, lesia, passkeyId="0" * 32))["__typename"] == "NotFound"
    assert await contents(town.storage) == before


@pytest.mark.parametrize("locale", [*LOCALES, "xx"])
@pytest.mark.parametrize("change", Change)
def test_every_change_has_its_letter(change: Change, locale: str) -> None:
    letter = notice(change, "lesia@example.org", locale, HOME)
    assert HOME in letter.text and not {"{", "}"} & set(letter.subject + letter.text)
    others = {notice(each, "lesia@example.org", locale, HOME).text for each in Change if each is not change}
    assert letter.text not in others


def test_the_letters_know_of_no_other_change() -> None:
    texts: Any = tomllib.loads((Path(letters.__file__).parent / "letters.toml").read_text(encoding="utf-8"))
    known = {change.value for change in Change} - {Change.EMAIL.value}
    assert set(texts["what"]["uk"]) == set(texts["what"]["en"]) == known


async def test_who_signs_in_gets_no_letter(town: Town, lesia: Viewer) -> None:
    await town.sign_in(password=PASSWORD)
    await until(lambda: town.jobs.counts["done"] == 1)
    assert town.post.is_empty
