"""`spilno import`: real data, from files."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.operating import DatabaseUrl
from gateway.commands.program import program, stop, told_plainly

if TYPE_CHECKING:
    from gateway.commands.telling import OnProgress, Outcome

MADRID = "ES-28079"
Importing = Callable[["OnProgress"], Awaitable["Outcome"]]

File = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file in UTF-8.", show_default=False)]
Proposals = Annotated[
    Path, typer.Argument(metavar="PROPOSALS", help="proposals.csv of Decide Madrid.", show_default=False)
]
Comments = Annotated[
    Path, typer.Argument(metavar="COMMENTS", help="comments.csv of Decide Madrid.", show_default=False)
]
Municipality = Annotated[str, typer.Option(help="Code of the municipality whose debates they are.")]
Report = Annotated[
    Path | None, typer.Option(help="Write everything that is not right to this CSV file.", show_default=False)
]

app = program("Bring data in from files: whole or not at all, and the same file twice changes nothing.")


@app.command()
def katottg(file: File, report: Report = None, database_url: DatabaseUrl = None) -> None:
    """Municipalities of Ukraine from the codifier KATOTTG: columns code, parent, category, name.

    Example: [bold]spilno import katottg katottg.csv[/]
    """
    from gateway.commands import importing

    _bring_in("Municipalities", report, lambda told: importing.import_katottg(database_url, file, told))


@app.command()
def organisations(file: File, report: Report = None, database_url: DatabaseUrl = None) -> None:
    """Legal entities of a public register: columns edrpou, name, kind, region, parent_edrpou.

    Example: [bold]spilno import organisations orgs_legal_entities.csv --report wrong_digits.csv[/]
    """
    from gateway.commands import importing

    _bring_in("Organisations", report, lambda told: importing.import_organisations(database_url, file, told))


@app.command()
def decide_madrid(
    proposals: Proposals,
    comments: Comments,
    municipality: Municipality = MADRID,
    report: Report = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Citizens' proposals of Decide Madrid as debates, with their comments. Madrid itself is made when it is missing.

    Example: [bold]spilno import decide-madrid proposals.csv comments.csv --report orphans.csv[/]
    """
    from gateway.commands import importing

    def bring(told: "OnProgress") -> Awaitable["Outcome"]:
        return importing.import_decide_madrid(database_url, proposals, comments, municipality, told)

    _bring_in("Comments", report, bring)


def _bring_in(what: str, report: Path | None, importing: Importing) -> None:
    """Run an import with its progress, and tell what came of it; what is not right goes to the report as well."""
    from gateway.commands.opening import run
    from gateway.commands.telling import progress, tell, write_report
    from modules.kernel.tabular import BadFile

    def reported(problems: Any) -> None:
        if report is not None:
            write_report(report, problems)

    async def bring() -> "Outcome":
        with progress(what) as told:
            return await importing(told)

    with told_plainly(OSError):
        reported([])  # a report that cannot be written is known before anything is
    try:
        outcome = run(bring())
    except BadFile as bad:
        reported(bad.problems)
        raise stop(f"{bad}\nNothing was imported.") from None
    reported(outcome.reported)
    tell(outcome)
