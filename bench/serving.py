"""The server that is measured: `spilno serve`, a process of its own, as it runs in production."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from urllib.error import URLError
from urllib.request import urlopen

from bench.machine import Cores

START_WITHIN = 30  # seconds


@dataclass(frozen=True)
class Server:
    port: int
    pid: int

    def cpu_seconds(self) -> float | None:
        """What the process has spent so far, all its threads; None where the system does not tell."""
        try:
            told = Path(f"/proc/{self.pid}/stat").read_text()
        except FileNotFoundError:
            return None
        user, system = told.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(database_url: str, cores: Cores) -> Iterator[Server]:
    """Migrated database in, server out: token check, limits, masking and one line of log a request are on."""
    port = _free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SPILNO_")},
        "SPILNO_DATABASE_URL": database_url,
        "SPILNO_BUS_URL": "memory://",
        "SPILNO_SECRET_KEY": "a-secret-that-only-the-benchmark-knows",
        "SPILNO_ALLOWED_ORIGINS": "https://example.org",
        "SPILNO_LOG_FORMAT": "json",
    }
    command = [str(Path(sys.executable).with_name("spilno")), "serve", "--port", str(port)]
    with TemporaryFile() as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
        try:
            cores.give_server(process.pid)
            if not _ready(port, process):
                log.seek(0)
                raise RuntimeError(f"The server did not start:\n{log.read().decode(errors='replace')[-3000:]}")
            yield Server(port, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def _ready(port: int, process: "subprocess.Popen[bytes]") -> bool:
    deadline = time.monotonic() + START_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, TimeoutError):
            time.sleep(0.05)
    return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
