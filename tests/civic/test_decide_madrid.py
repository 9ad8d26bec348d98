"""Decide Madrid in the database: the real files whole, twice, and what was decided since."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest
import sqlalchemy as sa
from sqlmodel import col

from gateway.commands.importing import put_authors
from modules.civic import actions
from modules.civic.decide_madrid import Archive, read_decide_madrid
from modules.civic.imports import put_debates
from modules.civic.tables import CommentRow, DebateRow, HideReason, ReactionKind
from modules.identity.tables import PersonRow
from modules.kernel import keys
from modules.kernel.policy import Role, Viewer
from modules.kernel.storage import Row, Storage
from modules.kernel.tables import pick
from tests.asking import Ask
from tests.contents import announced, contents
from tests.madrid import COMMENT, PROPOSAL, THREAD, write_madrid
from tests.people import KYIV, People
from tests.real_data import real_file

MADRID = "ES-28079"


async def bring_in(storage: Storage, archive: Archive) -> None:
    async with storage.writing() as work:
        await put_authors(work, archive.authors, archive.debates[0].municipality_id)
        await put_debates(work, archive.debates, archive.comments)


async def comments(storage: Storage) -> Sequence[Row]:
    columns = pick(CommentRow, "id", "parent_id", "depth", "body", "support_count", "oppose_count", "debate_id")
    async with storage.reading() as read:
        return await read.rows(columns.order_by(col(CommentRow.created_at), col(CommentRow.id)))


async def count(storage: Storage, table: type) -> int:
    async with storage.reading() as read:
        return int(await read.value(sa.select(sa.func.count()).select_from(table)))


def real_archive() -> Archive:
    return read_decide_madrid(real_file("decide-madrid/proposals.csv"), real_file("decide-madrid/comments.csv"), MADRID)


def small_archive(folder: Path, municipality: str = MADRID) -> Archive:
    return read_decide_madrid(*write_madrid(folder), municipality)


def test_the_real_files_are_read_whole() -> None:
    archive = real_archive()
    assert (len(archive.debates), len(archive.comments)) == (80, 5_633)
    assert len({comment.author_id for comment in archive.comments}) == 2_251
    assert len(archive.authors) == 2_272  # with those who proposed and did not comment
    assert Counter(problem.field for problem in archive.reported) == {"parentId": 268, "text": 62}
    assert str(archive.reported[0]) == (
        "comments.csv, line 67, parentId «17710»: the proposal has no such comment; kept at the top level"
    )
    assert sum(comment.parent_id is None for comment in archive.comments) == 2_931
    assert sum(debate.closes_at is None for debate in archive.debates) == 5
    assert sum(comment.supported for comment in archive.comments) == 10_967
    assert sum(comment.opposed for comment in archive.comments) == 4_204


async def test_the_real_files_come_in_and_a_second_time_changes_nothing(storage: Storage) -> None:
    people, archive, began = await count(storage, PersonRow), real_archive(), process_time()
    await bring_in(storage, archive)
    assert process_time() - began < 3
    rows, first = await comments(storage), await contents(storage)
    assert await count(storage, DebateRow) == 80
    assert await count(storage, PersonRow) == people + 2_272
    assert len(rows) == 5_633
    assert {row["id"]: row["parent_id"] for row in rows} == {each.id: each.parent_id for each in archive.comments}
    depths = {row["id"]: row["depth"] for row in rows}
    assert all(row["depth"] == (depths[row["parent_id"]] + 1 if row["parent_id"] else 0) for row in rows)
    assert max(depths.values()) == 24
    assert sum(row["support_count"] for row in rows) == 10_967
    assert sum(row["oppose_count"] for row in rows) == 4_204
    assert sum(not row["body"] for row in rows) == 62

    await bring_in(storage, real_archive())
    assert await contents(storage) == first
    assert [name for name, _ in await announced(storage)] == ["RegisterChanged"], "Madrid itself, nothing else"


async def test_what_the_graph_shows_of_it(storage: Storage, ask: Ask, tmp_path: Path) -> None:
    archive = small_archive(tmp_path)
    await bring_in(storage, archive)
    shown = await ask(
        """query($id: ID!) { debate(id: $id) {
            title body state opensAt closesAt commentCount openedBy { name } municipality { code name category }
            comments(first: 5) { edges { node { body supportCount opposeCount depth createdAt author { name }
                replies(first: 5) { edges { node { body depth replies(first: 5) { edges { node { body depth } } } } } } } } } } }""",
        {"id": keys.encode("Debate", archive.proposals["7"])},
    )
    ending = {"edges": [{"node": {"body": "¿Y los domingos?", "depth": 2}}]}
    assert shown["debate"] == {
        "title": "Limpiar las calles",
        "body": "Algo tan básico como limpiar.",
        "state": "CLOSED",
        "opensAt": "2015-09-14T22:00:00Z",
        "closesAt": "2015-09-17T22:00:00Z",
        "commentCount": 4,
        "openedBy": {"name": "Participante 1"},
        "municipality": {"code": MADRID, "name": "Madrid", "category": "CITY"},
        "comments": {
            "edges": [
                {
                    "node": {
                        "body": "De acuerdo.",
                        "supportCount": 3,
                        "opposeCount": 1,
                        "depth": 0,
                        "createdAt": created_at,
                        "author": {"name": "Participante 2"},
                        "replies": {"edges": replies},
                    }
                }
                for created_at, replies in (
                    ("2015-09-15T08:50:19Z", [{"node": {"body": "", "depth": 1, "replies": ending}}]),
                    ("2015-09-17T08:50:19Z", []),
                )
            ]
        },
    }


async def test_reactions_count_on_from_what_the_source_had_counted(
    storage: Storage, people: People, tmp_path: Path
) -> None:
    proposals, said = write_madrid(tmp_path, proposals=[PROPOSAL | {"status": "open"}])
    archive = read_decide_madrid(proposals, said, MADRID)
    comment = archive.comments[0].id

    async def counts(kind: ReactionKind | None) -> tuple[int, int]:
        async with storage.writing() as work:
            await actions.react(work, people.mira, comment, kind)
        (row,) = (row for row in await comments(storage) if row["id"] == comment)
        return row["support_count"], row["oppose_count"]

    await bring_in(storage, archive)
    assert await counts(ReactionKind.OPPOSE) == (3, 2)
    assert await counts(ReactionKind.SUPPORT) == (4, 1)
    before = await contents(storage)
    await bring_in(storage, archive)
    assert await contents(storage) == before
    assert await counts(None) == (3, 1)


async def test_what_was_decided_here_stays(storage: Storage, tmp_path: Path) -> None:
    proposals, said = write_madrid(tmp_path, proposals=[PROPOSAL | {"status": "open"}])
    archive = read_decide_madrid(proposals, said, MADRID)
    await bring_in(storage, archive)
    official = Viewer(person_id=archive.authors[0].id, roles=frozenset({(Role.OFFICIAL, MADRID)}))
    async with storage.writing() as work:
        await actions.hide_comment(work, official, archive.comments[0].id, HideReason.SPAM)
        await actions.close_debate(work, official, archive.debates[0].id)
    before = await contents(storage)
    await bring_in(storage, archive)
    assert await contents(storage) == before


async def test_a_newer_file_brings_what_is_there_up_to_date(storage: Storage, tmp_path: Path) -> None:
    await bring_in(storage, small_archive(tmp_path))
    newer = [COMMENT | {"text": "Muy de acuerdo.", "numPositiveVotes": "5"}, *THREAD[1:]]
    await bring_in(storage, read_decide_madrid(*write_madrid(tmp_path, newer), MADRID))
    first, *rest = await comments(storage)
    assert (first["body"], first["support_count"], first["oppose_count"], len(rest)) == ("Muy de acuerdo.", 5, 1, 3)


async def test_two_municipalities_have_their_own_copies(storage: Storage, tmp_path: Path) -> None:
    await bring_in(storage, small_archive(tmp_path))
    await bring_in(storage, small_archive(tmp_path, KYIV))
    assert await count(storage, DebateRow) == 2
    assert await count(storage, CommentRow) == 8


async def test_an_archive_that_fails_on_its_way_leaves_nothing(storage: Storage, tmp_path: Path) -> None:
    before, archive = await contents(storage), small_archive(tmp_path)
    missing = replace(archive.comments[-1], parent_id=keys.new())
    with pytest.raises(KeyError):
        await bring_in(storage, replace(archive, comments=[*archive.comments[:-1], missing]))
    assert await contents(storage) == before
