"""`spilno replay`: real conversations once more, so that live pages have something to show."""

import re
from collections.abc import Sequence
from datetime import timedelta
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from gateway.commands.imports import MADRID, Municipality
from gateway.commands.operating import DatabaseUrl
from gateway.commands.program import errors, program, stop, told_plainly

if TYPE_CHECKING:
    from gateway.commands.replaying import Play

_SPEED = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)x")
_NAMES = ("proposals.csv", "comments.csv")

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        help="proposals.csv and comments.csv of Decide Madrid; one of them is enough when both lie in one folder.",
        show_default=False,
    ),
]
Speed = Annotated[str, typer.Option(help="How many times as fast as it was: 1x, 1000x; max for no waiting at all.")]
Proposal = Annotated[
    str | None, typer.Option(help="Number of the proposal; the most discussed one when left out.", show_default=False)
]
Limit = Annotated[int | None, typer.Option(help="Only so many comments.", min=1, show_default=False)]

app = program("Play real conversations into a new debate, live.")


@app.command()
def decide_madrid(
    files: Files,
    speed: Speed = "1000x",
    proposal: Proposal = None,
    limit: Limit = None,
    municipality: Municipality = MADRID,
    database_url: DatabaseUrl = None,
) -> None:
    """Play the comments of one proposal into a new debate, in their order, with the time between them divided by SPEED.

    Servers on the same database show them live: at once over the same Redis, within a second without. Ctrl-C stops it.

    Example: [bold]spilno replay decide-madrid proposals.csv comments.csv --speed 1000x --limit 200[/]
    """
    from gateway.commands.opening import run
    from gateway.commands.replaying import Played, chosen, play
    from gateway.commands.telling import progress
    from modules.kernel.tabular import BadFile

    times, (proposals, comments), played = parsed_speed(speed), both(files), Played()
    with told_plainly(BadFile, LookupError):
        play_it = chosen(proposals, comments, municipality, proposal, limit)
    try:
        with progress("Comments") as told:
            run(
                play(
                    database_url,
                    play_it,
                    times,
                    played,
                    on_start=lambda key: _tell(key, play_it, times),
                    on_progress=told,
                )
            )
    except KeyboardInterrupt:
        errors.print(f"Stopped after {played.comments:,} of {len(play_it.comments):,} comments.")
        raise typer.Exit(130) from None
    typer.echo(f"Played {played.comments:,} comments.")


def parsed_speed(speed: str) -> float:
    """Seconds that pass in one; infinity for `max`. Raises BadParameter."""
    found = _SPEED.fullmatch(speed)
    if speed != "max" and (found is None or float(found[1]) == 0):
        raise typer.BadParameter(f"{speed!r} is neither a speed like 1000x nor max.", param_hint="--speed")
    return inf if found is None else float(found[1])


def both(files: Sequence[Path]) -> tuple[Path, Path]:
    """Proposals and comments; one of the two, under its own name, finds the other in its folder."""
    if len(files) == 2:
        return files[0], files[1]
    if len(files) == 1 and files[0].name in _NAMES:
        return files[0].with_name(_NAMES[0]), files[0].with_name(_NAMES[1])
    raise stop("Give two files: first the proposals, then the comments.")


def _tell(debate_id: UUID, play_it: "Play", times: float) -> None:
    """Where to watch, before anything happens."""
    from gateway.commands.telling import console
    from modules.kernel import keys

    debate = keys.encode("Debate", debate_id)
    lasts = "" if times == inf else f", {timedelta(seconds=round(play_it.lasts / times))} at this speed"
    watch = f'subscription {{ debateEvents(debateId: "{debate}") {{ event {{ ... on CommentAdded {{ comment {{ body }} }} }} }} }}'
    console.print(f"{debate}  {play_it.debate.title}", markup=False, soft_wrap=True)
    console.print(f"{len(play_it.comments):,} comments{lasts}.", markup=False)
    console.print(
        "Watch it while `spilno serve` runs on the same database, at http://127.0.0.1:8000/graphql:", soft_wrap=True
    )
    console.print(watch, markup=False, soft_wrap=True)
