"""`viewerCan`: what the viewer may do with something, and if not, why not and what to do about it.

It is answered by the policy that the action asks: a function of the viewer and a row that raises a Refusal. An entity has
one `viewerCan`: its owner tells of its own actions there, and other modules of theirs (`Module.permissions`), so that who
shows a page need not know whose action a button is.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import strawberry

from modules.kernel.context import Info
from modules.kernel.fields import batched
from modules.kernel.policy import Viewer
from modules.kernel.refusals import Refusal, Step
from modules.kernel.storage import Row

Policy = Callable[[Viewer, Row], Any]
Telling = Callable[..., Awaitable[Sequence[Sequence["Permission"]]]]
"""`async def many(rows, info, *, actions=None)`: what the viewer may do with each row. Of foreign entities rows are keys."""
Actions = Annotated[
    list[str] | None,
    strawberry.argument(description="Only these, by their mutations: `closeDebate`; all when left out."),
]


@strawberry.federation.type(shareable=True, description="Whether the viewer may do something, and if not, why not.")
class Permission:
    action: str = strawberry.field(description="The mutation that does it: `closeDebate`.")
    allowed: bool = strawberry.field(description="Whether the viewer may do it now.")
    reason: str | None = strawberry.field(description="Why not, in a sentence; null when it is allowed.")
    missing: list[Step] = strawberry.field(
        description="What the viewer can do to be allowed; empty when it is allowed, and when nothing helps."
    )


@dataclass(frozen=True)
class Elsewhere:
    """What modules tell of entities that they do not own, by the name of the entity. The gateway gathers it."""

    told: Mapping[str, Sequence[Telling]]


def permitted(
    viewer: Viewer, rows: Sequence[Row], policies: Mapping[str, Policy], actions: Sequence[str] | None = None
) -> list[list[Permission]]:
    """What the viewer may do with each row. `policies` are by the name of the mutation."""
    asked = [(action, may) for action, may in policies.items() if asks_for([action], actions)]
    return [[_permission(viewer, row, action, may) for action, may in asked] for row in rows]


def asks_for(offered: Iterable[str], actions: Sequence[str] | None) -> bool:
    """Whether one of the actions that are offered is asked for: else nothing has to be read for them."""
    return actions is None or any(action in actions for action in offered)


def one_of(attempts: Iterable[Callable[[], Any]]) -> None:
    """Nothing, when one of these is allowed. Raises the refusal of the first when none is."""
    refused = None
    for attempt in attempts:
        try:
            attempt()
        except Refusal as refusal:
            refused = refused or refusal
        else:
            return
    if refused is not None:
        raise refused


def viewer_can(many: Telling, *, of: str = "", needs: Sequence[str]) -> Any:
    """The field. `many` answers `permitted(...)`; `needs` are the columns that its policies read. `of` is the name of the
    entity, by which other modules tell of it; what is no entity has none."""

    async def everybody(rows: Sequence[Row], info: Info, *, actions: Actions = None) -> list[list[Permission]]:
        others = info.context.port(Elsewhere).told.get(of, ())
        found = [await each(rows, info, actions=actions) for each in (many, *others)]
        return [[permission for told in of_row for permission in told] for of_row in zip(*found, strict=True)]

    told = "What the viewer may do with it, by action: frontends show or explain a button by this and never guess."
    return batched(everybody, told, needs=needs, of_viewer=True)


def _permission(viewer: Viewer, row: Row, action: str, may: Policy) -> Permission:
    try:
        may(viewer, row)
    except Refusal as refusal:
        return Permission(action=action, allowed=False, reason=refusal.message, missing=list(refusal.missing))
    return Permission(action=action, allowed=True, reason=None, missing=[])
