"""The root fields of identity, gathered from its rooms."""

import strawberry

from modules.identity import mutations, queries
from modules.identity.organisations import mutations as of_organisations
from modules.identity.organisations import queries as organisations
from modules.identity.organisations.verification import mutations as of_their_verification
from modules.identity.verification import census_mutations as of_census
from modules.identity.verification import mutations as of_verification
from modules.identity.verification import queries as verification


@strawberry.type
class Query(queries.Query, organisations.Query, verification.Query):
    pass


@strawberry.type
class Mutation(
    mutations.Mutation,
    of_organisations.Mutation,
    of_their_verification.Mutation,
    of_verification.Mutation,
    of_census.Mutation,
):
    pass
