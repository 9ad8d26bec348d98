"""The command line: `spilno --help`.

Commands import what they run when they run: the graph takes a second to build, help should not.
"""

from gateway.commands import demo, documents, explain, imports, operating, replay, users
from gateway.commands.program import program

app = program("SPILNO: one GraphQL graph for digital democracy, live.")
app.command("demo")(demo.demo)
app.command("serve")(operating.serve)
app.command("migrate")(operating.migrate)
app.command("trim")(operating.trim)
app.command("schema")(operating.schema)
app.command("documents")(documents.documents)
app.command("explain")(explain.explain)
app.add_typer(imports.app, name="import")
app.add_typer(replay.app, name="replay")
app.add_typer(users.app, name="user")
