"""`spilno demo`: the graph with lively data, on the embedded default."""

import os
import socket
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.operating import Host, Port
from gateway.commands.program import settings, stop, told_plainly


def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    database_url: Annotated[
        str | None, typer.Option(help="Fill this database and keep it; a temporary one when left out.")
    ] = None,
    still: Annotated[bool, typer.Option("--still", help="Do not keep talking and voting by itself.")] = False,
) -> None:
    """Serve the graph with demo data: three municipalities, people, debates, polls and a register.

    Example: [bold]spilno demo --port 8080 --still[/]
    """
    listener = _listener(host, port)  # before anything is loaded: a taken port is told at once
    with listener, tempfile.TemporaryDirectory(prefix="spilno-demo-") as folder, told_plainly(RuntimeError):
        from gateway.demo.serving import serve

        url = database_url or f"sqlite+aiosqlite:///{Path(folder) / 'demo.db'}"
        serve(settings(database_url=url), listener, host, still=still)


def _listener(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise stop(
            f"Cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}. Choose another with --port."
        ) from None
