"""A town whose letters go through a real server of mail, sent by jobs, as in an installation."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from gateway.execution.engine import Engine
from gateway.mail import mailer
from gateway.modules import MODULES
from gateway.settings import Settings
from gateway.wiring import ports
from modules.identity import actions, module
from modules.identity.accounts.ports import Mailer
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.runner import Runner
from modules.kernel.storage import Storage
from tests.asking import Ask, asking
from tests.contents import contents
from tests.mail import PostOffice, post_office

PASSWORD = "correct horse"  # of everybody who signs up here


@dataclass(frozen=True)
class Town:
    ask: Ask
    post: PostOffice
    jobs: Runner

    @property
    def storage(self) -> Storage:
        return self.ask.storage

    async def act(self, mutation: str, viewer: Viewer = NOBODY, **given: Any) -> Any:
        """What comes of a mutation that takes one input."""
        upper = mutation[0].upper() + mutation[1:]
        query = f"mutation($input: {upper}Input!) {{ r: {mutation}(input: $input) {{ __typename {FIELDS[mutation]} {REFUSAL} }} }}"
        return (await self.ask(query, {"input": given}, as_=viewer))["r"]

    async def sign_up(self, email: str = "lesia@example.org", **changed: Any) -> Any:
        return await self.act("signUp", **{"name": "Леся Ткач", "email": email, "password": PASSWORD, **changed})

    async def join(self, email: str = "lesia@example.org", **changed: Any) -> Viewer:
        """Sign up, and confirm the address by the letter."""
        assert (await self.sign_up(email, **changed))["__typename"] == "SignedUp"
        confirmed = await self.act("confirmEmail", token=(await self.post.letter()).token)
        return await self.who(confirmed["signedIn"]["token"])

    async def sign_in(self, email: str = "lesia@example.org", password: str = PASSWORD) -> Any:
        return await self.act("signIn", email=email, password=password)

    async def kept(self) -> dict[str, list[str]]:
        """What the database holds, but for jobs: one may not be crossed off yet, though its letter is here."""
        return {name: rows for name, rows in (await contents(self.storage)).items() if name != "kernel_job"}

    async def who(self, token: str) -> Viewer:
        """Whom a token makes, by the database."""
        [session] = await actions.authenticate(self.storage, [token])
        return session.viewer if session else NOBODY


REFUSAL, WRONG, LOCKED = (
    "... on Refusal { code message }",
    "... on InvalidInput { field }",
    "... on SignInLocked { tryAgainAt }",
)
FIELDS: Mapping[str, str] = {
    "signUp": f"... on SignedUp {{ email }} {WRONG}",
    "confirmEmail": "... on EmailConfirmed { email isInUse signedIn { token viewer { email isEmailConfirmed } } }",
    "signIn": f"... on SignedIn {{ token viewer {{ email person {{ id }} }} }} {LOCKED}",
    "requestPasswordReset": f"... on PasswordResetRequested {{ email }} {WRONG}",
    "resetPassword": f"... on PasswordReset {{ sessionsEnded }} {WRONG}",
    "changeEmail": f"... on EmailChangeRequested {{ email }} {WRONG} {LOCKED}",
    "endSession": "... on SessionEnded { viewer { sessions { id } } }",
}


@asynccontextmanager
async def posted(engine: Engine, storage: Storage) -> AsyncIterator[Town]:
    async with post_office() as post:
        url = f"smtp://127.0.0.1:{post.port}"
        settings = Settings(smtp_url=url, mail_from="СПІЛЬНО <spilno@example.org>", public_url="https://spilno.example")
        answers: Mapping[type, Any] = {**ports(MODULES), Mailer: mailer(settings)}
        async with asking(engine, storage, answers) as ask:
            jobs = Runner(storage, module.jobs, partial(ask.context, NOBODY), poll=60)
            storage.wake = jobs.wake
            async with jobs:
                yield Town(ask, post, jobs)


@pytest.fixture
async def town(quick_hashes: None, engine: Engine, storage: Storage) -> AsyncIterator[Town]:
    async with posted(engine, storage) as made:
        yield made
