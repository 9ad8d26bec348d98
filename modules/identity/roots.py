"""The root fields of identity, gathered from its rooms."""

import strawberry

from modules.identity import mutations, queries
from modules.identity.organisations import mutations as organisation_mutations
from modules.identity.organisations import queries as organisation_queries
from modules.identity.organisations.verification import mutations as verification_mutations


@strawberry.type
class Query(queries.Query, organisation_queries.Query):
    pass


@strawberry.type
class Mutation(mutations.Mutation, organisation_mutations.Mutation, verification_mutations.Mutation):
    pass
