"""Forgotten passwords and other addresses: by letters, and told to nobody else."""

from datetime import timedelta

from modules.identity.accounts import rules
from modules.identity.tables import AccountRow
from modules.kernel import clock
from modules.kernel.tables import pick
from tests.accounts import joined
from tests.contents import announced
from tests.identity.conftest import PASSWORD, Town

NEW = "another password"
VOID = "LINK_NOT_VALID"


async def address(town: Town) -> str:
    async with town.storage.reading() as read:
        return str(await read.value(pick(AccountRow, "email")))


async def reset_token(town: Town, email: str = "lesia@example.org") -> str:
    await town.act("requestPasswordReset", email=email)
    return (await town.post.letter()).token


async def change_tokens(town: Town, **given: str) -> dict[str, str]:
    """The tokens of the two letters, by where they went."""
    viewer = await town.who((await town.sign_in())["token"])
    asked = await town.act("changeEmail", viewer, **{"newEmail": "New@example.org", "password": PASSWORD, **given})
    assert asked == {"__typename": "EmailChangeRequested", "email": "new@example.org"}
    letters = [await town.post.letter(), await town.post.letter()]
    return {letter.to[0]: letter.token for letter in letters}


async def test_a_letter_lets_choose_another_password_and_ends_all_sessions(town: Town) -> None:
    viewer = await town.join()
    await town.sign_in()
    token = await reset_token(town)

    short = await town.act("resetPassword", token=token, password="short")
    assert short["field"] == "password", "which does not use the letter up"
    assert await town.act("resetPassword", token=token, password=NEW) == {
        "__typename": "PasswordReset",
        "sessionsEnded": 2,
    }

    assert viewer.person_id is not None
    assert ("SessionsEnded", {"person_id": viewer.person_id.hex}) in await announced(town.storage, "viewers")
    assert (await town.ask("{ viewer { sessions { id } } }", as_=viewer))["viewer"]["sessions"] == []
    assert (await town.sign_in())["code"] == "WRONG_CREDENTIALS"
    assert (await town.sign_in(password=NEW))["__typename"] == "SignedIn"
    assert (await town.act("resetPassword", token=token, password=PASSWORD))["code"] == VOID


async def test_asking_for_a_new_password_does_not_tell_who_has_an_account(town: Town) -> None:
    await town.join()
    known = await town.act("requestPasswordReset", email="lesia@example.org")
    unknown = await town.act("requestPasswordReset", email="nobody@example.org")
    assert {**known, "email": ""} == {**unknown, "email": ""}
    assert (await town.post.letter()).to == ["lesia@example.org"]
    await town.sign_up("last@example.org")
    assert (await town.post.letter()).to == ["last@example.org"], "the unknown address got none"
    assert (await town.act("requestPasswordReset", email="nonsense"))["field"] == "email"


async def test_a_letter_for_a_new_password_works_for_an_hour_and_only_the_last_one(town: Town) -> None:
    await town.join()
    older, newer = await reset_token(town), await reset_token(town)
    before = await town.kept()
    assert (await town.act("resetPassword", token=older, password=NEW))["code"] == VOID
    with clock.frozen(clock.now() + rules.RESET_LASTS + timedelta(seconds=1)):
        assert (await town.act("resetPassword", token=newer, password=NEW))["code"] == VOID
    assert await town.kept() == before


async def test_another_address_counts_when_both_have_confirmed(town: Town) -> None:
    await town.join()
    tokens = await change_tokens(town)
    unused = await reset_token(town)
    for to, is_in_use in (("new@example.org", False), ("lesia@example.org", True)):
        confirmed = await town.act("confirmEmail", token=tokens[to])
        assert confirmed == {
            "__typename": "EmailConfirmed",
            "email": "new@example.org",
            "isInUse": is_in_use,
            "signedIn": None,
        }
        assert await address(town) == ("new@example.org" if is_in_use else "lesia@example.org")
        assert (await town.act("confirmEmail", token=tokens[to]))["code"] == VOID
    assert (await town.sign_in("new@example.org"))["__typename"] == "SignedIn"
    assert (await town.sign_in())["code"] == "WRONG_CREDENTIALS"
    assert (await town.act("resetPassword", token=unused, password=NEW))["code"] == VOID, "it lies in the old post box"


async def test_an_address_of_another_is_not_told_and_not_taken(town: Town) -> None:
    viewer = await town.join()
    await joined(town.storage, email="mira@example.org")
    asked = await town.act("changeEmail", viewer, newEmail="mira@example.org", password=PASSWORD)
    assert asked == {"__typename": "EmailChangeRequested", "email": "mira@example.org"}
    letters = {letter.to[0]: letter for letter in [await town.post.letter(), await town.post.letter()]}
    assert "token" not in letters["mira@example.org"].text
    left = await town.act("confirmEmail", token=letters["lesia@example.org"].token)
    assert left["isInUse"] is False


async def test_an_address_that_becomes_anothers_meanwhile_is_not_taken(town: Town) -> None:
    await town.join()
    tokens = await change_tokens(town)
    await town.act("confirmEmail", token=tokens["new@example.org"])
    await joined(town.storage, email="new@example.org")
    before = await town.kept()
    assert (await town.act("confirmEmail", token=tokens["lesia@example.org"]))["code"] == VOID
    assert await town.kept() == before


async def test_a_change_is_void_after_another_or_a_new_password(town: Town) -> None:
    await town.join()
    first, second = await change_tokens(town), await change_tokens(town)
    assert (await town.act("confirmEmail", token=first["new@example.org"]))["code"] == VOID
    await town.act("resetPassword", token=await reset_token(town), password=PASSWORD)
    for token in second.values():
        assert (await town.act("confirmEmail", token=token))["code"] == VOID
    assert await address(town) == "lesia@example.org"


async def test_an_address_is_changed_by_who_knows_the_password(town: Town) -> None:
    viewer = await town.join()
    before = await town.kept()
    for given, told in (
        ({"newEmail": "nonsense", "password": PASSWORD}, "newEmail"),
        ({"newEmail": " LESIA@example.org", "password": PASSWORD}, "newEmail"),
    ):
        assert (await town.act("changeEmail", viewer, **given))["field"] == told
    assert await town.kept() == before
    for _ in range(5):
        wrong = await town.act("changeEmail", viewer, newEmail="new@example.org", password="wrong")
        assert wrong["code"] == "WRONG_CREDENTIALS"
    locked = await town.act("changeEmail", viewer, newEmail="new@example.org", password=PASSWORD)
    assert locked["code"] == "SIGN_IN_LOCKED", "a stolen session does not help to guess"
    assert {**await town.kept(), "identity_failure": []} == before
