"""The second wall, on PostgreSQL: row-level security, which knows the offices of who asks.

The first wall is the WHERE of each statement. Should one forget it, the policies of the tables still answer what the
viewer may see and nothing else: a statement is told whose it is by settings that end with it, and without them nothing
that is private to a municipality is there.
"""

from modules.kernel.policy import Role, Viewer

Office = tuple[str, ...]
"""The values of the settings: codes of municipalities by role, and whether the platform is administered."""

PLATFORM = "spilno.platform"
_NAMES = (*(f"spilno.{role.value}" for role in Role), PLATFORM)
TELL = f"select {', '.join(f'set_config({name!r}, ${at}, true)' for at, name in enumerate(_NAMES, start=1))}"


def office(viewer: Viewer) -> Office | None:
    """What a statement is told of who asks; None for who has no office, to whom nothing private is shown."""
    if not viewer.roles and not viewer.is_platform_administrator:
        return None
    codes = (" ".join(sorted(viewer.municipalities(role))) for role in Role)
    return (*codes, "on" if viewer.is_platform_administrator else "")


def has_role(role: Role, column: str) -> str:
    """For a policy: whether who asks has this role, or one that includes it, in the municipality of the row."""
    return f"{column} = any (string_to_array(current_setting('spilno.{role.value}', true), ' '))"


def is_platform_administrator() -> str:
    """For a policy."""
    return f"current_setting('{PLATFORM}', true) = 'on'"
