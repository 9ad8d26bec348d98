"""Servers that are measured, each a process of its own; ours is `spilno serve`, as it runs in production."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from urllib.error import URLError
from urllib.request import Request, urlopen

from bench.machine import Cores
from bench.processes import Spent, seconds_of, seconds_of_family

START_WITHIN = 30  # seconds


@dataclass(frozen=True)
class Server:
    port: int
    pid: int
    postmaster: int | None

    def spent(self) -> Spent:
        """Nobody else uses PostgreSQL while a server is measured: what it spends, it spends for this one."""
        database = None if self.postmaster is None else seconds_of_family(self.postmaster)
        return Spent(seconds_of(self.pid), database)


@dataclass(frozen=True)
class Program:
    """A server to start. It listens on the port that the environment names as PORT, or the command as `{port}`."""

    command: Sequence[str]
    environment: Mapping[str, str]


def spilno(database_url: str, bus_url: str = "memory://") -> Program:
    """Of a migrated database: token check, limits, masking and one line of log a request are on."""
    environment = {
        "SPILNO_DATABASE_URL": database_url,
        "SPILNO_BUS_URL": bus_url,
        "SPILNO_SECRET_KEY": "a-secret-that-only-the-benchmark-knows",
        "SPILNO_ALLOWED_ORIGINS": "https://example.org",
        "SPILNO_LOG_FORMAT": "json",
        **{f"SPILNO_LIMIT_{name}": "1000000000000/minute" for name in ("PERSON", "ADDRESS", "SIGN_IN", "WRITES")},
    }
    command = (str(Path(sys.executable).with_name("spilno")), "serve", "--port", "{port}")
    return Program(command, environment)


@contextmanager
def serving(program: Program, cores: Cores, postmaster: int | None) -> Iterator[Server]:
    """The server, once it is ready."""
    port = _free_port()
    command = [word.format(port=port) for word in program.command]
    others = {name: value for name, value in os.environ.items() if not name.startswith("SPILNO_")}
    environment = {**others, **program.environment, "PORT": str(port)}
    with TemporaryFile() as log:
        with cores.for_server():
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            if not _ready(port, process):
                log.seek(0)
                raise RuntimeError(f"{command[0]} did not start:\n{log.read().decode(errors='replace')[-3000:]}")
            yield Server(port, process.pid, postmaster)
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _ready(port: int, process: "subprocess.Popen[bytes]") -> bool:
    asked = Request(
        f"http://127.0.0.1:{port}/graphql", b'{"query":"{__typename}"}', {"Content-Type": "application/json"}
    )
    deadline = time.monotonic() + START_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(asked, timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, TimeoutError):
            time.sleep(0.05)
    return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
