"""Root mutations of API clients."""

from typing import Annotated

import strawberry

from modules.identity.clients import actions
from modules.identity.clients.refusals import TooManyApiClients
from modules.identity.clients.types import ApiClient, ApiClientCreated, ApiClientRevoked
from modules.identity.refusals import SignInAgain
from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.policy import Scope
from modules.kernel.refusals import InvalidInput, NotFound, NotSignedIn


@strawberry.input(description="A new API client.")
class CreateApiClientInput:
    name: str = strawberry.field(description="What it is called, 2 to 100 characters: the application and its purpose.")
    scopes: list[Scope] = strawberry.field(description="What it may do, at least one.")


@strawberry.input(description="The API client to revoke.")
class RevokeApiClientInput:
    api_client_id: strawberry.ID = strawberry.field(description="Which.")


CreateApiClientResult = Annotated[
    ApiClientCreated | SignInAgain | NotSignedIn | InvalidInput | TooManyApiClients,
    strawberry.union("CreateApiClientResult", description="What came of `createApiClient`."),
]
RevokeApiClientResult = Annotated[
    ApiClientRevoked | NotSignedIn | NotFound | InvalidInput,
    strawberry.union("RevokeApiClientResult", description="What came of `revokeApiClient`."),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Make a key for a partner's application, which reads the public graph with it.")
    async def create_api_client(
        self, info: Info, input: Annotated[CreateApiClientInput, strawberry.argument(description="The client.")]
    ) -> CreateApiClientResult:
        async with info.context.writing() as work:
            created = await actions.create_api_client(work, info.context.viewer, name=input.name, scopes=input.scopes)
        client: ApiClient = created.client  # type: ignore[assignment] # a row, as everywhere
        return ApiClientCreated(key=created.key, api_client=client)

    @strawberry.mutation(description="Let the key of an API client open nothing any more: who made it may.")
    async def revoke_api_client(
        self, info: Info, input: Annotated[RevokeApiClientInput, strawberry.argument(description="Which.")]
    ) -> RevokeApiClientResult:
        client_id = keys.decode_uuid(ApiClient, input.api_client_id, "apiClientId")
        async with info.context.writing() as work:
            revoked_at = await actions.revoke_api_client(work, info.context.viewer, client_id)
        return ApiClientRevoked(revoked_at=revoked_at)
