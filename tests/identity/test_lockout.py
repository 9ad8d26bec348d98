"""Guessing: five wrong passwords lock an account and an address, whether there is such an account or not."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from modules.identity import actions, passwords
from modules.identity.accounts import rules
from modules.identity.accounts.refusals import SignInLocked
from modules.identity.refusals import WrongCredentials
from modules.kernel import clock
from modules.kernel.context import Client
from modules.kernel.storage import Storage
from tests.accounts import MIRA, joined
from tests.contents import contents
from tests.identity.conftest import PASSWORD, Town

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
AT_HOME = Client(address="192.0.2.7")


@pytest.fixture
def hashes(quick_hashes: None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that was looked at."""
    seen: list[str] = []
    verify = passwords._verify

    def note(password: str, password_hash: str | None) -> tuple[bool, str | None]:
        seen.append(password)
        return verify(password, password_hash)

    monkeypatch.setattr(passwords, "_verify", note)
    return seen


@pytest.fixture
def now() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


async def guess(storage: Storage, email: str, password: str = "wrong", client: Client = AT_HOME) -> str:
    try:
        await actions.recognise(storage, email, password, client)
    except (WrongCredentials, SignInLocked) as refused:
        return refused.code
    return "RECOGNISED"


@pytest.mark.parametrize("email", ["lesia@example.org", "nobody@example.org", "no address at all"])
async def test_five_wrong_passwords_lock_for_2_to_the_n_minutes(town: Town, hashes: list[str], email: str) -> None:
    """The same for an account that there is, one that there is not, and what is no address."""
    await town.join()
    hashes.clear()
    with clock.frozen(NOW):
        for _ in range(5):
            assert await town.sign_in(email, "wrong") == {
                "__typename": "WrongCredentials",
                "code": "WRONG_CREDENTIALS",
                "message": "The e-mail or the password is wrong.",
            }
    assert len(hashes) == 5
    at, minutes = NOW, 2
    for _ in range(3):
        with clock.frozen(at + timedelta(minutes=minutes, seconds=-1)):
            locked = await town.sign_in(email, PASSWORD)
            assert locked == {
                "__typename": "SignInLocked",
                "code": "SIGN_IN_LOCKED",
                "message": "Too many wrong passwords: try again later.",
                "tryAgainAt": (at + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z"),
            }
        at, minutes = at + timedelta(minutes=minutes), 2 * minutes
        with clock.frozen(at):
            assert (await town.sign_in(email, "wrong"))["code"] == "WRONG_CREDENTIALS"
    assert len(hashes) == 8, "none while it is locked"
    assert email not in str((await contents(town.storage))["identity_failure"])


async def test_a_right_password_lets_the_account_start_anew_and_a_letter_unlocks_it(town: Town) -> None:
    await town.join()
    for _ in range(2):
        for _ in range(4):
            await town.sign_in(password="wrong")
        assert (await town.sign_in())["__typename"] == "SignedIn"
    for _ in range(5):
        await town.sign_in(password="wrong")
    assert (await town.sign_in())["code"] == "SIGN_IN_LOCKED"
    await town.act("requestPasswordReset", email="lesia@example.org")
    await town.act("resetPassword", token=(await town.post.letter()).token, password=PASSWORD)
    assert (await town.sign_in())["__typename"] == "SignedIn"


async def test_an_address_is_locked_whichever_accounts_are_tried_from_it(storage: Storage, hashes: list[str]) -> None:
    await joined(storage)
    tried = [await guess(storage, f"{number}@example.org") for number in range(5)]
    assert tried == ["WRONG_CREDENTIALS"] * 5
    right = MIRA["email"], MIRA["password"]
    assert await guess(storage, *right) == "SIGN_IN_LOCKED"
    assert await guess(storage, *right, Client(address="192.0.2.8")) == "RECOGNISED"
    assert await guess(storage, *right) == "SIGN_IN_LOCKED", "who succeeds elsewhere does not unlock it"
    assert AT_HOME.address not in str((await contents(storage))["identity_failure"])


async def test_guesses_that_come_all_at_once_are_not_all_tried(storage: Storage, hashes: list[str]) -> None:
    async with asyncio.TaskGroup() as group:
        tries = [group.create_task(guess(storage, "lesia@example.org", str(number))) for number in range(30)]
    told = [each.result() for each in tries]
    assert told.count("SIGN_IN_LOCKED") == 30 - len(hashes)
    assert 5 <= len(hashes) < 5 + passwords.PLACES


async def test_failures_are_forgotten_after_a_day(storage: Storage, quick_hashes: None, now: None) -> None:
    for _ in range(4):
        await guess(storage, "lesia@example.org")
    with clock.frozen(NOW + rules.FAILURES_COUNT_FOR + timedelta(seconds=1)):
        assert await guess(storage, "other@example.org") == "WRONG_CREDENTIALS"
        assert len((await contents(storage))["identity_failure"]) == 2, "of the other account and the address"
        for _ in range(4):
            assert await guess(storage, "other@example.org", client=Client()) == "WRONG_CREDENTIALS"


async def test_a_hash_by_older_parameters_is_made_anew_when_its_owner_signs_in(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.join()
    older = (await contents(town.storage))["identity_account"]
    stronger = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=8, parallelism=1),))
    monkeypatch.setattr(passwords, "_hasher", stronger)
    passwords._nobodys.cache_clear()
    await town.sign_in(password="wrong")
    assert (await contents(town.storage))["identity_account"] == older
    for _ in range(2):
        assert (await town.sign_in())["__typename"] == "SignedIn"
    [account] = (await contents(town.storage))["identity_account"]
    assert "t=2" in account
    assert [account] != older


def test_locks_double_up_to_a_day() -> None:
    locks = [rules.lock(failures) for failures in (1, 4, 5, 6, 7, 14, 15, 999)]
    assert locks[:2] == [None, None]
    assert [each.total_seconds() / 60 for each in locks[2:] if each] == [2, 4, 8, 1024, 1440, 1440]
