"""`spilno demo`: the graph with lively data, on the embedded default."""

import os
import socket
import tempfile
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gateway.commands.operating import Host, Port
from gateway.commands.program import settings, stop

if TYPE_CHECKING:
    from gateway.demo.loading import Loaded
    from gateway.settings import Settings

console = Console(highlight=False)


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
    with tempfile.TemporaryDirectory(prefix="spilno-demo-") as folder:
        url = database_url or f"sqlite+aiosqlite:///{Path(folder) / 'demo.db'}"
        _serve(settings(database_url=url), host, port, still=still)


def _serve(chosen: "Settings", host: str, port: int, *, still: bool) -> None:
    import asyncio
    from logging import WARNING

    import uvicorn

    from gateway.app import build
    from gateway.demo.trickle import trickling
    from gateway.logs import configure

    configure(chosen.log_format, WARNING)
    listener = _listener(host, port)  # before anything is loaded: a taken port is told at once
    with console.status("Loading the demo data ..."):
        loaded = asyncio.run(_loaded(chosen))

    def beside(held: Any, engine: Any) -> AbstractAsyncContextManager[None]:
        _tell(loaded, host, listener.getsockname()[1])
        return nullcontext() if still else trickling(held, engine, loaded)

    config = uvicorn.Config(
        build(chosen, beside=beside),
        log_config=None,
        access_log=False,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=3,
    )
    with listener, suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _listener(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise stop(
            f"Cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}. Choose another with --port."
        ) from None


async def _loaded(chosen: "Settings") -> "Loaded":
    from gateway.demo.content import build
    from gateway.demo.loading import keyed, load
    from gateway.services import prepare_embedded, require_migrated, services
    from modules.kernel import clock
    from modules.kernel.refusals import Refusal

    held, content = services(chosen), build(clock.now())
    try:
        await prepare_embedded(held)
        await require_migrated(held.storage)
        return await load(held.storage, content)
    except RuntimeError as error:
        raise stop(str(error)) from None
    except Refusal:
        console.print("The demo data is in this database already: it is served as it is.")
        return keyed(content)
    finally:
        await held.storage.close()


def _tell(loaded: "Loaded", host: str, port: int) -> None:
    """Print where to look and who to be."""
    from modules.kernel import keys

    site, content = f"http://{host}:{port}", loaded.demo
    debate = keys.encode("Debate", loaded.debates[content.live_debate])
    poll = keys.encode("Poll", loaded.polls[content.live_poll])
    console.print(
        f"\n[bold]SPILNO[/] serves {len(content.debates)} debates, {len(content.comments):,} comments, ", end=""
    )
    console.print(
        f"{len(content.polls)} polls, {len(content.people)} people, {len(content.organisations)} organisations.\n"
    )
    console.print(f"  GraphiQL        {site}/graphql\n  Queries         POST {site}/graphql")
    console.print(
        f"  Live            ws://{host}:{port}/graphql (graphql-transport-ws)\n  Health          {site}/readyz\n"
    )
    console.print(f"  Live debate     {debate}\n  Live poll       {poll}\n")
    table = Table("Sign in as", "password", "who", box=None, padding=(0, 2, 0, 2), header_style="dim")
    for login in content.logins:
        who, place = content.people[login.person], content.municipalities[login.municipality]
        table.add_row(login.email, login.password, f"{who.name}, {login.role}, {place.english_name}")
    console.print(table)
    console.print("\nCtrl-C stops it.")
