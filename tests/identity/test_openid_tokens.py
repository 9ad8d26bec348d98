"""What a provider tells of somebody, a real one: which of its tokens are accepted, and which are not."""

from datetime import timedelta
from typing import Any

import pytest

from modules.identity.openid.client import Client, Told
from modules.identity.openid.refusals import OidcRefused
from modules.kernel import clock
from tests.identity.provider import Provider, come_back, provider

__all__ = ["provider"]

NONCE, VERIFIER = "a nonce of this browser", "a-verifier-of-this-browser-which-has-to-be-quite-long"
OLENA = Told("olena", "Olena of the provider", "olena@example.org")


async def code(client: Client, login: str = "olena", **changed: str) -> str:
    """What the browser is sent back with."""
    return (await come_back(await client.url("state", NONCE, VERIFIER), login, **changed))["code"]


@pytest.fixture
def client(provider: Provider) -> Client:
    return Client(provider.known_as())


async def refused(client: Client, code: str) -> BaseException | None:
    """Why it is refused."""
    with pytest.raises(OidcRefused) as refusal:
        await client.who(code, NONCE, VERIFIER)
    return refusal.value.__cause__


async def test_who_somebody_is(client: Client) -> None:
    assert await client.who(await code(client), NONCE, VERIFIER) == OLENA
    unverified = await client.who(await code(client, "unverified-olena"), NONCE, VERIFIER)
    assert (unverified.subject, unverified.email) == ("unverified-olena", None)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"nonce": "of somebody else's browser"}, "nonce"),
        ({"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "invalid_grant"),  # its verifier is another
        ({"client_id": "another"}, "invalid_grant"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, dict) else "",
)
async def test_a_sign_in_that_was_changed_on_the_way_is_refused(client: Client, asked: Any, why: str) -> None:
    assert why in str(await refused(client, await code(client, **asked)))


@pytest.mark.parametrize(
    ("tampering", "why"),
    [
        ({"aud": "another"}, "aud"),
        ({"aud": ["spilno", "another"], "azp": "another"}, "azp"),
        ({"iss": "http://127.0.0.1:1"}, "iss"),
        ({"nonce": None}, "nonce"),
        ({"exp": None}, "exp"),
        ({"sub": 7}, "sub"),
        ({"forge": True}, "bad_signature"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, dict) else "",
)
async def test_a_token_that_is_not_the_providers_for_us_is_refused(
    client: Client, provider: Provider, tampering: Any, why: str
) -> None:
    back = await code(client)
    await provider.tamper(**tampering)
    assert why in str(await refused(client, back))


async def test_an_expired_token_is_refused(client: Client) -> None:
    """The provider's live for a minute; another is given to clocks that differ."""
    back = await code(client)
    with clock.frozen(clock.now() + timedelta(minutes=3)):
        assert "expired" in str(await refused(client, back))
    back = await code(client)
    with clock.frozen(clock.now() + timedelta(seconds=90)):
        assert await client.who(back, NONCE, VERIFIER) == OLENA


async def test_rotated_keys_are_asked_for_again(client: Client, provider: Provider) -> None:
    assert await client.who(await code(client), NONCE, VERIFIER) == OLENA
    await provider.rotate()
    assert await client.who(await code(client), NONCE, VERIFIER) == OLENA
