"""`viewerCan`: what the viewer may do with something, and if not, why not and what to do about it.

It is answered by the policy that the action asks: a function of the viewer and a row that raises a Refusal.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import strawberry

from modules.kernel.fields import batched
from modules.kernel.policy import Viewer
from modules.kernel.refusals import Refusal, Step
from modules.kernel.storage import Row

Policy = Callable[[Viewer, Row], Any]
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


def permitted(
    viewer: Viewer, rows: Sequence[Row], policies: Mapping[str, Policy], actions: Sequence[str] | None = None
) -> list[list[Permission]]:
    """What the viewer may do with each row. `policies` are by the name of the mutation."""
    asked = [(action, may) for action, may in policies.items() if actions is None or action in actions]
    return [[_permission(viewer, row, action, may) for action, may in asked] for row in rows]


def viewer_can(many: Callable[..., Any], *, needs: Sequence[str]) -> Any:
    """The field. `async def many(rows, info, *, actions: Actions = None)` answers `permitted(...)`; `needs` are the columns
    that its policies read."""
    told = "What the viewer may do with it, by action: frontends show or explain a button by this and never guess."
    return batched(many, told, needs=needs, of_viewer=True)


def _permission(viewer: Viewer, row: Row, action: str, may: Policy) -> Permission:
    try:
        may(viewer, row)
    except Refusal as refusal:
        return Permission(action=action, allowed=False, reason=refusal.message, missing=list(refusal.missing))
    return Permission(action=action, allowed=True, reason=None, missing=[])
