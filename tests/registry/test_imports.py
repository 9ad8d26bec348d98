"""Organisations from a file: the real one whole, and files that cannot be taken."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col

from modules.identity.answers import Municipalities
from modules.identity.imports import import_katottg
from modules.kernel import clock, keys
from modules.kernel.storage import Row, Storage
from modules.kernel.tables import pick
from modules.kernel.tabular import BadFile
from modules.registry.imports import Organisations, import_organisations, put_legal_entities, read_organisations
from modules.registry.rules import LegalEntityKind
from modules.registry.tables import LegalEntityRow
from tests.people import KYIV
from tests.real_data import real_file

Write = Callable[..., Path]
REAL = "organisations/orgs_legal_entities.csv"
WRONG = "12345670"  # its control digit would be 8
RIGHT = ("00013497", "14360570", "20077720", "00032129")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*rows: str, header: str = "edrpou,name,kind,region,parent_edrpou,parent_name") -> Path:
        path = tmp_path / "organisations.csv"
        path.write_text("\r\n".join([header, *rows, ""]), encoding="utf-8", newline="")
        return path

    return write


async def bring(storage: Storage, path: Path) -> Organisations:
    return await import_organisations(storage, Municipalities(), path)


async def rows_of(storage: Storage) -> Sequence[Row]:
    async with storage.reading() as read:
        columns = pick(LegalEntityRow, *LegalEntityRow.model_fields)
        return await read.rows(columns.order_by(col(LegalEntityRow.edrpou)))


async def test_all_real_organisations_come_in_and_a_second_time_changes_nothing(storage: Storage) -> None:
    path, told = real_file(REAL), []
    await import_katottg(storage, real_file("katottg/katottg.csv"))
    found = await import_organisations(storage, Municipalities(), path, lambda done, total: told.append((done, total)))
    first = await rows_of(storage)
    assert len(found.entities) == len(first) == 7_606
    assert told[0] == (1_000, 7_606) and told[-1] == (7_606, 7_606)
    assert len(found.unverified) == 29 == len([row for row in first if not row["is_verified"]])
    assert len([row for row in first if row["edrpou"].startswith("0")]) == 39
    assert len([row for row in first if row["parent_id"]]) == 7_439
    by_id = {row["id"]: row for row in first}
    assert {by_id[row["parent_id"]]["kind"] for row in first if row["parent_id"]} <= {
        LegalEntityKind.PARTY,
        LegalEntityKind.PARTY_BRANCH,
    }
    assert {row["region"] for row in first if row["municipality_id"] == "UA46000000000026241"} == {"Львівська обл."}
    assert [row["region"] for row in first if row["municipality_id"] == KYIV] == ["м.Київ"]
    assert {row["region"] for row in first if row["municipality_id"] is None} == {"Україна"}
    with clock.frozen(datetime(2030, 1, 1, tzinfo=UTC)):
        again = await bring(storage, path)
    assert (len(again.entities), len(again.unverified)) == (7_606, 29)
    assert await rows_of(storage) == first


def test_wrong_control_digits_are_told_by_line_field_and_value() -> None:
    path = real_file(REAL)
    unverified = read_organisations(path).unverified
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(unverified) == 29
    for problem in unverified:
        assert (problem.file, problem.field) == ("orgs_legal_entities.csv", "edrpou")
        assert lines[problem.line - 1].startswith(f"{problem.value},")


async def test_a_row_is_kept_as_it_is(storage: Storage, write: Write) -> None:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    with clock.frozen(at):
        await bring(
            storage,
            write(
                f'{RIGHT[1]}," Осередок ""Сад""\r\nу місті",party_branch,м.Київ,{RIGHT[0]},Сад',
                f"{RIGHT[0]},Партія «Сад»,party,,,",
                f"{WRONG},Інша,other,Україна,,",
            ),
        )
    party, wrong, branch = await rows_of(storage)
    assert branch == {
        "id": keys.derived("UA-EDR", RIGHT[1]),
        "edrpou": RIGHT[1],
        "name": 'Осередок "Сад" у місті',
        "short_name": "",
        "kind": LegalEntityKind.PARTY_BRANCH,
        "region": "м.Київ",
        "municipality_id": KYIV,
        "parent_id": party["id"],
        "is_verified": True,
        "search_text": f" осередок сад у місті {RIGHT[1]}",
        "updated_at": at,
    }
    assert (party["edrpou"], party["parent_id"], party["municipality_id"]) == ("00013497", None, None)
    assert (wrong["is_verified"], wrong["kind"]) == (False, LegalEntityKind.OTHER)


async def test_what_has_changed_is_brought_up_to_date_and_stamped(storage: Storage, write: Write) -> None:
    first, later = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    with clock.frozen(first):
        await bring(storage, write(f"{RIGHT[0]},Одна,party,,,", f"{RIGHT[1]},Друга,party,,,"))
    with clock.frozen(later):
        await bring(storage, write(f"{RIGHT[0]},Одна,party,,,", f"{RIGHT[1]},Третя,party_branch,,{RIGHT[0]},"))
    same, changed = await rows_of(storage)
    assert (same["name"], same["updated_at"]) == ("Одна", first)
    assert (changed["name"], changed["kind"], changed["updated_at"]) == ("Третя", LegalEntityKind.PARTY_BRANCH, later)
    assert changed["parent_id"] == same["id"]


async def test_a_parent_may_be_in_the_register_already(storage: Storage, write: Write) -> None:
    await bring(storage, write(f"{RIGHT[0]},Партія,party,,,"))
    await bring(storage, write(f"{RIGHT[1]},Осередок,party_branch,,{RIGHT[0]},"))
    party, branch = await rows_of(storage)
    assert branch["parent_id"] == party["id"]


BAD = {
    "seven digits": ("1234567,А,party,,,", [(2, "edrpou")]),
    "not ASCII digits": ("١٢٣٤٥٦٧٨,А,party,,,", [(2, "edrpou")]),
    "spaces": (f"{RIGHT[0]},А,party,,,| {RIGHT[1]},А,party,,,", [(3, "edrpou")]),
    "duplicate": (f"{RIGHT[0]},А,party,,,|{RIGHT[1]},А,party,,,|{RIGHT[0]},Б,party,,,", [(4, "edrpou")]),
    "unknown kind": (f"{RIGHT[0]},А,partei,,,", [(2, "kind")]),
    "no name": (f"{RIGHT[0]}, ,party,,,", [(2, "name")]),
    "long name": (f"{RIGHT[0]},{'я' * 501},party,,,", [(2, "name")]),
    "bad parent": (f"{RIGHT[0]},А,party,,12,", [(2, "parent_edrpou")]),
    "unknown parent": (f"{RIGHT[0]},А,party,,{RIGHT[1]},", [(2, "parent_edrpou")]),
    "own parent": (f"{RIGHT[0]},А,party,,{RIGHT[0]},", [(2, "parent_edrpou")]),
    "circle": (f"{RIGHT[0]},А,party,,{RIGHT[1]},|{RIGHT[1]},А,party,,{RIGHT[0]},", [(2, "parent_edrpou")]),
    "too few fields": (f"{RIGHT[0]},А,party,,,|{RIGHT[1]},А", [(3, "")]),
    "after a line end in quotes": (f'{RIGHT[0]},"А\r\nБ",party,,,|1,А,party,,,', [(4, "edrpou")]),
    "all at once": ("x,,y,,z,|1", [(2, "edrpou"), (2, "name"), (2, "kind"), (2, "parent_edrpou"), (3, "")]),
}


@pytest.mark.parametrize(("rows", "places"), BAD.values(), ids=BAD)
async def test_a_bad_file_is_told_by_line_and_field_and_brings_nothing(
    storage: Storage, write: Write, rows: str, places: list[tuple[int, str]]
) -> None:
    await bring(storage, write(f"{RIGHT[2]},Перша,party,,,"))
    before = await rows_of(storage)
    with pytest.raises(BadFile) as refused:
        await bring(storage, write(f"{RIGHT[3]},Добра,party,,,", *rows.split("|")))
    assert [(problem.line - 1, problem.field) for problem in refused.value.problems] == places
    assert all(problem.file == "organisations.csv" and problem.reason for problem in refused.value.problems)
    assert await rows_of(storage) == before


def test_a_missing_column_and_another_encoding_are_told(tmp_path: Path, write: Write) -> None:
    with pytest.raises(BadFile, match=r"organisations\.csv, line 1, kind: the header has no such column"):
        read_organisations(write(header="edrpou,name,region,parent_edrpou"))
    path = tmp_path / "old.csv"
    path.write_bytes(f"edrpou,name,kind,region,parent_edrpou\n{RIGHT[0]},Сад,party,,\n".encode("cp1251"))
    with pytest.raises(BadFile, match=r"old\.csv, line 2: is not text in UTF-8"):
        read_organisations(path)


async def test_a_failure_halfway_brings_nothing(storage: Storage) -> None:
    entities = read_organisations(real_file(REAL)).entities

    def stop(done: int, total: int) -> None:
        if done > 3_000:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        async with storage.writing() as work:
            await put_legal_entities(work, entities, stop)
    assert await rows_of(storage) == []
