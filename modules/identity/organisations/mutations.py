"""Root mutations of organisations and their members."""

from typing import Annotated
from uuid import UUID

import strawberry

from modules.identity.organisations import actions
from modules.identity.organisations.refusals import AlreadyMember, LastCreator
from modules.identity.organisations.tables import MembershipRole
from modules.identity.organisations.types import (
    MemberInvited,
    MemberRemoved,
    MemberRoleChanged,
    MembershipAnswered,
    MembershipRequested,
    Organisation,
    OrganisationCreated,
    OrganisationLeft,
)
from modules.identity.types import Municipality, Person
from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.refusals import InvalidInput, NotAllowed, NotFound, NotSignedIn


@strawberry.input(description="A new organisation.")
class CreateOrganisationInput:
    municipality_id: strawberry.ID = strawberry.field(description="Where it is at home.")
    name: str = strawberry.field(description="Name, 2 to 200 characters.")
    about: str = strawberry.field(default="", description="What it is and does; Markdown, at most 5,000 characters.")
    website: str | None = strawberry.field(default=None, description="Address of its website, if it has one.")


@strawberry.input(description="Who is invited, and where to.")
class InviteMemberInput:
    organisation_id: strawberry.ID = strawberry.field(description="Which organisation.")
    person_id: strawberry.ID = strawberry.field(description="Who.")


@strawberry.input(description="What the viewer wants to join.")
class RequestMembershipInput:
    organisation_id: strawberry.ID = strawberry.field(description="Which organisation.")


@strawberry.input(description="The answer to a request or an invitation.")
class AnswerMembershipInput:
    organisation_id: strawberry.ID = strawberry.field(description="Which organisation.")
    person_id: strawberry.ID = strawberry.field(
        description="Who asked to join; the viewer's own, to answer an invitation."
    )
    is_accepted: bool = strawberry.field(description="Whether the person is a member from now on.")


@strawberry.input(description="What a member becomes.")
class ChangeMemberRoleInput:
    organisation_id: strawberry.ID = strawberry.field(description="Which organisation.")
    person_id: strawberry.ID = strawberry.field(description="Which member.")
    role: MembershipRole = strawberry.field(
        description="`CREATOR`, `ADMIN` or `MEMBER`. To hand over, make another member a creator, then leave or step down."
    )


@strawberry.input(description="What the viewer leaves.")
class LeaveOrganisationInput:
    organisation_id: strawberry.ID = strawberry.field(description="Which organisation.")


@strawberry.input(description="Who is taken out of an organisation.")
class RemoveMemberInput:
    organisation_id: strawberry.ID = strawberry.field(description="Which organisation.")
    person_id: strawberry.ID = strawberry.field(description="Who.")


CreateOrganisationResult = Annotated[
    OrganisationCreated | NotSignedIn | InvalidInput,
    strawberry.union("CreateOrganisationResult", description="What came of `createOrganisation`."),
]
InviteMemberResult = Annotated[
    MemberInvited | NotSignedIn | NotAllowed | NotFound | AlreadyMember | InvalidInput,
    strawberry.union("InviteMemberResult", description="What came of `inviteMember`."),
]
RequestMembershipResult = Annotated[
    MembershipRequested | NotSignedIn | NotFound | AlreadyMember | InvalidInput,
    strawberry.union("RequestMembershipResult", description="What came of `requestMembership`."),
]
AnswerMembershipResult = Annotated[
    MembershipAnswered | NotSignedIn | NotAllowed | NotFound | InvalidInput,
    strawberry.union("AnswerMembershipResult", description="What came of `answerMembership`."),
]
ChangeMemberRoleResult = Annotated[
    MemberRoleChanged | NotSignedIn | NotAllowed | NotFound | LastCreator | InvalidInput,
    strawberry.union("ChangeMemberRoleResult", description="What came of `changeMemberRole`."),
]
LeaveOrganisationResult = Annotated[
    OrganisationLeft | NotSignedIn | NotFound | LastCreator | InvalidInput,
    strawberry.union("LeaveOrganisationResult", description="What came of `leaveOrganisation`."),
]
RemoveMemberResult = Annotated[
    MemberRemoved | NotSignedIn | NotAllowed | NotFound | LastCreator | InvalidInput,
    strawberry.union("RemoveMemberResult", description="What came of `removeMember`."),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Found an organisation; the viewer is its creator.")
    async def create_organisation(
        self,
        info: Info,
        input: Annotated[CreateOrganisationInput, strawberry.argument(description="The organisation.")],
    ) -> CreateOrganisationResult:
        place = keys.decode_code(Municipality, input.municipality_id, "municipalityId")
        told = {"name": input.name, "about": input.about}
        async with info.context.writing() as work:
            made = await actions.create_organisation(
                work, info.context.viewer, municipality_id=place, website=input.website, **told
            )
        return OrganisationCreated(organisation_id=made)

    @strawberry.mutation(description="Invite somebody to an organisation: its admins may.")
    async def invite_member(
        self, info: Info, input: Annotated[InviteMemberInput, strawberry.argument(description="Who, and where to.")]
    ) -> InviteMemberResult:
        organisation_id, person_id = _organisation(input.organisation_id), _person(input.person_id)
        async with info.context.writing() as work:
            await actions.invite_member(work, info.context.viewer, organisation_id, person_id)
        return MemberInvited(organisation_id=organisation_id, person_id=person_id)

    @strawberry.mutation(description="Ask to join an organisation.")
    async def request_membership(
        self, info: Info, input: Annotated[RequestMembershipInput, strawberry.argument(description="Which.")]
    ) -> RequestMembershipResult:
        organisation_id = _organisation(input.organisation_id)
        async with info.context.writing() as work:
            person_id = await actions.request_membership(work, info.context.viewer, organisation_id)
        return MembershipRequested(organisation_id=organisation_id, person_id=person_id)

    @strawberry.mutation(
        description="Answer who asked to join: admins of the organisation may. Or an invitation: who is invited may."
    )
    async def answer_membership(
        self, info: Info, input: Annotated[AnswerMembershipInput, strawberry.argument(description="The answer.")]
    ) -> AnswerMembershipResult:
        organisation_id, person_id = _organisation(input.organisation_id), _person(input.person_id)
        async with info.context.writing() as work:
            await actions.answer_membership(
                work, info.context.viewer, organisation_id, person_id, is_accepted=input.is_accepted
            )
        return MembershipAnswered(organisation_id=organisation_id, person_id=person_id, is_accepted=input.is_accepted)

    @strawberry.mutation(
        description="Make a member an admin, a creator or a plain member: creators may. Admins may step down themselves."
    )
    async def change_member_role(
        self, info: Info, input: Annotated[ChangeMemberRoleInput, strawberry.argument(description="Who becomes what.")]
    ) -> ChangeMemberRoleResult:
        organisation_id, person_id = _organisation(input.organisation_id), _person(input.person_id)
        async with info.context.writing() as work:
            await actions.change_member_role(work, info.context.viewer, organisation_id, person_id, input.role)
        return MemberRoleChanged(organisation_id=organisation_id, person_id=person_id, role=input.role)

    @strawberry.mutation(description="Leave an organisation, take back a request to join, or turn down an invitation.")
    async def leave_organisation(
        self, info: Info, input: Annotated[LeaveOrganisationInput, strawberry.argument(description="Which.")]
    ) -> LeaveOrganisationResult:
        organisation_id = _organisation(input.organisation_id)
        async with info.context.writing() as work:
            await actions.leave_organisation(work, info.context.viewer, organisation_id)
        return OrganisationLeft(organisation_id=organisation_id)

    @strawberry.mutation(
        description="Take a member out of an organisation, or take back an invitation: its admins may; leaders, its creators."
    )
    async def remove_member(
        self, info: Info, input: Annotated[RemoveMemberInput, strawberry.argument(description="Who.")]
    ) -> RemoveMemberResult:
        organisation_id, person_id = _organisation(input.organisation_id), _person(input.person_id)
        async with info.context.writing() as work:
            await actions.remove_member(work, info.context.viewer, organisation_id, person_id)
        return MemberRemoved(organisation_id=organisation_id, person_id=person_id)


def _organisation(global_id: str) -> UUID:
    return keys.decode_uuid(Organisation, global_id, "organisationId")


def _person(global_id: str) -> UUID:
    return keys.decode_uuid(Person, global_id, "personId")
