"""The benchmark runs, on next to no data: its figures mean nothing here."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from bench.client import WrongAnswer, check
from bench.content import FULL, TINY, build

ROOT = Path(__file__).parents[2]
QUICKLY = ("--tiny", "--seconds", "0.2", "--warm-up", "0", "--connections", "2")


def _run(postgres: str, module: str, *arguments: str) -> str:
    """As a process of its own: it pins itself to some of the cores."""
    command = [sys.executable, "-m", module, "--postgres-url", postgres, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_all_five_queries_are_measured(postgres: str, tmp_path: Path) -> None:
    printed = _run(postgres, "bench", *QUICKLY, "--results", str(tmp_path))
    (kept,) = tmp_path.iterdir()
    outcome = orjson.loads(kept.read_bytes())
    entities = {each["name"]: each["entities"] for each in outcome["figures"]}
    assert entities == {"Q1": 1, "Q2": 50, "Q3": 829, "Q4": 140, "Q5": 1000}
    for each in outcome["figures"]:
        assert each["requests"] >= 3
        assert each["per_second"] > 0
        assert 0 < each["p50_ms"] <= each["p99_ms"]
        assert each["name"] in printed
    assert outcome["data"]["comments"] == TINY.comments
    assert outcome["versions"]["postgresql"] in printed


def test_a_query_is_profiled(postgres: str) -> None:
    printed = _run(postgres, "bench.profiling", "Q2", "--tiny", "--seconds", "0.2")
    assert printed.startswith("Q2: ")
    assert "sqlalchemy" in printed


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"{}"), (401, b'{"errors":[]}'), (200, b'{"errors":[{"message":"no"}],"data":{"debate":null}}')],
)
def test_a_wrong_answer_is_not_counted(status: int, body: bytes) -> None:
    with pytest.raises(WrongAnswer):
        check(status, body)


def test_a_text_about_errors_is_none() -> None:
    check(200, orjson.dumps({"data": {"body": 'it said "errors": none'}}))


def test_the_data_are_the_same_on_every_run() -> None:
    assert build(TINY) == build(TINY)
    assert (FULL.debates, FULL.people, FULL.legal_entities, FULL.comments) == (200, 2_000, 20_000, 40_080)
