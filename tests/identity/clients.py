"""API clients in tests: made and revoked through the graph."""

from typing import Any

from modules.kernel.policy import Viewer
from tests.asking import Ask
from tests.civic.scenes import act

CREATE = """mutation($i: CreateApiClientInput!) { r: createApiClient(input: $i) { __typename ...R
  ... on ApiClientCreated { key apiClient { id name prefix scopes hourlyBudget createdAt lastUsedAt } } } }"""
REVOKE = """mutation($i: RevokeApiClientInput!) { r: revokeApiClient(input: $i) { __typename ...R
  ... on ApiClientRevoked { revokedAt } } }"""


async def create(ask: Ask, who: Viewer, **changed: Any) -> Any:
    return await act(ask, CREATE, who, **({"name": "Газета", "scopes": ["READ"]} | changed))


async def revoke(ask: Ask, who: Viewer, client_id: str) -> Any:
    return await act(ask, REVOKE, who, apiClientId=client_id)
