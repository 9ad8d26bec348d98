"""The nginx of deploy/, as it is shipped: only addresses, folders and the terminal it runs in are those of a test."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM
from typing import Any

import httpx2
import pytest

from tests.servers import _folder, _running, _wait, free_port

SHIPPED = Path(__file__).parents[2] / "deploy" / "nginx"
GATEWAYS = ("10.0.0.11:8001", "10.0.0.12:8001")  # of the shipped gateways.conf
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")  # nginx makes a folder for each, used or not


@dataclass(frozen=True)
class Proxy:
    """A running nginx."""

    address: str
    folder: Path

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What its access log says. A request is noted when it is over, so a client may be a moment ahead of it."""
        return [json.loads(line) for line in (self.folder / "access.log").read_text().splitlines()]

    @property
    def logs(self) -> str:
        """All that it wrote, wherever."""
        return "".join((self.folder / name).read_text() for name in ("access.log", "error.log", "log"))

    def post(self, query: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx2.Response:
        body = {"query": query, "variables": more.pop("variables", None)}
        url = f"http://{self.address}/graphql"
        return httpx2.post(url, json=body, headers=dict(headers or {}), timeout=20, **more)


def binary() -> str:
    """nginx, or the test is skipped with a word."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found is None:
        pytest.skip("needs nginx on PATH: this test runs it with the configuration in deploy/nginx")
    return found


@contextmanager
def nginx(first: str, second: str, site: str = "site.conf", more: Mapping[str, str] | None = None) -> Iterator[Proxy]:
    """nginx in front of two gateways. `more` is what else a test has to replace in the shipped files."""
    program = binary()
    with _folder() as folder:
        folder.chmod(0o755)  # its workers are not root
        port = free_port()
        replaced = dict(zip(GATEWAYS, (first, second), strict=True)) | _places(folder, port) | dict(more or {})
        _install(folder, site, replaced)
        check = [program, "-t", "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        checked = subprocess.run(check, capture_output=True, text=True, timeout=20, check=False)
        assert checked.returncode == 0, checked.stderr
        command = [*check[:1], *check[2:], "-g", "daemon off;"]
        with _running(command, folder, SIGTERM) as server:
            _wait(lambda: _is_open(port), server, folder)
            yield Proxy(f"127.0.0.1:{port}", folder)


def _places(folder: Path, port: int) -> dict[str, str]:
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    return {
        "/var/log/nginx/": f"{folder}/",
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "/var/www/acme": f"{folder}/acme",
        "http {": f"http {{ {temporary}",
        "listen 80 ": f"listen 127.0.0.1:{port} ",
    }


def _install(folder: Path, site: str, replaced: Mapping[str, str]) -> None:
    """The files as they come to lie in /etc/nginx."""
    unseen = set(replaced)
    (folder / "spilno").mkdir()
    (folder / "mime.types").write_text("types { text/html html; }")  # a distribution brings this one
    places = {name: name for name in ("nginx.conf", "spilno/gateways.conf", "spilno/graph.conf")}
    for source, target in (places | {f"spilno/{site}": "spilno/site.conf"}).items():
        text = (SHIPPED / source).read_text()
        for shipped, here in replaced.items():
            if shipped in text:
                unseen.discard(shipped)
                text = text.replace(shipped, here)
        (folder / target).write_text(text)
    assert not unseen, f"not in {SHIPPED}: {sorted(unseen)}"


def _is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
