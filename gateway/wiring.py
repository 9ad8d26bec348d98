"""Which module answers another module's question: the only code that knows several modules from the inside."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.namesakes import StitchingError
from modules.civic.ports import Municipalities
from modules.identity.actions import authenticate, municipality_exists
from modules.kernel.contract import Module
from modules.kernel.storage import Reading

__all__ = ["authenticate", "ports"]


class _Municipalities:
    async def exists(self, read: Reading, municipality_id: str) -> bool:
        return await municipality_exists(read, municipality_id)


_ANSWERS: Mapping[type[Any], Any] = {Municipalities: _Municipalities()}


def ports(modules: Sequence[Module]) -> Mapping[type[Any], Any]:
    """The answers to all questions of these modules. Raises StitchingError when one has none."""
    for module in modules:
        for question in module.ports:
            if question not in _ANSWERS:
                raise StitchingError(
                    f"{module.name} asks {question.__name__}, which nobody answers. Wire it in gateway/wiring.py."
                )
    return _ANSWERS
