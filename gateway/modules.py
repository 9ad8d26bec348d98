"""Which modules make the graph: the four of this repository, and those that others plug in."""

from importlib.metadata import entry_points

from modules import civic, identity, registry, voting
from modules.kernel.contract import Module
from modules.kernel.migrating import KERNEL, Migrated

ENTRY_POINTS = "spilno.modules"

MODULES: tuple[Module, ...] = (
    identity.module,
    civic.module,
    voting.module,
    registry.module,
    *(point.load() for point in entry_points(group=ENTRY_POINTS)),
)


def by_name(name: str) -> Module:
    """The module of this name. Raises LookupError naming those that there are."""
    for module in MODULES:
        if module.name == name:
            return module
    raise LookupError(f"There is no module {name!r}. There are: {', '.join(module.name for module in MODULES)}.")


def migrated() -> list[Migrated]:
    """Everything with tables: the kernel's log first, then the modules."""
    tables = [(module.name, module.metadata, module.migrations) for module in MODULES]
    return [KERNEL, *(Migrated(name, metadata, path) for name, metadata, path in tables if metadata and path)]
