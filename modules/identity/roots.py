"""The root fields of identity, gathered from its rooms."""

import strawberry

from modules.identity import mutations, queries
from modules.identity.accounts import mutations as of_accounts
from modules.identity.audit import queries as audit
from modules.identity.clients import mutations as of_clients
from modules.identity.municipalities import mutations as of_municipalities
from modules.identity.openid import mutations as of_openid
from modules.identity.openid import queries as openid
from modules.identity.organisations import mutations as of_organisations
from modules.identity.organisations import queries as organisations
from modules.identity.organisations.verification import mutations as of_their_verification
from modules.identity.passkeys import mutations as of_passkeys
from modules.identity.personal import mutations as of_personal_data
from modules.identity.profile import mutations as of_profiles
from modules.identity.profile import queries as profiles
from modules.identity.totp import mutations as of_totp
from modules.identity.verification import census_mutations as of_census
from modules.identity.verification import mutations as of_verification
from modules.identity.verification import queries as verification


@strawberry.type
class Query(queries.Query, audit.Query, openid.Query, organisations.Query, profiles.Query, verification.Query):
    pass


@strawberry.type
class Mutation(
    mutations.Mutation,
    of_accounts.Mutation,
    of_clients.Mutation,
    of_municipalities.Mutation,
    of_openid.Mutation,
    of_organisations.Mutation,
    of_their_verification.Mutation,
    of_passkeys.Mutation,
    of_personal_data.Mutation,
    of_profiles.Mutation,
    of_totp.Mutation,
    of_census.Mutation,
    of_verification.Mutation,
):
    pass
