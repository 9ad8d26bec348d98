"""Passkeys, made and used by an authenticator in software: what is accepted, what is not, and whose account it opens."""

import asyncio
import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.settings import Settings
from gateway.wiring import identity_actions, ports
from modules.identity.passkeys.tables import PasskeyChallengeRow
from modules.identity.ports import Site
from modules.kernel import clock
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import REFUSAL, act
from tests.contents import contents
from tests.identity.authenticator import PRESENT, Authenticator, decoded, encoded
from tests.people import PEOPLE

pytestmark = pytest.mark.usefixtures("signed_in")
START_REGISTRATION = """mutation { r: startPasskeyRegistration { __typename
  ... on PasskeyRegistrationStarted { options } ...R } }"""
REGISTER = """mutation($i: RegisterPasskeyInput!) { r: registerPasskey(input: $i) { __typename
  ... on PasskeyRegistered { viewer { passkeys { edges { node { id name usedAt } } } } } ...R } }"""
START_SIGN_IN = "mutation { r: startPasskeySignIn { ... on PasskeySignInStarted { options } } }"
SIGN_IN = """mutation($i: SignInWithPasskeyInput!) { r: signInWithPasskey(input: $i) { __typename
  ... on SignedIn { token viewer { person { name } passkeys { edges { node { usedAt } } } } } ...R } }"""
REMOVE = """mutation($i: RemovePasskeyInput!) { r: removePasskey(input: $i) { __typename
  ... on PasskeyRemoved { viewer { passkeys { totalCount } } } ...R } }"""


async def asked_to_make(ask: Ask, as_: Viewer) -> str:
    return str((await ask(START_REGISTRATION + REFUSAL, as_=as_))["r"]["options"])


async def asked_to_use(ask: Ask) -> str:
    return str((await ask(START_SIGN_IN))["r"]["options"])


async def register(ask: Ask, device: Authenticator, as_: Viewer = PEOPLE.mira, name: str = "Phone") -> dict[str, Any]:
    return await act(ask, REGISTER, as_, credential=device.make(await asked_to_make(ask, as_)), name=name)


async def sign_in(ask: Ask, credential: str) -> dict[str, Any]:
    return await act(ask, SIGN_IN, NOBODY, credential=credential)


@pytest.fixture
async def device(ask: Ask) -> Authenticator:
    """Mira's, registered."""
    device = Authenticator()
    assert (await register(ask, device))["__typename"] == "PasskeyRegistered"
    return device


async def refused(ask: Ask, credential: str) -> None:
    before = await sessions(ask)
    assert (await sign_in(ask, credential))["code"] == "PASSKEY_REFUSED"
    assert await sessions(ask) == before


async def sessions(ask: Ask) -> list[str]:
    kept = await contents(ask.storage)
    return kept["identity_session"] + kept["identity_passkey"]


async def test_a_passkey_opens_the_account_that_it_was_made_for(ask: Ask, storage: Storage) -> None:
    made = await register(ask, device := Authenticator())
    [edge] = made["viewer"]["passkeys"]["edges"]
    assert (edge["node"]["name"], edge["node"]["usedAt"]) == ("Phone", None)

    entered = await sign_in(ask, device.use(await asked_to_use(ask)))

    assert entered["viewer"]["person"] == {"name": "Mira"}
    assert entered["viewer"]["passkeys"]["edges"][0]["node"]["usedAt"] is not None
    [session] = await identity_actions.authenticate(storage, [entered["token"]])
    assert session is not None
    assert session.viewer.person_id == PEOPLE.mira.person_id


async def test_what_the_device_is_asked(ask: Ask, device: Authenticator) -> None:
    again = json.loads(await asked_to_make(ask, PEOPLE.mira))
    assert again["rp"] == {"name": "SPILNO", "id": "localhost"}
    assert again["user"]["name"] == "Mira"
    assert again["authenticatorSelection"]["userVerification"] == "required"
    assert [each["id"] for each in again["excludeCredentials"]] == [encoded(device.id)], "not one that is known"

    use = json.loads(await asked_to_use(ask))
    assert (use["rpId"], use["userVerification"], use["allowCredentials"]) == ("localhost", "required", [])


async def test_an_answer_is_taken_once_and_not_late(ask: Ask, device: Authenticator) -> None:
    answer = device.use(await asked_to_use(ask))
    at_once = await asyncio.gather(*(sign_in(ask, answer) for _ in range(3)))
    assert sorted(each["__typename"] for each in at_once) == ["PasskeyRefused", "PasskeyRefused", "SignedIn"]

    late = device.use(await asked_to_use(ask))
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        await refused(ask, late)
        await asked_to_use(ask)
    async with ask.storage.reading() as read:
        assert await read.value(sa.select(sa.func.count()).select_from(PasskeyChallengeRow)) == 1, "late ones are gone"


async def test_a_challenge_is_kept_hashed_and_is_for_one_purpose(ask: Ask, device: Authenticator) -> None:
    make, use = await asked_to_make(ask, PEOPLE.mira), await asked_to_use(ask)
    kept = str(await contents(ask.storage))
    for options in (make, use):
        challenge = json.loads(options)["challenge"]
        assert challenge not in kept
        assert str(decoded(challenge)) not in kept
    await refused(ask, device.use(make))


@pytest.mark.parametrize(
    "other",
    [
        {"origin": "http://localhost.evil.example"},
        {"domain": "evil.example"},
        {"flags": PRESENT},
        {"counts": 0},
        {"id": bytes(32)},
        {"holder": PEOPLE.taras.person_id.bytes if PEOPLE.taras.person_id else b""},
        {"key": Authenticator().key},
    ],
    ids=lambda other: " ".join(other),
)
async def test_what_is_not_by_this_device_for_this_site_is_refused(ask: Ask, device: Authenticator, other: Any) -> None:
    """Of another page, another site, without a PIN, by a copy that counts behind, of another key, person or device."""
    for _ in range(2):
        assert (await sign_in(ask, device.use(await asked_to_use(ask))))["__typename"] == "SignedIn"
    await refused(ask, dataclasses.replace(device, **other).use(await asked_to_use(ask)))
    assert (await sign_in(ask, device.use(await asked_to_use(ask))))["__typename"] == "SignedIn"


async def test_two_uses_that_count_alike_are_by_a_copy(ask: Ask, device: Authenticator) -> None:
    copy = dataclasses.replace(device)
    answers = [device.use(await asked_to_use(ask)), copy.use(await asked_to_use(ask))]
    at_once = await asyncio.gather(*(sign_in(ask, answer) for answer in answers))
    assert sorted(each["__typename"] for each in at_once) == ["PasskeyRefused", "SignedIn"]


async def test_a_device_that_does_not_count_signs_in_again_and_again(ask: Ask) -> None:
    await register(ask, device := Authenticator(counts=None))
    for _ in range(2):
        assert (await sign_in(ask, device.use(await asked_to_use(ask))))["__typename"] == "SignedIn"


async def test_what_is_no_answer_is_refused(ask: Ask, device: Authenticator) -> None:
    for wrong in ("", "null", "[]", "{", '{"response": 1}', "x" * 20_001):
        await refused(ask, wrong)
    for part in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
        for value in ("", "AA", "!", 1, None):
            await refused(ask, device.use(await asked_to_use(ask), **{part: value}))


async def test_what_a_device_made_is_checked(ask: Ask, storage: Storage) -> None:
    wrong: list[Any] = [{"origin": "http://evil.example"}, {"flags": PRESENT}]
    for other in wrong:
        assert (await register(ask, Authenticator(**other)))["code"] == "PASSKEY_REFUSED"
    options = await asked_to_make(ask, PEOPLE.mira)
    whole = json.loads(Authenticator().make(options))
    for broken in ("", "oWNmbXRkbm9uZQ", 7):
        whole["response"]["attestationObject"] = broken
        answer = await act(ask, REGISTER, PEOPLE.mira, credential=json.dumps(whole), name="Phone")
        assert answer["code"] == "PASSKEY_REFUSED"
    unnamed = await register(ask, Authenticator(), name=" ")
    assert (unnamed["__typename"], unnamed["field"]) == ("InvalidInput", "name")
    assert (await contents(storage))["identity_passkey"] == []


async def test_a_passkey_is_registered_by_who_asked_and_once(ask: Ask, device: Authenticator) -> None:
    options = await asked_to_make(ask, PEOPLE.mira)
    for who, code in ((PEOPLE.taras, "PASSKEY_REFUSED"), (NOBODY, "NOT_SIGNED_IN")):
        answer = await act(ask, REGISTER, who, credential=Authenticator().make(options), name="Phone")
        assert answer["code"] == code
    assert (await register(ask, dataclasses.replace(device), PEOPLE.taras))["code"] == "PASSKEY_REFUSED"
    assert len((await contents(ask.storage))["identity_passkey"]) == 1


async def test_the_last_way_in_stays(ask: Ask, storage: Storage, device: Authenticator) -> None:
    viewer = (await ask("{ viewer { passkeys { edges { node { id } } } } }", as_=PEOPLE.mira))["viewer"]
    passkey_id = viewer["passkeys"]["edges"][0]["node"]["id"]
    before = await contents(storage)
    wrong = [(await act(ask, REMOVE, who, passkeyId=passkey_id))["code"] for who in (NOBODY, PEOPLE.taras, PEOPLE.mira)]
    assert wrong == ["NOT_SIGNED_IN", "NOT_FOUND", "LAST_WAY_IN"]
    assert await contents(storage) == before

    second = await register(ask, Authenticator(), name="Laptop")
    ids = [edge["node"]["id"] for edge in second["viewer"]["passkeys"]["edges"]]
    assert ids[0] == passkey_id
    at_once = await asyncio.gather(*(act(ask, REMOVE, PEOPLE.mira, passkeyId=each) for each in ids))
    assert sorted(each["__typename"] for each in at_once) == ["LastWayIn", "PasskeyRemoved"]
    assert len((await contents(storage))["identity_passkey"]) == 1


async def test_a_passkey_that_is_removed_opens_nothing(ask: Ask, device: Authenticator) -> None:
    second = await register(ask, Authenticator(), name="Laptop")
    first = second["viewer"]["passkeys"]["edges"][0]["node"]["id"]
    removed = await act(ask, REMOVE, PEOPLE.mira, passkeyId=first)
    assert removed["viewer"] == {"passkeys": {"totalCount": 1}}
    await refused(ask, device.use(await asked_to_use(ask)))


def test_passkeys_are_for_the_first_page_that_is_allowed() -> None:
    def site(**given: Any) -> tuple[str, list[str]]:
        found = ports([], Settings(database_url="sqlite+aiosqlite:////nowhere/spilno.db", **given))[Site]
        return found.domain, list(found.origins)

    pages = ("https://kyiv.spilno.example", "https://lviv.spilno.example")
    assert site() == ("localhost", ["http://localhost:8000"])
    assert site(allowed_origins=pages) == ("kyiv.spilno.example", list(pages))
    assert site(allowed_origins=pages, passkey_domain="spilno.example") == ("spilno.example", list(pages))
