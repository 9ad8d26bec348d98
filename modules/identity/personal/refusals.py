"""What the erasure of people says no with."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from modules.kernel.refusals import Refusal

if TYPE_CHECKING:
    from modules.identity.organisations.types import Organisation
    from modules.identity.types import Municipality

_ORGANISATIONS = strawberry.lazy("modules.identity.organisations.types")
_PLACES = strawberry.lazy("modules.identity.types")


@strawberry.type(description="Others would be left without somebody to lead them.")
class HandOverFirst(Refusal):
    organisations: list[Annotated["Organisation", _ORGANISATIONS]] = strawberry.field(
        description="Organisations with other members, of which the viewer is the only creator: make another one first, "
        "by `changeMemberRole`."
    )
    municipalities: list[Annotated["Municipality", _PLACES]] = strawberry.field(
        description="Municipalities of which the viewer is the only administrator: make another one first, by `grantRole`."
    )
    code: str = strawberry.field(default="HAND_OVER_FIRST", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="Others depend on you: hand over first what you alone lead.",
        description="A sentence that a citizen understands.",
    )
