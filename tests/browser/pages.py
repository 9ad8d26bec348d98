"""The pages: the code that docs/live-clients.md shows, bundled with the clients, and served from a port of its own."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.node_packages import node_modules

FOLDER = Path(__file__).parent
DOCUMENT = FOLDER.parents[1] / "docs" / "live-clients.md"
BLOCK = re.compile(r"^```(?:js|sh)\n(?://|#) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CLIENTS = ("graphql-ws", "apollo", "apollo-multipart", "urql", "urql-streams", "graphql-sse", "event-source")
HTML = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="bundle.js"></script>'


def documented() -> dict[str, str]:
    """The examples by the name of the file, which is their first line."""
    return dict(BLOCK.findall(DOCUMENT.read_text()))


def require_packages() -> Path:
    """`node_modules` of the pages, or the test is skipped with a word."""
    try:
        folder = node_modules(beside=FOLDER)
    except RuntimeError as error:
        pytest.skip(str(error))
    if folder is None:
        pytest.skip("needs node and npm on PATH: this test drives the clients of frontends")
    return folder


@dataclass(frozen=True)
class Pages:
    """`origin` is where they are served from."""

    origin: str
    _folder: Path

    def addresses(self, url: str, debate: str, *clients: str) -> dict[str, str]:
        """Of the pages that follow a debate, one by each client."""
        asked = ((client, {"client": client, "url": url, "debate": debate}) for client in clients)
        return {client: f"{self.origin}/?{urlencode(settings)}" for client, settings in asked}

    def sign_in(self, token: str) -> None:
        """Whom they are from their next connection on."""
        new = self._folder / "token.json.new"
        new.write_text(json.dumps({"token": token}))
        new.replace(self._folder / "token.json")


@contextmanager
def serving_pages(folder: Path) -> Iterator[Pages]:
    """Bundled into an empty folder, served until the end of the block."""
    _bundle(folder)
    (folder / "index.html").write_text(HTML)
    with served(folder) as origin:
        yield Pages(origin, folder)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The origin of the files in a folder, on a port of its own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=folder)) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Requests of the pages are nothing to report."""


def _bundle(folder: Path) -> None:
    packages = require_packages()
    sources = folder / "sources"
    sources.mkdir()
    for name, code in documented().items():
        (sources / name).write_text(code)
    shutil.copy(FOLDER / "main.js", sources)
    command = [
        str(packages / ".bin" / "esbuild"),
        "main.js",
        "--bundle",
        "--format=esm",
        f"--outfile={folder}/bundle.js",
    ]
    environment = {**os.environ, "NODE_PATH": str(packages)}
    done = subprocess.run(command, cwd=sources, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
