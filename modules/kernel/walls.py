"""The second wall, on PostgreSQL: row-level security, which knows who asks and the offices that they have.

The first wall is the WHERE of each statement. Should one forget it, the policies of the tables still answer what the
viewer may see and nothing else: a transaction is told whose it is by settings that end with it, and without them nothing
that is private is there. A table says that it stands behind the wall (`behind`), its migration raises it (`raised`).
"""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from modules.kernel.policy import Role, Viewer

Office = tuple[str, ...]
"""The values of the settings: codes of municipalities by role, whether the platform is administered, which person it is,
and whether it is the installation itself that acts."""

Statements = Callable[..., list[str]]

PLATFORM, PERSON, SYSTEM, NAMED = "spilno.platform", "spilno.person", "spilno.system", "spilno.named"
_NAMES = (*(f"spilno.{role.value}" for role in Role), PLATFORM, PERSON, SYSTEM)
TELL = f"select {', '.join(f'set_config({name!r}, ${at}, true)' for at, name in enumerate(_NAMES, start=1))}"
NO_OFFICE: Office = ("",) * len(_NAMES)
OF_THE_SYSTEM: Office = tuple("on" if name in (PLATFORM, SYSTEM) else "" for name in _NAMES)


class Wall(Enum):
    """By what the policy of a table tells viewers apart. What only asks for offices is alike for all who have the same."""

    OFFICES = 1
    PEOPLE = 2  # and by their offices


def behind(wall: Wall) -> dict[str, Any]:
    """What a table says of itself that stands behind the wall: the last of its arguments."""
    return {"info": {"wall": wall}}


def wall_of(statement: Any) -> Wall | None:
    """What a statement has to be told of who asks, by the tables that it reads; None where nothing is private."""
    tables: Iterable[sa.Table] = (each for each in visitors.iterate(statement) if isinstance(each, sa.Table))
    found = [table.info["wall"] for table in tables if "wall" in table.info]
    return max(found, key=lambda wall: wall.value, default=None)


def office(viewer: Viewer, wall: Wall) -> Office | None:
    """What the wall is told of who asks; None for who has nothing to say, to whom nothing private is shown."""
    person = str(viewer.person_id) if wall is Wall.PEOPLE and viewer.person_id else ""
    if not (viewer.roles or viewer.is_platform_administrator or person):
        return None
    codes = (" ".join(sorted(viewer.municipalities(role))) for role in Role)
    return (*codes, "on" if viewer.is_platform_administrator else "", person, "")


def telling(office: Office) -> sa.Select[Any]:
    """The statement that tells a transaction whose it is."""
    return sa.select(*(sa.func.set_config(*each, True) for each in zip(_NAMES, office, strict=True)))


def naming(key: str) -> sa.Select[Any]:
    """The statement that shows a transaction the one row that somebody could name."""
    return sa.select(sa.func.set_config(NAMED, key, True))


def has_role(role: Role, column: str) -> str:
    """For a policy: whether who asks has this role, or one that includes it, in the municipality of the row."""
    return f"{column} = any (string_to_array(current_setting('spilno.{role.value}', true), ' '))"


def is_platform_administrator() -> str:
    """For a policy."""
    return f"current_setting('{PLATFORM}', true) = 'on'"


def is_person(column: str) -> str:
    """For a policy: whether it is the row of who asks."""
    return f"{column} = nullif(current_setting('{PERSON}', true), '')::uuid"


def is_system() -> str:
    """For a policy: whether it is the installation itself that acts, and nobody's request."""
    return f"current_setting('{SYSTEM}', true) = 'on'"


def is_named(column: str) -> str:
    """For a policy: whether who asks could name the row, by a key that cannot be guessed."""
    return f"{column} = nullif(current_setting('{NAMED}', true), '')"


def raised(table: str, **policies: str) -> list[str]:
    """The statements that put a table behind the wall, for its owner, too. `policies` are the rows by command: `select`,
    `insert`, ... or `all`; what has none is done by nobody."""
    statements = [f"alter table {table} enable row level security", f"alter table {table} force row level security"]
    for command, rows in policies.items():
        reads = f"using ({rows})"
        clauses = {"insert": f"with check ({rows})", "select": reads, "delete": reads}
        clause = clauses.get(command, f"{reads} with check ({rows})")
        statements.append(f"create policy {table}_{command} on {table} for {command} {clause}")
    return statements


def torn_down(table: str, **policies: str) -> list[str]:
    """The statements that undo `raised`."""
    dropped = [f"drop policy {table}_{command} on {table}" for command in policies]
    return [
        f"alter table {table} no force row level security",
        f"alter table {table} disable row level security",
        *dropped,
    ]
