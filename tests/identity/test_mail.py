"""Letters on their way: the server of mail, its settings, and what becomes of them while it is away."""

from io import StringIO
from typing import Any

import aiosmtplib
import pytest
from pydantic import ValidationError

from gateway.mail import Console, mailer
from gateway.settings import Settings
from modules.identity.accounts import rules
from modules.identity.accounts.letters import KNOWN, letter
from modules.identity.accounts.ports import Letter
from modules.identity.accounts.tables import Purpose
from modules.kernel import clock
from modules.kernel.jobs import jobs
from modules.kernel.runner import FIRST_PAUSE
from tests.identity.conftest import Town
from tests.mail import post_office
from tests.test_sessions import until

LETTER = Letter("lesia@example.org", "Підтвердьте адресу", "Вітаємо, Лесю!\n")


def settings(url: str, **more: Any) -> Settings:
    return Settings(**{"smtp_url": url, "mail_from": "СПІЛЬНО <spilno@example.org>", **more})


async def test_a_server_of_mail_that_is_away_is_tried_again(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    town.post.refuses = True
    with clock.frozen(clock.now()):
        await town.sign_up()
        await until(lambda: town.jobs.counts["failed"] == 1)
        later = clock.now() + FIRST_PAUSE
    first = (await town.kept())["identity_token"]
    town.post.refuses = False
    with clock.frozen(later):
        town.jobs.wake()
        token = (await town.post.letter()).token
        assert (await town.act("confirmEmail", token=token))["__typename"] == "EmailConfirmed"
    await until(lambda: town.jobs.counts["done"] == 1)
    assert town.post.tried == 2
    assert len(first) == 1
    assert "lesia@example.org" not in capsys.readouterr().out
    async with town.storage.reading() as read:
        assert await read.rows(jobs.select()) == []


@pytest.mark.parametrize("to", ["lesia+spilno@example.org", "леся@приклад.укр"])
async def test_a_letter_arrives_as_it_was_written(to: str) -> None:
    sent = Letter(to, LETTER.subject, LETTER.text)
    async with post_office() as post:
        await mailer(settings(f"smtp://127.0.0.1:{post.port}")).send(sent)
        received = await post.letter()
    assert (received.to, received.subject, received.text) == ([to], sent.subject, sent.text)
    assert (str(received.message["To"]), str(received.message["From"])) == (to, "СПІЛЬНО <spilno@example.org>")
    assert received.message["Auto-Submitted"] == "auto-generated", "out-of-office replies are not wanted"


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")  # of the server
async def test_a_server_that_wants_a_password_gets_the_one_of_the_url() -> None:
    async with post_office(needs_password=True) as post:
        await mailer(settings(f"smtp://spilno:secret%40word@127.0.0.1:{post.port}")).send(LETTER)
        await post.letter()
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await mailer(settings(f"smtp://spilno:wrong@127.0.0.1:{post.port}")).send(LETTER)
    assert set(post.logins) == {(b"spilno", b"secret@word"), (b"spilno", b"wrong")}


async def test_starttls_that_is_asked_for_is_not_gone_without() -> None:
    async with post_office() as post:
        with pytest.raises(aiosmtplib.SMTPException):
            await mailer(settings(f"smtp+starttls://127.0.0.1:{post.port}")).send(LETTER)
        assert post.is_empty


async def test_without_a_server_letters_are_printed() -> None:
    paper = StringIO()
    await Console("https://spilno.example", paper).send(LETTER)
    assert "lesia@example.org: Підтвердьте адресу" in paper.getvalue()
    assert isinstance(mailer(Settings(public_url="https://spilno.example/")), Console)
    assert mailer(Settings(public_url="https://spilno.example/")).site == "https://spilno.example"


def test_every_letter_is_there_in_every_language() -> None:
    for kind in (KNOWN, *(purpose.value for purpose in Purpose)):
        written = [letter(kind, "a@example.org", locale, "https://spilno.example", "t0ken") for locale in rules.LOCALES]
        assert len({each.subject for each in written}) == len(rules.LOCALES)
        for each in written:
            assert "\n\nhttps://spilno.example/" in each.text
            assert "#token=t0ken\n" in each.text
    assert letter(KNOWN, "a@example.org", "fr", "s").subject == letter(KNOWN, "a@example.org", "uk", "s").subject


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"smtp_url": "mail.example.org"}, "smtp://"),
        ({"smtp_url": "smtp://"}, "smtp://"),
        ({"smtp_url": "smtp://mail.example.org", "mail_from": ""}, "SPILNO_MAIL_FROM"),
        ({"mail_from": "nobody"}, "is an address"),
        ({"public_url": "spilno.example"}, "https://"),
    ],
)
def test_settings_of_mail_that_cannot_be_are_named(given: dict[str, str], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Settings(**given)  # type: ignore[arg-type]


def test_the_password_of_a_server_is_never_shown() -> None:
    chosen = settings("smtp://user:hush@mail.example.org")
    assert "hush" not in repr(chosen) + repr(mailer(chosen))
