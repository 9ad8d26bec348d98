"""What `spilno import` does: each file in one transaction, so that it is taken whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from gateway.commands.opening import database
from gateway.commands.telling import Counted, OnProgress, Outcome
from gateway.wiring import asked_by_registry, civic_imports, decide_madrid, identity_actions, identity_imports
from gateway.wiring import registry_imports as registry
from modules.kernel.refusals import InvalidInput
from modules.kernel.storage import Storage, Work

MADRID = identity_imports.Unit("ES-28079", None, identity_imports.Category.CITY, "Madrid")


async def import_katottg(url: str | None, file: Path, on_progress: OnProgress) -> Outcome:
    """Municipalities. Raises BadFile."""
    async with database(url) as held:
        before = await _count(held.storage, "identity_municipality")
        read = await identity_imports.import_katottg(held.storage, file, on_progress)
        after = await _count(held.storage, "identity_municipality")
    return Outcome([Counted("municipalities", read, after - before)])


async def import_organisations(url: str | None, file: Path, on_progress: OnProgress) -> Outcome:
    """Legal entities. Raises BadFile."""
    async with database(url) as held:
        before = await _count(held.storage, "registry_legal_entity")
        municipalities = held.ports[asked_by_registry.Municipalities]
        found = await registry.import_organisations(held.storage, municipalities, file, on_progress)
        after = await _count(held.storage, "registry_legal_entity")
    return Outcome([Counted("organisations", len(found.entities), after - before)], found.unverified)


async def import_decide_madrid(
    url: str | None, proposals: Path, comments: Path, municipality: str, on_progress: OnProgress
) -> Outcome:
    """Proposals as debates, their comments and who wrote them. Raises BadFile or InvalidInput."""
    archive = decide_madrid.read_decide_madrid(proposals, comments, municipality)
    tables = ("identity_person", "civic_debate", "civic_comment")
    read = (len(archive.authors), len(archive.debates), len(archive.comments))
    async with database(url) as held:
        before = [await _count(held.storage, table) for table in tables]
        async with held.storage.writing() as work:
            await put_authors(work, archive.authors, municipality)
            await civic_imports.put_debates(work, archive.debates, archive.comments, on_progress=on_progress)
        after = [await _count(held.storage, table) for table in tables]
    told = zip(("people", "debates", "comments"), read, before, after, strict=True)
    return Outcome([Counted(what, count, now - then) for what, count, then, now in told], archive.reported)


async def put_authors(work: Work, authors: Sequence[decide_madrid.Author], municipality: str) -> None:
    """The people of Decide Madrid, and Madrid itself when it is not there. Raises InvalidInput for another place."""
    if not await identity_actions.municipality_exists(work, municipality):
        if municipality != MADRID.code:
            raise InvalidInput(
                field="municipality", message=f"There is no municipality {municipality}: import it first."
            )
        await identity_imports.put_municipalities(work, [MADRID])
    people = [
        identity_imports.Person(
            id=author.id,
            name=author.name,
            about="",
            locale="es",
            municipality_id=municipality,
            joined_at=author.joined_at,
        )
        for author in authors
    ]
    await identity_imports.put_people(work, people)


async def _count(storage: Storage, table: str) -> int:
    async with storage.reading() as read:
        return int(await read.value(sa.select(sa.func.count()).select_from(sa.table(table))))
