"""`spilno serve`, `migrate`, `trim` and `schema`: running an installation."""

import os
from typing import Annotated

import typer

from gateway.commands.program import settings, stop, told_plainly

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)]
DatabaseUrl = Annotated[str | None, typer.Option(help="Instead of SPILNO_DATABASE_URL.", show_default=False)]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    module: Annotated[str, typer.Option(help="Serve this module alone, as a Federation subgraph.")] = "",
    workers: Annotated[int, typer.Option(help="How many processes.", min=1, max=64)] = 1,
) -> None:
    """Serve the graph at /graphql: queries, mutations and WebSocket.

    Example: [bold]SPILNO_DATABASE_URL=postgresql+asyncpg://spilno@db/spilno SPILNO_BUS_URL=redis://redis
    SPILNO_SECRET_KEY=... spilno serve --host 0.0.0.0 --workers 4[/]
    """
    import uvicorn

    from gateway.app import from_environment, schema, trusted
    from gateway.documents.manifest import BadManifest
    from gateway.execution.engine import Engine
    from gateway.logs import configure
    from gateway.serving import options

    chosen = settings(module=module or None)
    with told_plainly(LookupError, RuntimeError, BadManifest):
        chosen.require_secret()
        trusted(chosen, Engine(schema(chosen.module)))
    if not chosen.is_embedded and not chosen.smtp_url.get_secret_value():
        typer.echo("SPILNO_SMTP_URL is not set: letters to people, and the links in them, are printed here.", err=True)
    if workers > 1:
        if chosen.bus_url.startswith("memory"):
            raise stop("Several workers need a bus between them: set SPILNO_BUS_URL=redis://...")
        configure(chosen.log_format)  # this process tells which of them end
    os.environ["SPILNO_MODULE"] = chosen.module  # workers are new processes: they read the environment
    application = "gateway.app:from_environment" if workers > 1 else from_environment
    uvicorn.run(
        application,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        **options(chosen),
    )


def migrate(
    database_url: DatabaseUrl = None,
    restored: Annotated[
        bool, typer.Option("--restored", help="After restoring a backup: makes live cursors void.")
    ] = False,
    serving_role: Annotated[
        str | None,
        typer.Option(
            help="Role of PostgreSQL as which `spilno serve` connects: is let read and write.", show_default=False
        ),
    ] = None,
) -> None:
    """Bring the database's tables up to date. Safe to run from several processes at once.

    Example: [bold]spilno migrate --database-url postgresql+asyncpg://spilno@db/spilno --serving-role spilno_serving[/]
    """
    from gateway.commands.opening import run
    from gateway.modules import migrated
    from gateway.services import services
    from modules.kernel.migrating import admit, behind, renew_epoch, upgrade

    async def bring_up() -> list[str]:
        held = services(chosen)
        if chosen.database_file:
            chosen.database_file.parent.mkdir(parents=True, exist_ok=True)
        try:
            late = await behind(held.storage, migrated())
            await upgrade(held.storage, migrated())
            if restored:
                await renew_epoch(held.storage)
            if serving_role is not None:
                await admit(held.storage, migrated(), serving_role)
        finally:
            await held.storage.close()
        return late

    chosen = settings(database_url=database_url)
    if serving_role is not None and chosen.database_file is not None:
        raise stop("--serving-role is for PostgreSQL: SQLite has no roles.")
    late = run(bring_up())
    typer.echo(f"Brought up to date: {', '.join(late)}." if late else "Everything is up to date.")
    if restored:
        typer.echo("Live cursors from before are void: clients query again.")


def trim(
    days: Annotated[int, typer.Option(help="Keep the events of so many days.", min=1)] = 30,
    database_url: DatabaseUrl = None,
) -> None:
    """Forget old events of the log. A live client that was away for longer is told to query again. Safe while serving.

    Example: [bold]spilno trim --days 30[/], once a day
    """
    from datetime import timedelta

    from gateway.commands.opening import database, run
    from modules.kernel import clock
    from modules.kernel.trimming import trim as forget

    async def forgotten() -> int:
        async with database(database_url) as held:
            return await forget(held.storage, clock.now() - timedelta(days=days))

    typer.echo(f"Forgotten: {run(forgotten()):,} events.")


def schema(
    module: Annotated[str, typer.Argument(help="Print this module's subgraph instead.")] = "",
) -> None:
    """Print the graph's schema, sorted; or one module's Federation subgraph.

    Example: [bold]spilno schema civic > civic.graphql[/]
    """
    from gateway.app import schema as made
    from gateway.printing import sdl

    with told_plainly(LookupError):
        typer.echo(sdl(made(module)))
