"""Public registers: legal entities."""

from pathlib import Path

from modules.kernel.contract import Module
from modules.registry.ports import Municipalities
from modules.registry.queries import Query
from modules.registry.relations import legal_entities_by_id
from modules.registry.tables import RegistryTable
from modules.registry.types import LegalEntity, Municipality

module = Module(
    name="registry",
    query=Query,
    owns={LegalEntity: legal_entities_by_id},
    extends=(Municipality,),
    metadata=RegistryTable.metadata,
    migrations=Path(__file__).parent / "migrations",
    ports=(Municipalities,),
)
