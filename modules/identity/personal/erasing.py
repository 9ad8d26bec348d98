"""Taking a person out of everything that is held of them."""

from uuid import UUID

import sqlalchemy as sa

from modules.identity.accounts import lockout
from modules.identity.accounts.notices import LETTER
from modules.identity.accounts.tables import EmailChangeRow, NewcomerRow, TokenRow
from modules.identity.clients.events import ApiClientRevoked
from modules.identity.clients.tables import ApiClientRow
from modules.identity.events import PersonErased
from modules.identity.organisations.verification.forgetting import forget_representative
from modules.identity.personal.ports import Holders
from modules.identity.tables import AccountRow, PersonRow
from modules.kernel import clock, personal
from modules.kernel.jobs import jobs
from modules.kernel.storage import Work
from modules.kernel.tables import Moment, col, pick


async def leave_nothing(work: Work, holders: Holders, person_id: UUID) -> None:
    """Erase the person from what every module holds; again is no error. It is the system's work: others' requests name them, too."""
    for held in holders.all().values():
        await personal.erase(work, held, person_id)
    erased_at = sa.func.coalesce(col(PersonRow.erased_at), sa.literal(clock.now(), Moment()))
    await work.run(sa.update(PersonRow).where(col(PersonRow.id) == person_id).values(erased_at=erased_at))
    work.record(PersonErased(person_id))


async def parting(work: Work, person_id: UUID) -> None:
    """What identity forgets beside the rows that name the person: what has their address or name, and open keys."""
    email = await work.value(pick(AccountRow, "email").where(col(AccountRow.person_id) == person_id))
    if email is not None:
        for table in (NewcomerRow, TokenRow, EmailChangeRow):
            await work.run(sa.delete(table).where(col(table.email) == email))
        await lockout.forgive(work, email)
    letters = (jobs.c.kind == LETTER, jobs.c.payload["subject_id"].as_string() == person_id.hex)
    await work.run(sa.delete(jobs).where(*letters))  # some say an address, and those given up would keep it
    for client in await work.rows(pick(ApiClientRow, "id").where(col(ApiClientRow.person_id) == person_id)):
        work.record(ApiClientRevoked(client["id"]))
    await forget_representative(work, person_id)
