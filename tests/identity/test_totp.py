"""The second step of signing in: codes of an authenticator application, recovery codes, and what wrong ones cost."""

import asyncio
import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from cryptography.fernet import InvalidToken

from gateway.keyring import Keyring
from gateway.wiring import identity_actions
from modules.identity.ports import Secrets
from modules.identity.totp.actions import require_second_factor
from modules.kernel import clock
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.refusals import Refusal
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import REFUSAL, act
from tests.contents import contents, kept
from tests.people import PEOPLE

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ENABLE = "mutation { r: enableTotp { __typename ... on TotpStarted { uri secret } ...R } }"
CONFIRM = """mutation($i: ConfirmTotpInput!) { r: confirmTotp(input: $i) { __typename
  ... on TotpConfirmed { recoveryCodes viewer { isTotpOn recoveryCodesLeft } } ...R } }"""
DISABLE = """mutation($i: DisableTotpInput!) { r: disableTotp(input: $i) { __typename
  ... on TotpDisabled { viewer { isTotpOn recoveryCodesLeft } } ...R } }"""
SIGN_IN = """mutation($i: SignInInput!) { r: signIn(input: $i) { __typename
  ... on SignedIn { viewer { isTotpOn recoveryCodesLeft person { name } } } ...R } }"""
SHOWN = "{ viewer { isTotpOn recoveryCodesLeft } }"
pytestmark = pytest.mark.usefixtures("signed_in")
EMAIL, PASSWORD = "mira@example.org", "correct horse"


def at(seconds: float) -> Any:
    """So many seconds after noon."""
    return clock.frozen(NOON + timedelta(seconds=seconds))


@dataclass(frozen=True)
class Application:
    """Somebody's authenticator, and the recovery codes in the drawer."""

    secret: str
    recovery: list[str]

    def code(self, seconds: float) -> str:
        return pyotp.TOTP(self.secret).at(NOON + timedelta(seconds=seconds))

    def wrong(self, seconds: float) -> str:
        near = {self.code(seconds + beside) for beside in (-60, -30, 0, 30, 60)}
        return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in near)


@pytest.fixture
async def account(storage: Storage) -> None:
    """Mira has an account."""
    assert PEOPLE.mira.person_id is not None
    newcomer = await identity_actions.newcomer("Mira", EMAIL, PASSWORD)
    async with storage.writing() as work:
        await identity_actions.open_account(work, PEOPLE.mira.person_id, EMAIL, newcomer.password_hash)


@pytest.fixture
async def application(ask: Ask) -> Application:
    """Mira signs in with codes since noon."""
    return await set_up(ask, PEOPLE.mira)


async def set_up(ask: Ask, who: Viewer) -> Application:
    with at(0):
        begun = await begin(ask, who)
        done = await act(ask, CONFIRM, who, code=pyotp.TOTP(begun["secret"]).at(NOON))
    assert done["__typename"] == "TotpConfirmed"
    return Application(begun["secret"], done["recoveryCodes"])


async def begin(ask: Ask, who: Viewer) -> Any:
    return (await ask(ENABLE + REFUSAL, as_=who))["r"]


async def sign_in(ask: Ask, code: str | None = None, password: str = PASSWORD) -> Any:
    return await act(ask, SIGN_IN, NOBODY, email=EMAIL, password=password, code=code)


async def test_the_application_is_told_whose_account_it_is(ask: Ask, account: None) -> None:
    begun = await begin(ask, PEOPLE.mira)

    uri = urlsplit(begun["uri"])
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/SPILNO:mira%40example.org")
    assert parse_qs(uri.query) == {"secret": [begun["secret"]], "issuer": ["SPILNO"]}


async def test_a_secret_that_is_not_confirmed_asks_nobody_for_a_code(ask: Ask, storage: Storage, account: None) -> None:
    first = await begin(ask, PEOPLE.mira)
    second = await begin(ask, PEOPLE.mira)
    assert first["secret"] != second["secret"]
    before = await contents(storage)

    with at(0):
        refused = await act(ask, CONFIRM, PEOPLE.mira, code=pyotp.TOTP(first["secret"]).at(NOON))
        assert refused["__typename"] == "WrongCode", "the later secret counts"
        assert await contents(storage) == before
        entered = await sign_in(ask)

    assert entered["viewer"] == {"isTotpOn": False, "recoveryCodesLeft": 0, "person": {"name": "Mira"}}


async def test_signing_in_takes_a_code_that_is_told_of_only_when_the_password_is_right(
    ask: Ask, storage: Storage, account: None, application: Application
) -> None:
    before = await kept(storage)
    with at(60):
        code = application.code(60)
        assert (await sign_in(ask))["code"] == "SECOND_FACTOR_NEEDED"
        assert (await sign_in(ask, password="wrong password"))["code"] == "WRONG_CREDENTIALS"
        assert (await sign_in(ask, code, password="wrong password"))["code"] == "WRONG_CREDENTIALS"
        assert await kept(storage) == before
        assert (await sign_in(ask, f"{code[:3]} {code[3:]}"))["viewer"]["isTotpOn"] is True


async def tried(ask: Ask, code: str) -> str:
    """What comes of a code that is given after the right password."""
    assert PEOPLE.mira.person_id is not None
    try:
        await require_second_factor(ask.storage, ask.ports[Secrets], PEOPLE.mira.person_id, code)
    except Refusal as refusal:
        return refusal.code
    return "RIGHT"


async def test_a_code_is_used_once(ask: Ask, application: Application) -> None:
    with at(10):
        assert await tried(ask, application.code(10)) == "WRONG_CODE", "it confirmed the application already"
    with at(30):
        at_once = await asyncio.gather(*(tried(ask, application.code(30)) for _ in range(3)))
        assert sorted(at_once) == ["RIGHT", "WRONG_CODE", "WRONG_CODE"]
    with at(60):
        assert await tried(ask, application.code(30)) == "WRONG_CODE", "still on the screen, and used"
        assert await tried(ask, application.code(90)) == "RIGHT", "of a clock that is ahead"
        assert await tried(ask, application.code(60)) == "WRONG_CODE", "older than the one used last"


async def test_a_code_of_another_time_is_wrong(ask: Ask, application: Application) -> None:
    with at(300):
        assert [await tried(ask, application.code(300 + away)) for away in (-60, 60, 3600)] == ["WRONG_CODE"] * 3
        assert [await tried(ask, code) for code in ("", "12345", "١٢٣٤٥٦")] == ["WRONG_CODE"] * 2 + ["CODES_LOCKED"]


async def test_a_recovery_code_is_used_once(ask: Ask, application: Application) -> None:
    assert len(set(application.recovery)) == 10
    code = application.recovery[3]
    with at(60):
        at_once = await asyncio.gather(tried(ask, code.lower().replace("-", " ")), tried(ask, code))
        assert sorted(at_once) == ["RIGHT", "WRONG_CODE"]
        assert await tried(ask, application.recovery[4]) == "RIGHT"
    assert (await ask(SHOWN, as_=PEOPLE.mira))["viewer"] == {"isTotpOn": True, "recoveryCodesLeft": 8}


async def test_a_recovery_code_opens_when_the_installation_lost_its_key(ask: Ask, application: Application) -> None:
    """Then no secret is read any more: that is a fault, and no wrong code."""
    elsewhere = dataclasses.replace(ask, ports={**ask.ports, Secrets: Keyring(lambda: b"another secret")})
    with at(60):
        with pytest.raises(InvalidToken):
            await tried(elsewhere, application.code(60))
        assert await tried(elsewhere, application.recovery[0]) == "RIGHT"


async def test_neither_the_secret_nor_a_recovery_code_is_kept_as_it_is(
    ask: Ask, storage: Storage, application: Application
) -> None:
    kept = str(await contents(storage))
    assert application.secret not in kept
    for code in application.recovery:
        assert code not in kept
        assert code.replace("-", "") not in kept


async def test_five_wrong_codes_lock_for_a_time_that_doubles(ask: Ask, application: Application) -> None:
    with at(60):
        at_once = await asyncio.gather(*(tried(ask, application.wrong(60)) for _ in range(8)))
        assert sorted(at_once) == ["CODES_LOCKED"] * 3 + ["WRONG_CODE"] * 5
        assert await tried(ask, application.code(60)) == "CODES_LOCKED"
        assert (await act(ask, DISABLE, PEOPLE.mira, code=application.recovery[0]))["code"] == "CODES_LOCKED"
    with at(179):
        assert await tried(ask, application.code(179)) == "CODES_LOCKED", "two minutes, as passwords"
    with at(181):
        assert await tried(ask, application.wrong(181)) == "WRONG_CODE"
    with at(181 + 239):
        assert await tried(ask, application.code(420)) == "CODES_LOCKED", "four minutes this time"
    with at(181 + 241):
        assert await tried(ask, application.code(422)) == "RIGHT"
        assert await tried(ask, application.wrong(422)) == "WRONG_CODE", "a right one begins anew"


async def test_codes_are_asked_for_no_more(ask: Ask, storage: Storage, application: Application) -> None:
    with at(60):
        assert (await begin(ask, PEOPLE.mira))["code"] == "TOTP_ALREADY_ON"
        assert (await act(ask, CONFIRM, PEOPLE.mira, code=application.code(60)))["code"] == "TOTP_ALREADY_ON"
        off = await act(ask, DISABLE, PEOPLE.mira, code=application.recovery[0])
        assert off["viewer"] == {"isTotpOn": False, "recoveryCodesLeft": 0}
        assert await tried(ask, "") == "RIGHT", "none is looked at"
        before = await contents(storage)
        assert (await act(ask, DISABLE, PEOPLE.mira, code=application.recovery[1]))["code"] == "TOTP_OFF"
        assert (await act(ask, CONFIRM, PEOPLE.mira, code=application.code(60)))["code"] == "TOTP_OFF"
        assert await contents(storage) == before


async def test_somebody_elses_code_is_wrong(ask: Ask, application: Application) -> None:
    others = await set_up(ask, PEOPLE.taras)
    with at(60):
        for code in (others.code(60), others.recovery[0]):
            assert (await act(ask, DISABLE, PEOPLE.mira, code=code))["code"] == "WRONG_CODE"
        off = await act(ask, DISABLE, PEOPLE.taras, code=others.code(60))
    assert off["__typename"] == "TotpDisabled"
    assert (await ask(SHOWN, as_=PEOPLE.mira))["viewer"] == {"isTotpOn": True, "recoveryCodesLeft": 10}
