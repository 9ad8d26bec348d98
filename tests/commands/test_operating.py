"""`spilno demo`, `serve`, `migrate` and `schema`, run as their users run them."""

import os
import re
import socket
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from signal import SIGTERM
from time import monotonic, sleep

import httpx2
import pytest
import sqlalchemy as sa

from modules.kernel import log
from modules.kernel.storage import Storage
from tests.accounts import joined_apart
from tests.processes import SECRET, SPILNO, running
from tests.servers import RedisServer, free_port

COMMANDS = (
    ["demo"],
    ["serve"],
    ["migrate"],
    ["trim"],
    ["schema"],
    ["documents"],
    ["import", "katottg"],
    ["import", "organisations"],
    ["import", "decide-madrid"],
    ["replay", "decide-madrid"],
    ["user", "create"],
)


def spilno(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    given = {f"SPILNO_{name.upper()}": value for name, value in settings.items()}
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb", **given}
    return subprocess.run([str(SPILNO), *words], env=environment, capture_output=True, text=True, timeout=90)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(command: list[str]) -> None:
    shown = spilno(*command, "--help")
    assert shown.returncode == 0
    assert "Example:" in shown.stdout


def test_the_schema_is_what_is_committed() -> None:
    committed = Path(__file__).parents[2] / "schema.graphql"
    assert spilno("schema").stdout == committed.read_text()


def test_a_modules_subgraph_is_printed_and_an_unknown_one_is_named() -> None:
    assert "@key" in spilno("schema", "voting").stdout
    unknown = spilno("schema", "taxes")
    assert (unknown.returncode, "identity, civic, voting, registry" in unknown.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "settings", "told"),
    [
        (["serve"], {"database_url": "postgresql+asyncpg://127.0.0.1:1/none"}, "SPILNO_SECRET_KEY"),
        (["serve"], {"database_url": "nonsense"}, "SPILNO_DATABASE_URL"),
        (["serve", "--workers", "2"], {}, "SPILNO_BUS_URL"),
        (["serve", "--module", "taxes"], {}, "no module 'taxes'"),
        (["migrate"], {"database_url": "postgresql+asyncpg://127.0.0.1:1/none", "secret_key": SECRET}, "127.0.0.1"),
        (["migrate"], {"database_url": f"sqlite+aiosqlite:///{__file__}"}, "file is not a database"),
        (["serve"], {"bus_url": "foo"}, "SPILNO_BUS_URL"),
    ],
)
def test_what_cannot_run_says_why_in_a_line(words: list[str], settings: Mapping[str, str], told: str) -> None:
    refused = spilno(*words, **settings)
    assert refused.returncode == 1
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr


def test_migrating_twice_finds_it_done(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'folder' / 'spilno.db'}"
    assert spilno("migrate", "--database-url", url).stdout == (
        "Brought up to date: kernel, identity, civic, voting, registry.\n"
    )
    assert spilno("migrate", "--database-url", url).stdout == "Everything is up to date.\n"


async def test_a_restored_backup_begins_a_history_of_its_own(database_url: str, storage: Storage) -> None:
    async def epochs() -> list[str]:
        async with storage.reading() as read:
            return [row["id"] for row in await read.rows(sa.select(log.epochs))]

    def migrate(*words: str) -> str:
        return spilno("migrate", *words, database_url=database_url, secret_key=SECRET).stdout

    before = await epochs()
    assert migrate() == "Everything is up to date.\n"
    assert await epochs() == before
    told = "Everything is up to date.\nLive cursors from before are void: clients query again.\n"
    assert migrate("--restored") == told
    after = await epochs()
    assert len(after) == 1
    assert after != before


def test_the_demo_tells_where_to_look_and_serves_it(tmp_path: Path) -> None:
    port, output = free_port(), tmp_path / "output"
    command = [
        str(SPILNO),
        "demo",
        "--still",
        "--port",
        str(port),
        "--database-url",
        f"sqlite+aiosqlite:///{tmp_path / 'demo.db'}",
    ]
    for told in ("39 debates", "already"):
        with output.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
            try:
                _answer(f"http://127.0.0.1:{port}/readyz", process)
                shown = output.read_text()
                assert told in shown
                for login in ("olena@demo.example", "maksym@demo.example", "iryna@demo.example"):
                    assert login in shown
                debate = re.search(r"Debate_[0-9a-f]{32}", shown)
                assert debate is not None
                asked = {"query": "query($id: ID!) { debate(id: $id) { isOpen } }", "variables": {"id": debate[0]}}
                answer = httpx2.post(f"http://127.0.0.1:{port}/graphql", json=asked, timeout=20).json()
                assert answer == {"data": {"debate": {"isOpen": True}}}
            finally:
                process.terminate()


def test_a_taken_port_is_told_before_anything_is_loaded() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = spilno("demo", "--port", port)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"Cannot listen on 127.0.0.1:{port}: Address already in use. Choose another with --port.\n"


def test_workers_on_a_new_database_know_who_signed_out_elsewhere(tmp_path: Path) -> None:
    """Each makes the database or finds it made, and hears of the others by the bus."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'site.db'}"
    with (
        RedisServer() as redis,
        running(free_port(), {"database_url": url, "bus_url": redis.url}, "--workers", "3") as server,
    ):
        assert server.ask("{ debates { totalCount } }") == {"debates": {"totalCount": 0}}
        token = joined_apart(url)
        with ExitStack() as stack:
            clients = [stack.enter_context(_client(server.address, token)) for _ in range(24)]
            processes = {_who(client)[1] for client in clients}
            assert {_who(client)[0] for client in clients} == {200}
            server.ask("mutation { signOut { __typename } }", token=token)
            deadline = monotonic() + 5.0
            while 200 in [_who(client)[0] for client in clients]:
                assert monotonic() < deadline
            assert {_who(client)[0] for client in clients} == {401}
        assert len(processes) > 1


@pytest.mark.parametrize("protocol", ["own", "stock"])
def test_either_protocol_class_serves_and_stops_when_it_is_told(tmp_path: Path, protocol: str) -> None:
    settings = {"database_url": f"sqlite+aiosqlite:///{tmp_path / 'site.db'}", "http": protocol}
    with running(free_port(), settings) as server:
        assert server.ask("{ debates { totalCount } }") == {"debates": {"totalCount": 0}}
        assert server.stop() == -SIGTERM  # uvicorn ends by the signal that it was sent


def _client(address: str, token: str) -> httpx2.Client:
    headers = {"authorization": f"Bearer {token}"}
    return httpx2.Client(base_url=f"http://{address}", headers=headers, timeout=20)


def _who(client: httpx2.Client) -> tuple[int, str]:
    """The status of a question that is somebody's, and the process that answers on this connection."""
    status = client.post("/graphql", json={"query": "{ viewer { email } }"}).status_code
    process = re.search(r'^spilno_process\{pid="(\d+)"\} 1', client.get("/metrics").text, re.MULTILINE)
    assert process is not None
    return status, process[1]


def _answer(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until it is ready."""
    deadline = monotonic() + 60
    while process.poll() is None and monotonic() < deadline:
        with suppress(httpx2.TransportError):
            if httpx2.get(url, timeout=5).status_code == 200:
                return
        sleep(0.1)
    raise AssertionError("the demo did not come up")


def test_trim_forgets_what_is_old(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'site.db'}"
    done = spilno("trim", "--days", "30", database_url=url)
    assert (done.returncode, done.stdout) == (0, "Forgotten: 0 events.\n")
    assert spilno("trim", "--days", "0", database_url=url).returncode == 2
