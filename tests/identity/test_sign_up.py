"""Signing up: a letter decides, and nobody but who reads it learns whether an address is known."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from modules.identity import passwords
from modules.identity.accounts import rules
from modules.identity.accounts.jobs import enqueue_letter
from modules.identity.accounts.tables import NewcomerRow, Purpose
from modules.identity.tables import AccountRow
from modules.kernel import clock
from modules.kernel.tables import pick
from tests.accounts import joined
from tests.contents import contents
from tests.identity.conftest import PASSWORD, Town
from tests.people import municipality_id

USED = ("LinkNotValid", "LINK_NOT_VALID")


async def table(town: Town, name: str) -> list[str]:
    return (await contents(town.storage))[f"identity_{name}"]


async def test_a_letter_makes_a_newcomer_a_person_and_signs_them_in(town: Town) -> None:
    people = await table(town, "person")
    told = await town.sign_up(" Lesia@Example.org ", name="  Леся   Ткач ", municipalityId=municipality_id())
    assert told == {"__typename": "SignedUp", "email": "lesia@example.org"}
    letter = await town.post.letter()
    assert (letter.to, letter.subject) == (["lesia@example.org"], "Підтвердьте адресу")
    assert "https://spilno.example/confirm-email#token=" in letter.text
    assert await table(town, "person") == people, "until then there is no such person"
    assert (await town.sign_in())["code"] == "WRONG_CREDENTIALS"

    confirmed = await town.act("confirmEmail", token=letter.token)

    assert (confirmed["email"], confirmed["isInUse"]) == ("lesia@example.org", True)
    assert confirmed["signedIn"]["viewer"] == {"email": "lesia@example.org", "isEmailConfirmed": True}
    viewer = await town.who(confirmed["signedIn"]["token"])
    query = "{ viewer { person { name municipality { name } } } }"
    person = (await town.ask(query, as_=viewer))["viewer"]["person"]
    assert person == {"name": "Леся Ткач", "municipality": {"name": "Київ"}}
    assert (await town.sign_in())["viewer"]["email"] == "lesia@example.org"
    assert await table(town, "newcomer") == await table(town, "token") == []


async def test_a_known_address_is_not_told_and_costs_as_much(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await joined(town.storage, email="mira@example.org")
    hashes: list[str] = []
    hashed = passwords._hash

    def note(password: str) -> str:
        hashes.append(password)
        return hashed(password)

    monkeypatch.setattr(passwords, "_hash", note)
    accounts, sessions = await table(town, "account"), await table(town, "session")

    new, known = await town.sign_up("new@example.org"), await town.sign_up("MIRA@example.org")

    assert {**new, "email": ""} == {**known, "email": ""}
    assert len(hashes) == 2, "one for each"
    letters = {letter.to[0]: letter for letter in [await town.post.letter(), await town.post.letter()]}
    assert letters["mira@example.org"].subject == "У вас уже є обліковий запис"
    assert "token" not in letters["mira@example.org"].text
    assert letters["new@example.org"].token
    assert await table(town, "account") == accounts
    assert await table(town, "session") == sessions
    assert (await town.sign_in("mira@example.org"))["code"] == (await town.sign_in("new@example.org"))["code"]


async def test_an_account_whose_address_is_not_confirmed_gets_a_letter_that_confirms_it(town: Town) -> None:
    viewer = await town.join()
    async with town.storage.writing() as work:
        await work.run(sa.update(AccountRow).values(email_confirmed_at=None))
    asked = "{ viewer { isEmailConfirmed } }"
    assert (await town.ask(asked, as_=viewer))["viewer"] == {"isEmailConfirmed": False}
    assert (await town.sign_in())["__typename"] == "SignedIn"

    await town.sign_up(password="another password")
    confirmed = await town.act("confirmEmail", token=(await town.post.letter()).token)

    assert (confirmed["signedIn"], confirmed["isInUse"]) == (None, True), "whoever reads letters is not signed in by it"
    assert (await town.ask(asked, as_=viewer))["viewer"] == {"isEmailConfirmed": True}
    assert (await town.sign_in())["__typename"] == "SignedIn", "the password is the one of the account"


async def test_letters_are_in_the_language_of_who_reads_them(town: Town) -> None:
    await town.sign_up(locale="en")
    assert (await town.post.letter()).subject == "Confirm your address"
    refused = await town.sign_up(locale="fr")
    assert (refused["__typename"], refused["field"]) == ("InvalidInput", "locale")


async def test_a_link_works_once(town: Town) -> None:
    await town.sign_up()
    token = (await town.post.letter()).token
    assert (await town.act("confirmEmail", token=token))["__typename"] == "EmailConfirmed"
    before = await town.kept()
    again = await town.act("confirmEmail", token=token)
    assert (again["__typename"], again["code"]) == USED
    assert (await town.act("confirmEmail", token="nonsense"))["code"] == USED[1]
    assert await town.kept() == before


async def test_a_link_is_void_when_its_time_is_over(town: Town) -> None:
    await town.sign_up()
    token = (await town.post.letter()).token
    with clock.frozen(clock.now() + rules.LINK_LASTS + timedelta(seconds=1)):
        assert (await town.act("confirmEmail", token=token))["code"] == USED[1]
        await town.sign_up("other@example.org")
        await town.post.letter()
        assert len(await table(town, "newcomer")) == 1, "what is too old is forgotten with the next letter"
        assert len(await table(town, "token")) == 1


async def test_a_link_is_for_its_purpose_alone(town: Town) -> None:
    await town.join()
    await town.act("requestPasswordReset", email="lesia@example.org")
    reset = (await town.post.letter()).token
    await town.sign_up("new@example.org")
    confirm = (await town.post.letter()).token
    before = await town.kept()
    assert (await town.act("confirmEmail", token=reset))["code"] == USED[1]
    assert (await town.act("resetPassword", token=confirm, password=PASSWORD))["code"] == USED[1]
    assert await town.kept() == before


async def test_a_newer_letter_makes_the_older_void(town: Town) -> None:
    await town.sign_up()
    older = await town.post.letter()
    async with town.storage.writing() as work:
        enqueue_letter(work, Purpose.SIGN_UP, await work.value(pick(NewcomerRow, "id")))
    newer = await town.post.letter()
    assert (await town.act("confirmEmail", token=older.token))["code"] == USED[1]
    assert (await town.act("confirmEmail", token=newer.token))["__typename"] == "EmailConfirmed"


async def test_of_two_who_sign_up_with_one_address_the_first_to_confirm_has_it(town: Town) -> None:
    await town.sign_up(name="Перша")
    await town.sign_up(name="Друга")
    first, second = (await town.post.letter()).token, (await town.post.letter()).token
    assert (await town.act("confirmEmail", token=second))["__typename"] == "EmailConfirmed"
    people = await table(town, "person")
    assert (await town.act("confirmEmail", token=first))["code"] == USED[1]
    assert await table(town, "person") == people


async def test_neither_tokens_nor_passwords_are_kept_nor_told(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    await town.sign_up()
    token = (await town.post.letter()).token
    kept = str(await contents(town.storage))
    assert token not in kept
    assert PASSWORD not in kept
    assert "lesia@example.org" not in str((await contents(town.storage))["kernel_job"])
    told = capsys.readouterr()
    assert token not in told.out + told.err
    assert "lesia" not in told.out + told.err


WRONG: tuple[tuple[dict[str, str], str], ...] = (
    ({"name": " "}, "name"),
    ({"name": "x" * 101}, "name"),
    ({"name": "a\u202eb"}, "name"),
    ({"email": "nobody"}, "email"),
    ({"email": "a b@example.org"}, "email"),
    ({"email": "a,b@example.org"}, "email"),
    ({"email": "a<b@example.org"}, "email"),
    ({"email": "a@example.org\r\nBcc: b"}, "email"),
    ({"password": "short"}, "password"),
    ({"password": "x" * 201}, "password"),
    ({"municipalityId": ""}, "municipalityId"),
    ({"municipalityId": "Municipality_"}, "municipalityId"),
    ({"municipalityId": "Debate_1"}, "municipalityId"),
    ({"municipalityId": "Municipality_UA00000000000000000"}, "municipalityId"),
)


async def test_a_wrong_field_is_named_and_nothing_is_made(town: Town) -> None:
    before = await contents(town.storage)
    for changed, field in WRONG:
        refused = await town.sign_up(**changed)
        assert (refused["__typename"], refused["field"]) == ("InvalidInput", field), changed
    assert await contents(town.storage) == before
    assert town.post.is_empty
