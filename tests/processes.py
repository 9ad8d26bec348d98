"""`spilno serve` as its users run it: processes of their own, on 127.0.0.1."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from time import monotonic, sleep
from typing import Self

import httpx2
from prometheus_client.parser import text_string_to_metric_families

SPILNO = Path(sys.executable).parent / "spilno"
SECRET = "a secret of a test, and of nothing else"


class Server:
    """One server process. `spilno serve` with these settings (without the prefix SPILNO_) and options.

    What it says goes to the end of the file `log`, or nowhere.
    """

    def __init__(self, port: int, settings: Mapping[str, str], *options: str, log: Path = Path(os.devnull)) -> None:
        self._log = log
        self.address = f"127.0.0.1:{port}"
        self._command = [str(SPILNO), "serve", "--port", str(port), *options]
        self._environment = {**os.environ, **{f"SPILNO_{name.upper()}": value for name, value in settings.items()}}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Returns when it is ready to serve."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stderr=log)
        deadline = monotonic() + 60
        while not self._is_ready():
            if self._process.poll() is not None or monotonic() > deadline:
                raise RuntimeError(f"{' '.join(self._command)} is not ready: exit code {self._process.returncode}")
            sleep(0.05)
        return self

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(30)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Its sockets stay open and nothing answers, as with a host that hangs."""
        assert self._process is not None
        self._process.send_signal(SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(SIGCONT)

    def end(self) -> None:
        """Stop it if it runs."""
        if self._process is not None and self._process.poll() is None:
            self.stop()

    def metrics(self) -> dict[str, float]:
        """What it tells of itself, by name; those of several labels summed."""
        text = httpx2.get(f"http://{self.address}/metrics", timeout=5).text
        values: dict[str, float] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                values[sample.name] = values.get(sample.name, 0.0) + sample.value
        return values

    def ask(
        self, query: str, variables: Mapping[str, object] | None = None, token: str | None = None
    ) -> dict[str, object]:
        """The data of an answer without errors."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables}
        answer = httpx2.post(f"http://{self.address}/graphql", json=body, headers=headers, timeout=20).json()
        assert "errors" not in answer, answer
        data: dict[str, object] = answer["data"]
        return data

    def _is_ready(self) -> bool:
        with suppress(httpx2.TransportError):
            return httpx2.get(f"http://{self.address}/readyz", timeout=5).status_code == 200
        return False


@contextmanager
def running(port: int, settings: Mapping[str, str], *options: str) -> Iterator[Server]:
    """A server that is ended with the block, however that ends."""
    server = Server(port, settings, *options)
    try:
        yield server.start()
    finally:
        server.end()
