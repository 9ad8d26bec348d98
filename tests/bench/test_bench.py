"""The benchmark runs, on next to no data: its figures mean nothing here."""

import asyncio
import shutil
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from bench.client import Asking, WrongAnswer, check, http_request, load
from bench.comparing import difference
from bench.content import FULL, TINY, build
from bench.figures import Figures
from bench.peers.postgraphile import as_ours
from bench.processes import Spent
from bench.ratios import ratio_tables

ROOT = Path(__file__).parents[2]
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"data":{}}'
QUICKLY = ("--tiny", "--seconds", "0.2", "--warm-up", "0", "--connections", "2")


def _run(postgres: str, module: str, *arguments: str) -> str:
    """As a process of its own: it pins itself to some of the cores."""
    command = [sys.executable, "-m", module, "--postgres-url", postgres, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _measured(postgres: str, results: Path, *arguments: str) -> tuple[str, Any]:
    """What was printed, and what was kept."""
    printed = _run(postgres, "bench", *QUICKLY, "--results", str(results), *arguments)
    (kept,) = results.iterdir()
    return printed, orjson.loads(kept.read_bytes())


@pytest.mark.soak  # slow: it runs what `make bench` runs
def test_all_five_queries_are_measured_on_ours_and_on_a_peer_of_node(postgres: str, tmp_path: Path) -> None:
    """That the peer answers the same, the benchmark itself sees to."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("needs node and npm on PATH: this peer is a JavaScript server")
    printed, outcome = _measured(postgres, tmp_path, "--peers", "mercurius")
    entities = {(each["name"], each["server"]): each["entities"] for each in outcome["figures"]}
    expected = {"Q1": 1, "Q2": 50, "Q3": 829, "Q4": 140, "Q5": 1000}
    assert entities == {(name, server): count for name, count in expected.items() for server in ("spilno", "mercurius")}
    for each in outcome["figures"]:
        assert each["requests"] >= 3
        assert each["per_second"] > 0
        assert 0 < each["p50_ms"] <= each["p99_ms"]
        assert each["name"] in printed
    assert {each["database_ms"] is None for each in outcome["figures"]} == {not Path("/proc").is_dir()}
    assert outcome["data"]["comments"] == TINY.comments
    assert outcome["versions"]["postgresql"] in printed
    assert outcome["versions"]["mercurius"] in printed
    assert printed.index("requests/s: ours / peer's, and goal") < printed.index("p50 ms")


@pytest.mark.parametrize(
    ("options", "servers"), [(["--no-peers"], ["spilno"]), (["--peers", "strawberry"], ["spilno", "strawberry"])]
)
def test_one_query_is_measured(postgres: str, tmp_path: Path, options: list[str], servers: list[str]) -> None:
    printed, outcome = _measured(postgres, tmp_path, *options, "--only", "Q4")
    assert [(each["name"], each["server"]) for each in outcome["figures"]] == [("Q4", server) for server in servers]
    assert ("and goal" in printed) is (len(servers) > 1)  # alone, there is nobody to be ahead of


def test_a_peer_that_nobody_knows_is_refused() -> None:
    command = [sys.executable, "-m", "bench", "--peers", "mercurius,apache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "apache" in done.stderr


def test_a_query_is_profiled(postgres: str) -> None:
    printed = _run(postgres, "bench.profiling", "Q2", "--tiny", "--seconds", "0.2")
    assert printed.startswith("Q2: ")
    assert "gateway/http/" in printed


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


@pytest.mark.parametrize(
    ("theirs", "where"),
    [
        ({"a": [{"id": "1"}, {"id": "3"}]}, "data.a[1].id: '2', theirs '3'"),
        ({"a": [{"id": "1"}]}, "data.a: 2 items, theirs 1"),
        ({"a": [{"id": "1"}, None]}, "data.a[1]: {'id': '2'}, theirs None"),
        ({"b": []}, "data: fields ['a'], theirs ['b']"),
        ({"a": [{"id": "1"}, {"id": "2"}]}, None),
    ],
)
def test_where_answers_differ(theirs: Any, where: str | None) -> None:
    assert difference({"a": [{"id": "1"}, {"id": "2"}]}, theirs) == where


def test_true_is_not_one() -> None:
    assert difference({"open": 1}, {"open": True}) == "data.open: 1, theirs True"


@pytest.mark.parametrize(("theirs", "same"), [("another", True), (None, False)])
def test_cursors_are_opaque_but_must_be_there(theirs: str | None, same: bool) -> None:
    assert (difference({"endCursor": "one"}, {"endCursor": theirs}) is None) is same


def test_answers_of_postgraphile_are_read_as_ours() -> None:
    theirs = {
        "debates": {
            "edges": [
                {
                    "node": {
                        "id": "0198c0e2-0000-7000-8000-000000000001",
                        "openedBy": {"id": "0198c0e2-0000-7000-8000-000000000002"},
                        "comments": {"edges": [{"node": {"createdAt": "2026-01-05T11:00:00.5+02:00"}}]},
                    }
                }
            ],
            "pageInfo": {"hasNextPage": False},
        },
        "page3": {"edges": [{"node": {"kind": "civic_organisation", "updatedAt": "2026-01-05T09:00:00+00:00"}}]},
    }
    assert as_ours(theirs) == {
        "debates": {
            "edges": [
                {
                    "node": {
                        "id": "Debate_0198c0e2000070008000000000000001",
                        "openedBy": {"id": "Person_0198c0e2000070008000000000000002"},
                        "comments": {"edges": [{"node": {"createdAt": "2026-01-05T09:00:00.500000Z"}}]},
                    }
                }
            ],
            "pageInfo": {"hasNextPage": False},
        },
        "page3": {"edges": [{"node": {"kind": "CIVIC_ORGANISATION", "updatedAt": "2026-01-05T09:00:00Z"}}]},
    }


def test_ratios_stand_beside_their_goals() -> None:
    ours, peer = _figures("spilno", per_second=300.0, p99_ms=4.0), _figures("mercurius", per_second=200.0, p99_ms=3.0)
    throughput, slowest, cpu = ratio_tables([[ours, peer]])
    assert throughput[1] == ("Q2 a page", "1.50 > 1.1")
    assert slowest[1] == ("Q2 a page", "0.75 < 1")
    assert cpu[1] == ("Q2 a page", "1.00")


def _figures(server: str, *, per_second: float, p99_ms: float) -> Figures:
    return Figures(
        name="Q2",
        title="a page",
        server=server,
        entities=50,
        kilobytes=1.0,
        requests=100,
        seconds=1.0,
        per_second=per_second,
        p50_ms=1.0,
        p99_ms=p99_ms,
        cpu_ms=0.5,
        database_ms=0.5,
        busy=1.0,
    )


async def test_a_server_is_left_with_nothing_to_do() -> None:
    """What was asked when the time was up is waited for: else its answers would be made in the next server's time."""
    asked = answered = 0
    connections = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked, answered
        connections.append(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, ConnectionError), closing(writer):
            while head := await reader.readuntil(b"\r\n\r\n"):
                asked += 1
                await reader.readexactly(int(head.rpartition(b"Content-Length: ")[2]))
                for _ in range(50):  # turns of the loop: some answers are always on their way
                    await asyncio.sleep(0)
                writer.write(ANSWER)
                answered += 1

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port, request = server.sockets[0].getsockname()[1], http_request(b"{}", None)
        found = await load(
            port, [request], connections=4, warm_up=0, seconds=0.05, spent=lambda: Spent(server=1.0, database=None)
        )
        assert asked == answered
        await asyncio.gather(*filter(None, connections))
    assert len(found.latencies) >= 12
    assert found.spent == Spent(server=0.0, database=None)


async def test_a_connection_that_rests_may_be_closed() -> None:
    """As servers do after some seconds, in which others of this load wait for their last answers."""
    asking = Asking([b""], 2)
    one, other = asking.connection(), asking.connection()
    ending = asyncio.create_task(asking.end())
    await asyncio.sleep(0)
    one.data_received(ANSWER)
    one.connection_lost(None)
    assert not ending.done()
    other.data_received(ANSWER)
    await ending


async def test_a_connection_that_waits_may_not_be_closed() -> None:
    asking = Asking([b""], 1)
    asking.connection().connection_lost(None)
    with pytest.raises(WrongAnswer):
        await asking.end()
