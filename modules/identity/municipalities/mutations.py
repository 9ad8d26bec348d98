"""Root mutations of municipalities that take part, and of roles in them."""

from typing import Annotated, Any
from uuid import UUID

import strawberry

from modules.identity.municipalities import actions
from modules.identity.municipalities.refusals import LastAdministrator
from modules.identity.types import Municipality, Person
from modules.identity.verification.terms import Method
from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.fields import reference
from modules.kernel.policy import Role
from modules.kernel.refusals import InvalidInput, NotAllowed, NotFound, NotSignedIn


@strawberry.input(description="What a person needs to be verified as a resident; what is left out stays.")
class VerificationSettingsInput:
    handlers: list[Method] | None = strawberry.field(default=None, description="How residence can be proved.")
    minimum_age: int | None = strawberry.field(default=None, description="From which age, 14 to 100 years.")
    postal_codes: list[str] | None = strawberry.field(
        default=None, description="Postal codes of residents, `09100` or `09100-09199`; an empty list for any."
    )


@strawberry.input(description="How what people write is moderated; what is left out stays.")
class ModerationSettingsInput:
    hide_after_reports: int | None = strawberry.field(
        default=None, description="After how many reports something is hidden by itself; 0 for never."
    )


@strawberry.input(description="How the municipality looks; what is left out stays, an empty text takes it away.")
class BrandingInput:
    name: str | None = strawberry.field(default=None, description="The name to show, at most 200 characters.")
    colour: str | None = strawberry.field(default=None, description="Its colour: `#0057b7`.")
    logo_url: str | None = strawberry.field(default=None, description="Where its logo is: https, 500 characters.")


@strawberry.input(description="Settings of a municipality; what is left out stays as it is.")
class ConfigureMunicipalityInput:
    municipality_id: strawberry.ID = strawberry.field(description="Which municipality.")
    is_active: bool | None = strawberry.field(
        default=None, description="Whether it takes part: who administers the platform decides that."
    )
    languages: list[str] | None = strawberry.field(
        default=None, description="Languages that it speaks, as codes of ISO 639; the first is its own."
    )
    verification: VerificationSettingsInput | None = strawberry.field(default=None, description="Who is a resident.")
    moderation: ModerationSettingsInput | None = strawberry.field(default=None, description="How it is moderated.")
    branding: BrandingInput | None = strawberry.field(default=None, description="How it looks.")

    def settings(self) -> dict[str, Any]:
        """By column; None for what is left out."""
        verification, branding = self.verification or VerificationSettingsInput(), self.branding or BrandingInput()
        return {
            "languages": self.languages,
            "verification_handlers": verification.handlers,
            "minimum_age": verification.minimum_age,
            "postal_codes": verification.postal_codes,
            "hide_after_reports": self.moderation and self.moderation.hide_after_reports,
            "shown_name": branding.name,
            "colour": branding.colour,
            "logo_url": branding.logo_url,
        }


@strawberry.input(description="A role to give.")
class GrantRoleInput:
    person_id: strawberry.ID = strawberry.field(description="To whom.")
    municipality_id: strawberry.ID = strawberry.field(description="Where.")
    role: Role = strawberry.field(description="Which; it takes the place of the one held there.")
    reason: str = strawberry.field(default="", description="Why, for the audit: at most 1,000 characters.")


@strawberry.input(description="A role to take away.")
class RevokeRoleInput:
    person_id: strawberry.ID = strawberry.field(description="From whom.")
    municipality_id: strawberry.ID = strawberry.field(description="Where.")
    reason: str = strawberry.field(default="", description="Why, for the audit: at most 1,000 characters.")


@strawberry.type(description="The municipality is configured.")
class MunicipalityConfigured:
    municipality_id: strawberry.Private[str]
    municipality: Municipality = reference("municipality_id", "The municipality, with its settings.")


@strawberry.type(description="The person has the role.")
class RoleGranted:
    municipality_id: strawberry.Private[str]
    person_id: strawberry.Private[UUID]
    municipality: Municipality = reference("municipality_id", "Where, with its team.")
    person: Person = reference("person_id", "To whom.")


@strawberry.type(description="The person has no role there any more.")
class RoleRevoked:
    municipality_id: strawberry.Private[str]
    person_id: strawberry.Private[UUID]
    municipality: Municipality = reference("municipality_id", "Where, with its team.")
    person: Person = reference("person_id", "From whom.")


ConfigureMunicipalityResult = Annotated[
    MunicipalityConfigured | NotSignedIn | NotAllowed | NotFound | InvalidInput,
    strawberry.union("ConfigureMunicipalityResult", description="What came of `configureMunicipality`."),
]
GrantRoleResult = Annotated[
    RoleGranted | NotSignedIn | NotAllowed | NotFound | LastAdministrator | InvalidInput,
    strawberry.union("GrantRoleResult", description="What came of `grantRole`."),
]
RevokeRoleResult = Annotated[
    RoleRevoked | NotSignedIn | NotAllowed | NotFound | LastAdministrator | InvalidInput,
    strawberry.union("RevokeRoleResult", description="What came of `revokeRole`."),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Let a municipality take part, or say how: who administers the platform may, and its own "
        "administrators their settings."
    )
    async def configure_municipality(
        self,
        info: Info,
        input: Annotated[ConfigureMunicipalityInput, strawberry.argument(description="The settings.")],
    ) -> ConfigureMunicipalityResult:
        code = keys.decode_code(Municipality, input.municipality_id, "municipalityId")
        async with info.context.writing() as work:
            await actions.configure_municipality(
                work, info.context.viewer, code, is_active=input.is_active, settings=input.settings()
            )
        return MunicipalityConfigured(municipality_id=code)

    @strawberry.mutation(
        description="Give somebody a role: administrators make moderators and officials of their municipality, who "
        "administers the platform makes administrators."
    )
    async def grant_role(
        self, info: Info, input: Annotated[GrantRoleInput, strawberry.argument(description="The role.")]
    ) -> GrantRoleResult:
        person_id = keys.decode_uuid(Person, input.person_id, "personId")
        code = keys.decode_code(Municipality, input.municipality_id, "municipalityId")
        async with info.context.writing() as work:
            await actions.grant_role(
                work,
                info.context.viewer,
                person_id=person_id,
                municipality_id=code,
                role=input.role,
                reason=input.reason,
            )
        return RoleGranted(municipality_id=code, person_id=person_id)

    @strawberry.mutation(
        description="Take somebody's role away: who may give it may, and everybody may give up a role of their own."
    )
    async def revoke_role(
        self, info: Info, input: Annotated[RevokeRoleInput, strawberry.argument(description="Whose, and where.")]
    ) -> RevokeRoleResult:
        person_id = keys.decode_uuid(Person, input.person_id, "personId")
        code = keys.decode_code(Municipality, input.municipality_id, "municipalityId")
        async with info.context.writing() as work:
            await actions.revoke_role(
                work, info.context.viewer, person_id=person_id, municipality_id=code, reason=input.reason
            )
        return RoleRevoked(municipality_id=code, person_id=person_id)
