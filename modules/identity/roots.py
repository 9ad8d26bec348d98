"""The root fields of identity, gathered from its rooms."""

import strawberry

from modules.identity import mutations, queries


@strawberry.type
class Query(queries.Query):
    pass


@strawberry.type
class Mutation(mutations.Mutation):
    pass
