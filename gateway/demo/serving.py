"""The demo, loaded and served; it tells where to look and who to be."""

import asyncio
import sys
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from logging import WARNING
from signal import SIGTERM, signal
from socket import socket

import uvicorn
from rich.console import Console
from rich.table import Table

from gateway.app import build
from gateway.demo import content
from gateway.demo.loading import Loaded, keyed, load
from gateway.demo.trickle import trickling
from gateway.execution.engine import Engine
from gateway.logs import configure
from gateway.services import Services, prepare_embedded, require_migrated, services
from gateway.serving import options
from gateway.settings import Settings
from gateway.wiring import asked_by_identity
from modules.kernel import clock, keys
from modules.kernel.refusals import Refusal

console = Console(highlight=False)


def serve(chosen: Settings, listener: socket, host: str, *, still: bool) -> None:
    """Serve until stopped, and let people talk and vote unless it is `still`. Raises RuntimeError when the database
    is not migrated."""
    configure(chosen.log_format, WARNING)
    with console.status("Loading the demo data ..."):
        loaded = asyncio.run(_loaded(chosen))

    def beside(held: Services, engine: Engine) -> AbstractAsyncContextManager[None]:
        _tell(loaded, host, listener.getsockname()[1])
        return nullcontext() if still else trickling(held, engine, loaded)

    config = uvicorn.Config(build(chosen, beside=beside), **{**options(chosen), "timeout_graceful_shutdown": 3})
    # uvicorn ends by the signal that it was sent; as an exit, it lets the temporary database be removed.
    signal(SIGTERM, lambda *_: sys.exit(128 + SIGTERM))
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


async def _loaded(chosen: Settings) -> Loaded:
    held, made = services(chosen), content.build(clock.now())
    try:
        await prepare_embedded(held)
        await require_migrated(held.storage)
        return await load(held.storage, made, held.ports[asked_by_identity.Secrets])
    except Refusal:
        console.print("The demo data is in this database already: it is served as it is.")
        return keyed(made)
    finally:
        await held.storage.close()


def _tell(loaded: Loaded, host: str, port: int) -> None:
    demo, site = loaded.demo, f"{host}:{port}"
    lines = (
        f"\n[bold]SPILNO[/] serves {len(demo.debates)} debates, {len(demo.comments):,} comments, {len(demo.polls)} polls, "
        f"{len(demo.people)} people, {len(demo.organisations)} organisations.\n",
        f"  GraphiQL     http://{site}/graphql",
        f"  Queries      POST http://{site}/graphql",
        f"  Live         ws://{site}/graphql (graphql-transport-ws)",
        f"  Health       http://{site}/readyz\n",
        f"  Live debate  {keys.encode('Debate', loaded.debates[demo.live_debate])}",
        f"  Live poll    {keys.encode('Poll', loaded.polls[demo.live_poll])}\n",
    )
    console.print("\n".join(lines), soft_wrap=True)
    table = Table("Sign in as", "password", "who", box=None, padding=(0, 2, 0, 2), header_style="dim")
    for login in demo.logins:
        who, place = demo.people[login.person], demo.municipalities[login.municipality]
        table.add_row(login.email, login.password, f"{who.name}, {login.role}, {place.english_name}")
    console.print(table)
    console.print("\nCtrl-C stops it.")
