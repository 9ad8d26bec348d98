"""Municipalities to test with, configured and staffed through the graph."""

CONFIGURE = (
    "mutation($i: ConfigureMunicipalityInput!) { r: configureMunicipality(input: $i) { __typename ...R "
    "... on MunicipalityConfigured { municipality { isActive settings { languages "
    "verification { handlers minimumAge postalCodes } moderation { hideAfterReports } "
    "branding { name colour logoUrl } } } } } }"
)
_TEAM = "municipality { team { edges { node { role person { name } } } } }"
GRANT = f"mutation($i: GrantRoleInput!) {{ r: grantRole(input: $i) {{ __typename ...R ... on RoleGranted {{ {_TEAM} }} }} }}"
REVOKE = f"mutation($i: RevokeRoleInput!) {{ r: revokeRole(input: $i) {{ __typename ...R ... on RoleRevoked {{ {_TEAM} }} }} }}"
