"""What accounts ask of the gateway."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Letter:
    """A letter to one address, plain text."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Where letters leave."""

    @property
    def site(self) -> str:
        """The address of the pages that links in letters lead to, without a slash at its end."""

    async def send(self, letter: Letter) -> None:
        """Returns when it was taken for delivery; raises whatever kept it from that."""
