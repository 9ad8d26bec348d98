"""`spilno documents`: the manifest of what a frontend sends."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.program import stop, told_plainly

Folder = Annotated[
    Path,
    typer.Argument(help="Folder with .graphql files, of operations and of fragments that they share.", exists=True),
]
Output = Annotated[
    Path | None, typer.Option(help="Write the manifest here and list what is in it.", show_default=False)
]


def documents(folder: Folder, output: Output = None) -> None:
    """Check every operation of a folder against the graph, and write them as a manifest: SHA-256 and text of each.

    A server started with SPILNO_DOCUMENTS=documents.json knows them by these ids; with SPILNO_DOCUMENTS_ONLY=true it
    runs nothing else.

    Example: [bold]spilno documents operations --output documents.json[/]
    """
    from gateway.app import schema
    from gateway.documents.collecting import BadDocuments, collect
    from gateway.documents.manifest import written
    from gateway.execution.engine import Engine

    try:
        found = collect(folder, Engine(schema()))
    except BadDocuments as bad:
        raise stop(f"{bad}\nNothing was written.") from None
    manifest = written({each.id: each.text for each in found})
    if output is None:
        typer.echo(manifest, nl=False)
        return
    with told_plainly(OSError):
        output.write_bytes(manifest)
    for each in found:
        typer.echo(f"{each.id}  {each.name}")
