"""`spilno import`: what it says, what it brings in, and that nothing comes in by halves."""

import csv
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from modules.civic import imports
from modules.identity.tables import PersonRow
from modules.kernel import keys
from modules.kernel.storage import Storage
from modules.kernel.tables import col, pick
from tests.commands.conftest import Spilno
from tests.contents import contents
from tests.madrid import COMMENT, write_madrid
from tests.real_data import real_file
from tests.servers import create_database

SPILNO = (sys.executable, "-c", "from gateway.cli import app; app()")
UNITS = "code,parent,category,name\nUA00000000000000001,,O,Перша\nUA00000000000000002,UA00000000000000001,P,Друга\n"
ENTITIES = "edrpou,name,kind,region,parent_edrpou\n00032112,Банк,company,,\n00032113,Філія,branch,,00032112\n"


def table(path: Path) -> list[list[str]]:
    """A CSV file, its header too."""
    return list(csv.reader(path.read_text(encoding="utf-8").splitlines()))


def counted(output: str) -> dict[str, list[str]]:
    """The summary table: (read, new, already there) by name."""
    rows = [line.split() for line in output.splitlines()[1:]]
    return {row[0]: row[1:] for row in rows if len(row) == 4 and row[1].replace(",", "").isdigit()}


async def test_decide_madrid_is_told_by_counts_and_lines(spilno: Spilno, storage: Storage, tmp_path: Path) -> None:
    files, report = write_madrid(tmp_path), tmp_path / "report.csv"
    done = await spilno("import", "decide-madrid", *files, "--report", report)
    assert (done.exit_code, done.stderr) == (0, "")
    assert counted(done.stdout) == {"people": ["3", "3", "0"], "debates": ["1", "1", "0"], "comments": ["4", "4", "0"]}
    assert done.stdout.splitlines()[-3:] == [
        "Not right, and taken all the same: 2",
        "  comments.csv, line 3, text: there is no text; kept empty",
        "  comments.csv, line 5, parentId «99»: the proposal has no such comment; kept at the top level",
    ]
    assert table(report) == [
        ["file", "line", "field", "value", "reason"],
        ["comments.csv", "3", "text", "", "there is no text; kept empty"],
        ["comments.csv", "5", "parentId", "99", "the proposal has no such comment; kept at the top level"],
    ]
    before = await contents(storage)
    again = await spilno("import", "decide-madrid", *files)
    assert counted(again.stdout) == {"people": ["3", "0", "3"], "debates": ["1", "0", "1"], "comments": ["4", "0", "4"]}
    assert await contents(storage) == before


async def test_an_import_does_not_bring_back_who_was_erased(spilno: Spilno, storage: Storage, tmp_path: Path) -> None:
    files = write_madrid(tmp_path)
    await spilno("import", "decide-madrid", *files)
    query = pick(PersonRow, "id", "name").where(col(PersonRow.locale) == "es").limit(1)
    async with storage.reading() as read:
        [author] = await read.rows(query)
    assert (await spilno("user", "erase", keys.encode("Person", author["id"]), "--yes")).exit_code == 0
    before = await contents(storage)

    assert (await spilno("import", "decide-madrid", *files)).exit_code == 0

    assert (await contents(storage))["identity_person"] == before["identity_person"]
    assert author["name"] not in str(before)


@pytest.mark.parametrize(
    ("command", "text", "what"), [("katottg", UNITS, "municipalities"), ("organisations", ENTITIES, "organisations")]
)
async def test_tables_come_in_once(
    spilno: Spilno, storage: Storage, tmp_path: Path, command: str, text: str, what: str
) -> None:
    file = tmp_path / "file.csv"
    file.write_text(text, encoding="utf-8")
    first = await spilno("import", command, file)
    assert first.exit_code == 0, first.output
    before = await contents(storage)
    again = await spilno("import", command, file)
    assert (counted(first.stdout), counted(again.stdout)) == ({what: ["2", "2", "0"]}, {what: ["2", "0", "2"]})
    assert await contents(storage) == before


@pytest.mark.parametrize("command", ["katottg", "organisations", "decide-madrid"])
async def test_bad_input_changes_nothing_and_says_why(
    spilno: Spilno, storage: Storage, tmp_path: Path, command: str
) -> None:
    rows = {"katottg": UNITS + "UA3,,X,Третя\n", "organisations": ENTITIES + "12,Три,company,,\n"}
    told = {
        "katottg": "file.csv, line 4, code «UA3»: is not UA and 17 digits\n",
        "organisations": "file.csv, line 4, edrpou «12»: is not 8 digits\n",
        "decide-madrid": "comments.csv, line 2, date «yesterday»: is not a date like 2015-09-15\n",
    }
    file = tmp_path / "file.csv"
    file.write_text(rows.get(command, ""), encoding="utf-8")
    files = write_madrid(tmp_path, [COMMENT | {"date": "yesterday"}]) if command == "decide-madrid" else (file,)
    before, report = await contents(storage), tmp_path / "report.csv"
    done = await spilno("import", command, *files, "--report", report)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == told[command] + "Nothing was imported.\n"
    assert await contents(storage) == before
    assert len(table(report)) == 2


async def test_what_breaks_at_its_end_leaves_nothing(
    spilno: Spilno, storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_debates = imports.put_debates

    async def breaking(*given: Any, **named: Any) -> None:
        await put_debates(*given, **named)
        raise OSError("The disk is full.")

    monkeypatch.setattr(imports, "put_debates", breaking)
    before = await contents(storage)
    done = await spilno("import", "decide-madrid", *write_madrid(tmp_path))
    assert (done.exit_code, done.stderr) == (1, "The disk is full.\n")
    assert await contents(storage) == before


async def test_twenty_problems_are_shown_and_the_others_counted(spilno: Spilno, tmp_path: Path) -> None:
    said, report = [COMMENT | {"id": str(number), "parentId": "9"} for number in range(100, 125)], tmp_path / "all.csv"
    kept = await spilno("import", "decide-madrid", *write_madrid(tmp_path, said), "--report", report)
    assert kept.stdout.count("line ") == 20
    assert kept.stdout.endswith("\n  ... and 5 more.\n")
    assert len(table(report)) == 26
    refused = await spilno("import", "decide-madrid", *write_madrid(tmp_path, [row | {"time": ""} for row in said]))
    assert refused.stderr.count("line ") == 20
    assert refused.stderr.endswith("\n... and 5 more.\nNothing was imported.\n")


async def test_a_file_that_is_not_there(spilno: Spilno, storage: Storage, tmp_path: Path) -> None:
    before = await contents(storage)
    for command in ("katottg", "organisations"):
        done = await spilno("import", command, tmp_path / "away.csv")
        assert done.exit_code == 1
        assert done.stderr == "away.csv: cannot be read: No such file or directory\nNothing was imported.\n"
    done = await spilno("import", "decide-madrid", tmp_path / "away.csv", tmp_path / "gone.csv")
    assert (done.exit_code, "away.csv: cannot be read" in done.stderr) == (1, True)
    assert await contents(storage) == before


async def test_a_report_that_cannot_be_written_is_known_first(spilno: Spilno, storage: Storage, tmp_path: Path) -> None:
    before = await contents(storage)
    done = await spilno("import", "decide-madrid", *write_madrid(tmp_path), "--report", tmp_path / "no" / "r.csv")
    assert (done.exit_code, "No such file or directory" in done.stderr) == (1, True)
    assert await contents(storage) == before


async def test_a_municipality_other_than_madrid_has_to_be_there(
    spilno: Spilno, storage: Storage, tmp_path: Path
) -> None:
    before, files = await contents(storage), write_madrid(tmp_path)
    done = await spilno("import", "decide-madrid", *files, "--municipality", "UA1")
    assert (done.exit_code, done.stderr) == (1, "There is no municipality UA1: import it first.\n")
    assert await contents(storage) == before
    done = await spilno("import", "decide-madrid", *files, "--municipality", "UA80000000000093317")
    assert done.exit_code == 0
    assert (await contents(storage))["identity_municipality"] == before["identity_municipality"]


async def test_a_value_with_the_signs_of_markup_is_told_as_it_is(spilno: Spilno, tmp_path: Path) -> None:
    done = await spilno("import", "decide-madrid", *write_madrid(tmp_path, [COMMENT | {"userId": "[/red]"}]))
    assert done.stderr.startswith("comments.csv, line 2, userId «[/red]»: is not a whole number\n")


async def test_postgresql_is_its_operators_to_migrate(spilno: Spilno, tmp_path: Path, postgres: str) -> None:
    async with create_database(postgres) as url:
        done = await spilno("import", "decide-madrid", *write_madrid(tmp_path), "--database-url", url)
    assert done.exit_code == 1
    assert done.stderr.startswith("Run `spilno migrate`: the tables of kernel, identity, ")


async def test_a_database_that_cannot_be_used_is_told_in_a_sentence(
    spilno: Spilno, tmp_path: Path, postgres: str
) -> None:
    (tmp_path / "text.db").write_text("This is no database. " * 100)
    nowhere = make_url(postgres).set(database="nowhere").render_as_string(hide_password=False)
    for url, told in (
        (f"sqlite+aiosqlite:///{tmp_path / 'text.db'}", "The database cannot be used: file is not a database\n"),
        (nowhere, 'The database cannot be used: database "nowhere" does not exist\n'),
        ("mysql://localhost/spilno", "SPILNO_DATABASE_URL: Value error, begins with postgresql+asyncpg:// or"),
    ):
        done = await spilno("import", "decide-madrid", *write_madrid(tmp_path), "--database-url", url)
        assert (done.exit_code, done.stderr[: len(told)]) == (1, told)


@pytest.mark.parametrize("command", ["katottg", "organisations", "decide-madrid"])
async def test_help_has_an_example(spilno: Spilno, command: str) -> None:
    done = await spilno("import", command, "--help")
    assert (done.exit_code, f"Example: spilno import {command} " in done.stdout) == (0, True)


def test_the_real_files_into_a_database_that_is_not_there_yet(tmp_path: Path) -> None:
    files = [real_file("decide-madrid/proposals.csv"), real_file("decide-madrid/comments.csv")]
    url = f"sqlite+aiosqlite:///{tmp_path / 'new' / 'spilno.db'}"
    environment = os.environ | {"SPILNO_DATABASE_URL": url}
    for new, there in (("5,633", "0"), ("0", "5,633")):
        command = [*SPILNO, "import", "decide-madrid", *map(str, files)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert counted(done.stdout)["comments"] == ["5,633", new, there]
        assert "Not right, and taken all the same: 330\n" in done.stdout
        assert done.stdout.endswith("  ... and 310 more.\n")
