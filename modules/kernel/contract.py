"""What a module tells the gateway about itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData

from modules.kernel.personal import Personal
from modules.kernel.runner import Handler
from modules.kernel.storage import Row

ByKeys = Callable[..., Awaitable[Sequence[Row | None]]]


@dataclass(frozen=True, kw_only=True)
class Module:
    """One module: its root fields, the entities it owns, the parts it adds to foreign ones, its tables, its questions.

    `owns` maps an entity to its batch by key: `async def people_by_id(keys, info)` answers one row per `{"id": key}`, in
    their order, None where there is none. `permissions` tell, within the owner's `viewerCan`, what the viewer may do with a
    foreign entity through this module: `async def many(keys, info, *, actions=None)`, see `kernel.permissions`. `jobs` are handlers by kind, `<name>.<what is done>`; they may be run twice.
    """

    name: str
    query: type | None = None
    mutation: type | None = None
    subscription: type | None = None
    owns: Mapping[type, ByKeys] = field(default_factory=dict)
    extends: tuple[type, ...] = ()
    permissions: Mapping[type, Callable[..., Awaitable[Sequence[Any]]]] = field(default_factory=dict)
    metadata: MetaData | None = None
    migrations: Path | None = None
    ports: tuple[type[Any], ...] = ()
    jobs: Mapping[str, Handler] = field(default_factory=dict)
    personal: Personal = field(default_factory=Personal)
