"""`spilno user`: accounts made by who runs the installation, the first administrator above all."""

import sys
from typing import Annotated, Literal
from uuid import UUID

import typer

from gateway.commands.operating import DatabaseUrl
from gateway.commands.program import program, stop

RoleName = Literal["moderator", "official", "administrator"]

app = program("Accounts of people.")


@app.callback()
def accounts() -> None:
    """Accounts of people."""


@app.command()
def create(
    name: Annotated[str, typer.Option(help="Name that others see.", show_default=False)],
    email: Annotated[str, typer.Option(help="Address to sign in with.", show_default=False)],
    municipality: Annotated[
        str | None, typer.Option(help="Code of the municipality where the person takes part.", show_default=False)
    ] = None,
    role: Annotated[RoleName | None, typer.Option(help="A role; needs --in.", show_default=False)] = None,
    in_: Annotated[
        str | None, typer.Option("--in", help="Code of the municipality where the role is held.", show_default=False)
    ] = None,
    platform_administrator: Annotated[
        bool, typer.Option("--platform-administrator", help="May make municipalities and their administrators.")
    ] = False,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Make an account, and give it a role if one is named. The password is asked for, twice.

    The first account of an installation is that of who administers the platform: municipalities and their administrators
    are made through the graph from then on.

    Example: [bold]spilno user create --name "Olena Bondar" --email olena@example.org --role administrator
    --in UA80000000000093317[/]
    """
    from gateway.commands.opening import run
    from modules.kernel import keys

    if (role is None) != (in_ is None):
        raise stop("--role and --in go together: which role, and where.")
    password = _from_stdin() if password_stdin else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    given = None if role is None or in_ is None else (role, in_)
    person_id = run(_create(database_url, name, email, password, municipality, given, platform_administrator))
    held = (f", {role} in {in_}" if given else "") + (", platform administrator" if platform_administrator else "")
    typer.echo(f"{keys.encode('Person', person_id)}  {name} <{email}>{held}")


async def _create(
    url: str | None,
    name: str,
    email: str,
    password: str,
    municipality: str | None,
    role: tuple[str, str] | None,
    platform_administrator: bool,
) -> UUID:
    """The key of the new person. Raises a Refusal."""
    from gateway.commands.opening import database
    from gateway.wiring import identity_actions, municipality_actions
    from modules.kernel.policy import Role
    from modules.kernel.refusals import InvalidInput

    newcomer = await identity_actions.newcomer(name, email, password, municipality)
    async with database(url) as held, held.storage.writing() as work:
        person_id = await identity_actions.sign_up(work, newcomer)
        if role is not None:
            if not await identity_actions.municipality_exists(work, role[1]):
                raise InvalidInput(field="in", message=f"There is no municipality with the code «{role[1]}».")
            await municipality_actions.appoint(work, person_id, Role(role[0]), role[1])
        if platform_administrator:
            await municipality_actions.make_platform_administrator(work, person_id)
    return person_id


@app.command()
def erase(
    person: Annotated[str, typer.Argument(help="Id of the person: Person_0190...", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Erase a person for good, as they can themselves: who cannot sign in, or was erased after the backup that you restored.

    What they contributed stays, without a name. Whoever they were the only one to lead is left without.

    Example: [bold]spilno user erase Person_019a3c5e7f2b7c3d8e4f5a6b7c8d9e0f[/]
    """
    from gateway.commands.opening import run
    from modules.kernel import keys

    kind, raw = keys.split(person)
    person_id = keys.parse(raw, UUID)
    if kind != "Person" or not isinstance(person_id, UUID):
        raise stop(f"«{person}» is not the id of a person.")
    if not yes:
        typer.confirm(f"Erase {person}? This cannot be undone.", abort=True)
    run(_erase(database_url, person_id))
    typer.echo(f"{person} is erased.")


async def _erase(url: str | None, person_id: UUID) -> None:
    """Raises a Refusal."""
    from gateway.commands.opening import database
    from gateway.wiring import asked_by_personal, personal_actions

    async with database(url) as held, held.storage.writing() as work:
        await personal_actions.erase_as_operator(work, held.ports[asked_by_personal.Holders], person_id)


def _from_stdin() -> str:
    """The first line; more would be a mistake that nobody sees."""
    password, *more = sys.stdin.read().splitlines() or [""]
    if any(more):
        raise stop("The password on stdin has more than one line.")
    return password
