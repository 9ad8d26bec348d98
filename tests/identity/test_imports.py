"""The codifier of places: the real one whole, and files that cannot be taken."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col

from modules.identity.answers import Municipalities
from modules.identity.imports import Unit, import_katottg, put_municipalities, read_katottg
from modules.identity.tables import Category, MunicipalityRow
from modules.kernel.storage import Row, Storage
from modules.kernel.tables import pick
from modules.kernel.tabular import BadFile
from tests.real_data import real_file

Write = Callable[..., Path]
OBLAST, RAION, HROMADA, VILLAGE = (f"UA{number:017}" for number in (1, 2, 3, 4))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*rows: str, header: str = "code,parent,category,name") -> Path:
        path = tmp_path / "units.csv"
        path.write_text("\r\n".join([header, *rows, ""]), encoding="utf-8", newline="")
        return path

    return write


async def units(storage: Storage) -> Sequence[Row]:
    async with storage.reading() as read:
        columns = pick(MunicipalityRow, "id", "parent_id", "category", "name", "search_text")
        return await read.rows(columns.order_by(col(MunicipalityRow.id)))


async def test_the_whole_codifier_comes_in_and_a_second_time_changes_nothing(
    storage: Storage, statements: list[str]
) -> None:
    path, told = real_file("katottg/katottg.csv"), []
    assert await import_katottg(storage, path, lambda done, total: told.append((done, total))) == 31_751
    assert told[-1] == (31_751, 31_751)
    assert len(told) > 5 and [done for done, _ in told] == sorted(done for done, _ in told)
    first = await units(storage)
    by_id = {row["id"]: row for row in first}
    assert {unit.code: unit.parent for unit in read_katottg(path)}.items() <= {
        row["id"]: row["parent_id"] for row in first
    }.items()
    assert by_id["UA01020010000048857"]["name"] == "Андріївська"
    assert by_id["UA80000000000093317"]["category"] is Category.SPECIAL_CITY
    assert not [row for row in first if row["name"] != row["name"].strip()]
    await import_katottg(storage, path)
    assert await units(storage) == first


def test_the_real_file_has_every_kind_and_right_parents() -> None:
    found = read_katottg(real_file("katottg/katottg.csv"))
    assert Counter(unit.category.value for unit in found) == {
        "C": 27_204,
        "X": 2_045,
        "H": 1_772,
        "M": 459,
        "P": 136,
        "B": 108,
        "O": 25,
        "K": 2,
    }
    seen: set[str | None] = {None}
    for unit in found:
        assert unit.parent in seen
        seen.add(unit.code)
    by_code = {unit.code: unit for unit in found}
    above = Counter((unit.category, by_code[unit.parent].category) for unit in found if unit.parent)
    assert above[Category.RAION, Category.OBLAST] == 136
    assert above[Category.HROMADA, Category.RAION] == 1_772
    assert Category.OBLAST not in {below for below, _ in above}


async def test_units_may_stand_before_their_parents(storage: Storage, write: Write) -> None:
    path = write(f"{VILLAGE},{HROMADA},C, Село ", f"{HROMADA},{OBLAST},H,Громада", f"{OBLAST},,O,Область")
    assert [unit.code for unit in read_katottg(path)] == [OBLAST, HROMADA, VILLAGE]
    assert read_katottg(path)[2] == Unit(VILLAGE, HROMADA, Category.VILLAGE, "Село")
    await import_katottg(storage, path)
    found = {row["id"]: row for row in await units(storage)}
    assert found[VILLAGE] == {
        "id": VILLAGE,
        "parent_id": HROMADA,
        "category": Category.VILLAGE,
        "name": "Село",
        "search_text": " село",
    }


async def test_what_has_changed_is_brought_up_to_date(storage: Storage, write: Write) -> None:
    await import_katottg(storage, write(f"{OBLAST},,O,Одна", f"{RAION},{OBLAST},P,Район"))
    await import_katottg(storage, write(f"{OBLAST},,O,Друга", f"{RAION},,P,Район"))
    found = {row["id"]: row for row in await units(storage)}
    assert (found[OBLAST]["name"], found[OBLAST]["search_text"]) == ("Друга", " друга")
    assert found[RAION]["parent_id"] is None


BAD = {
    "code": (f"UA1,,O,Область|{OBLAST} ,,O,Область", [(2, "code"), (3, "code")]),
    "twice": (f"{OBLAST},,O,Область|{OBLAST},,O,Область", [(3, "code")]),
    "unknown parent": (f"{OBLAST},,O,Область|{RAION},{HROMADA},P,Район", [(3, "parent")]),
    "no code of a parent": (f"{OBLAST},,O,Область|{RAION},x,P,Район", [(3, "parent")]),
    "own parent": (f"{OBLAST},{OBLAST},O,Область", [(2, "parent")]),
    "circle": (f"{OBLAST},{RAION},O,Область|{RAION},{OBLAST},P,Район", [(2, "parent")]),
    "category": (f"{OBLAST},,Z,Область", [(2, "category")]),
    "no name": (f"{OBLAST},,O, ", [(2, "name")]),
    "long name": (f"{OBLAST},,O,{'я' * 501}", [(2, "name")]),
    "too few fields": (f"{OBLAST},,O,Область|{RAION},P", [(3, "")]),
    "all at once": (f"x,y,Z,|{RAION}", [(2, "code"), (2, "parent"), (2, "category"), (2, "name"), (3, "")]),
}


@pytest.mark.parametrize(("rows", "places"), BAD.values(), ids=BAD)
async def test_a_bad_file_is_told_by_line_and_field_and_brings_nothing(
    storage: Storage, write: Write, rows: str, places: list[tuple[int, str]]
) -> None:
    before = await units(storage)
    with pytest.raises(BadFile) as refused:
        await import_katottg(storage, write(*rows.split("|")))
    assert [(problem.line, problem.field) for problem in refused.value.problems] == places
    assert {problem.file for problem in refused.value.problems} == {"units.csv"}
    assert await units(storage) == before


async def test_a_missing_column_is_told(write: Write) -> None:
    with pytest.raises(BadFile, match=r"units\.csv, line 1, parent: the header has no such column"):
        read_katottg(write(f"{OBLAST},O,Область", header="code,category,name"))


async def test_a_failure_halfway_brings_nothing(storage: Storage) -> None:
    before, many = (
        await units(storage),
        [Unit(f"UA{number:017}", None, Category.VILLAGE, "С") for number in range(9_000)],
    )

    def stop(done: int, total: int) -> None:
        if done > 4_000:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        async with storage.writing() as work:
            await put_municipalities(work, many, stop)
    assert await units(storage) == before


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Львівська обл.", OBLAST),
        ("Львівська  область", OBLAST),
        ("м.Київ", "UA80000000000093317"),
        ("м. Київ", "UA80000000000093317"),
        ("місто Київ", "UA80000000000093317"),
        ("АР Крим", RAION),
        *((name, None) for name in ("Україна", "", "Київ", "Львівська", "м.Львів", "Марсіанська обл.", "обл.", "м.")),
    ],
)
async def test_regions_mean_oblasts_and_special_cities(
    storage: Storage, write: Write, name: str, code: str | None
) -> None:
    await import_katottg(
        storage, write(f"{OBLAST},,O,Львівська", f"{RAION},,O,Автономна Республіка Крим", f"{VILLAGE},,C,Львів")
    )
    async with storage.reading() as read:
        assert await Municipalities().codes_by_region(read, [name, "Україна"]) == ({name: code} if code else {})


async def test_no_region_asks_nothing(storage: Storage, statements: list[str]) -> None:
    async with storage.reading() as read:
        statements.clear()
        assert await Municipalities().codes_by_region(read, ["Україна"]) == {}
    assert statements == []


async def test_places_below_a_place_are_read_from_an_index_in_its_order(storage: Storage) -> None:
    sql = "select id from identity_municipality where parent_id = 'UA1' order by name, id limit 21"
    async with storage.writing() as work:
        is_postgres = work.dialect == "postgresql"
        for other in ("seqscan", "bitmapscan", "sort") if is_postgres else ():
            await work.run(sa.text(f"set local enable_{other} = off"))
        plan = str(await work.rows(sa.text(f"explain {'' if is_postgres else 'query plan'} {sql}")))
    assert "identity_municipality_parent" in plan
    assert "Sort" not in plan and "TEMP B-TREE" not in plan
