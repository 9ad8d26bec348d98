"""Root queries of signing in with a provider."""

import strawberry

from modules.identity.ports import OpenidProviders
from modules.kernel.context import Info


@strawberry.type(description="Somebody with whom people may sign in here.")
class OidcProvider:
    name: str = strawberry.field(description="What `startOidc` calls it.")
    title: str = strawberry.field(description="What people call it.")


@strawberry.type
class Query:
    @strawberry.field(description="With whom people may sign in here, in the order in which to offer them.")
    def oidc_providers(self, info: Info) -> list[OidcProvider]:
        offered = info.context.port(OpenidProviders).all()
        return [OidcProvider(name=provider.name, title=provider.title) for provider in offered]
