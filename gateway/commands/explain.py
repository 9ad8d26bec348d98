"""`spilno explain`: what becomes of a query."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.program import settings, stop

Document = Annotated[Path, typer.Argument(help="A .graphql file.", exists=True, dir_okay=False, show_default=False)]
Operation = Annotated[str | None, typer.Option(help="Which operation, when the file has several.", show_default=False)]
Variables = Annotated[str, typer.Option(help="Its variables as JSON: they decide what is selected, and filters.")]
Database = Annotated[
    str | None, typer.Option("--database-url", help="For which database; it is not asked.", show_default=False)
]


def explain(
    document: Document, operation: Operation = None, variables: Variables = "{}", database: Database = None
) -> None:
    """Show the Python that a query becomes, the statements it runs, and what is answered in another way, and why.

    Example: [bold]spilno explain operations/debate-page.graphql --variables '{"id": "Debate_..."}'[/]
    """
    import orjson
    from graphql import GraphQLError

    from gateway.app import schema
    from gateway.execution.engine import Engine
    from gateway.execution.explaining import explained
    from modules.kernel.storage import Storage

    try:
        given = orjson.loads(variables)
    except orjson.JSONDecodeError as error:
        raise stop(f"--variables is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise stop("--variables is an object: one value for each name.")
    try:
        text = document.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise stop(f"{document} is not UTF-8.") from None
    engine = Engine(schema())
    prepared = engine.prepare(text)
    storage = Storage(settings(database_url=database).database_url)
    try:
        for paragraph in explained(engine, storage, prepared, operation, given):
            typer.echo(paragraph + "\n")
    except GraphQLError as error:
        raise stop(f"{document}: {error}") from None
