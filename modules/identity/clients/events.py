"""What is announced of API clients: on the topic of whoever remembers who a token is."""

from dataclasses import dataclass
from uuid import UUID

from modules.identity.events import OfSomebody


@dataclass(frozen=True)
class ApiClientRevoked(OfSomebody):
    """The key of an API client opens nothing any more."""

    client_id: UUID

    @property
    def entity(self) -> UUID:
        return self.client_id
