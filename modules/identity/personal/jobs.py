"""What is done after somebody was erased: the last letter, and a second look."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from modules.identity.accounts.letters import ERASED, letter
from modules.identity.accounts.ports import Mailer
from modules.identity.personal import rules
from modules.identity.personal.erasing import leave_nothing
from modules.identity.personal.ports import Holders
from modules.kernel import clock
from modules.kernel.context import Context
from modules.kernel.storage import Work

FAREWELL, AGAIN = "identity.farewell", "identity.erase_again"


def enqueue_farewell(work: Work, email: str, locale: str) -> None:
    """Have an address told that its account was erased. Nothing but this job knows it any more."""
    until = clock.now() + rules.FAREWELL_WAITS
    work.enqueue(FAREWELL, {"email": email, "locale": locale, "until": until.isoformat()})


def enqueue_again(work: Work, person_id: UUID) -> None:
    """Have the person erased once more, when nothing that began before is under way: it may have left something."""
    work.enqueue(AGAIN, {"person_id": person_id}, clock.now() + rules.AGAIN_AFTER)


async def send_farewell(context: Context, payload: Mapping[str, Any]) -> None:
    """The job. Done means forgotten: after a time it is done without a letter."""
    if clock.now() < datetime.fromisoformat(payload["until"]):
        mailer = context.port(Mailer)
        await mailer.send(letter(ERASED, payload["email"], payload["locale"], mailer.site))


async def erase_again(context: Context, payload: Mapping[str, Any]) -> None:
    """The job."""
    async with context.storage.writing() as work:
        await work.as_system()
        await leave_nothing(work, context.port(Holders), UUID(hex=payload["person_id"]))
