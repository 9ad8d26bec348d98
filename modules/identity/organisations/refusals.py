"""What organisations say no with."""

import strawberry

from modules.kernel.refusals import Refusal


@strawberry.type(description="The person belongs to the organisation already, has asked to, or is invited.")
class AlreadyMember(Refusal):
    code: str = strawberry.field(default="ALREADY_MEMBER", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="This person belongs to it already, has asked to join, or is invited.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(description="The organisation would be left without a creator.")
class LastCreator(Refusal):
    code: str = strawberry.field(default="LAST_CREATOR", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="An organisation keeps a creator: make another member one first.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(
    description="The organisation is verified, or waits for a decision: another request can follow a rejection."
)
class VerificationUnderWay(Refusal):
    code: str = strawberry.field(default="VERIFICATION_UNDER_WAY", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="It is verified already, or its request is being looked at.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(
    description="The organisation has asked anew since: what is decided on an older request counts no more."
)
class VerificationReplaced(Refusal):
    code: str = strawberry.field(default="VERIFICATION_REPLACED", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="A newer request took the place of this one: decide on that.",
        description="A sentence that a citizen understands.",
    )


@strawberry.type(description="Another organisation is verified with this EDRPOU.")
class EdrpouTaken(Refusal):
    code: str = strawberry.field(default="EDRPOU_TAKEN", description="Stable code, for programs.")
    message: str = strawberry.field(
        default="Another organisation is verified with this EDRPOU: take that back first.",
        description="A sentence that a citizen understands.",
    )
