"""Root mutations of profiles."""

from typing import Annotated, Any
from uuid import UUID

import strawberry

from modules.identity.profile import actions
from modules.identity.types import Municipality, Person, Viewer, viewer_of
from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.fields import reference
from modules.kernel.refusals import InvalidInput, NotFound, NotSignedIn


@strawberry.input(
    description="What the viewer says of themselves. What is left out stays as it is; null takes it away."
)
class UpdateProfileInput:
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Name that others see, 2 to 100 characters; it cannot be taken away."
    )
    about: str | None = strawberry.field(
        default=strawberry.UNSET, description="A few words, at most 1,000 characters; plain text."
    )
    avatar: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Where a picture of the person is: an address that begins with https, at most 500 characters.",
    )
    interests: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="All that the person cares about, in their order: at most 20, each 2 to 40 characters. They are kept in "
        "small letters.",
    )
    municipality_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Where the person takes part. Another one ends the verification as a resident of the one before, and "
        "what waits for it there.",
    )
    locale: str | None = strawberry.field(
        default=strawberry.UNSET, description="Language of letters, `uk` or `en`; it cannot be taken away."
    )

    def told(self) -> dict[str, Any]:
        """What is not left out, by column. Raises InvalidInput for an id of something else."""
        told = {name: value for name, value in vars(self).items() if value is not strawberry.UNSET}
        if told.get("municipality_id") is not None:
            told["municipality_id"] = keys.decode_code(Municipality, told["municipality_id"], "municipalityId")
        return told


@strawberry.type(description="The viewer is to others what they said.")
class ProfileUpdated:
    person_id: strawberry.Private[UUID]
    person: Person = reference("person_id", "What others see.")
    viewer: Viewer = strawberry.field(description="The viewer, with the settings.")


UpdateProfileResult = Annotated[
    ProfileUpdated | NotSignedIn | NotFound | InvalidInput,
    strawberry.union("UpdateProfileResult", description="What came of `updateProfile`."),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Say who one is, what one cares about, where one takes part, and in which language."
    )
    async def update_profile(
        self, info: Info, input: Annotated[UpdateProfileInput, strawberry.argument(description="What is new.")]
    ) -> UpdateProfileResult:
        told = input.told()
        async with info.context.writing() as work:
            person_id = await actions.update_profile(work, info.context.viewer, told)
        return ProfileUpdated(person_id=person_id, viewer=viewer_of(person_id))
