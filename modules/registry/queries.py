"""Root queries of the registry."""

from enum import Enum
from typing import Annotated

import strawberry

from modules.kernel import keys
from modules.kernel.asks import asked, one, page
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.paging import After, Connection, First
from modules.kernel.predicates import Predicate, same
from modules.kernel.refusals import InvalidInput
from modules.kernel.search import matching
from modules.kernel.tables import col
from modules.registry.relations import BY_NAME, LEGAL_ENTITY
from modules.registry.rules import is_edrpou
from modules.registry.tables import LegalEntityRow
from modules.registry.types import LegalEntity, LegalEntityKind, Municipality


@strawberry.input(description="Which legal entities; what is left out does not narrow.")
class LegalEntityFilter:
    kind: LegalEntityKind | None = strawberry.field(default=None, description="Only this kind.")  # type: ignore[valid-type]
    municipality_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this municipality.")
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="Only branches of this legal entity.")
    is_verified: bool | None = strawberry.field(
        default=None, description="Only those whose control digit is right, or only those where it is wrong."
    )
    region: str | None = strawberry.field(default=None, description="Only of this region, as the source writes it.")

    def where(self) -> list[Predicate | None]:
        """What is asked for. Raises InvalidInput for an id of something else."""
        wanted = {
            LegalEntityRow.kind: self.kind,
            LegalEntityRow.municipality_id: None
            if self.municipality_id is None
            else keys.decode_code(Municipality, self.municipality_id, "filter.municipalityId"),
            LegalEntityRow.parent_id: None
            if self.parent_id is None
            else keys.decode_uuid(LegalEntity, self.parent_id, "filter.parentId"),
            LegalEntityRow.is_verified: self.is_verified,
            LegalEntityRow.region: self.region,
        }
        return [same(col(column), value) for column, value in wanted.items()]


@strawberry.enum(description="Order of legal entities.")
class LegalEntityOrder(Enum):
    NAME = strawberry.enum_value("name", description="By name.")
    EDRPOU = strawberry.enum_value("edrpou", description="By EDRPOU.")
    NEWEST = strawberry.enum_value("newest", description="What changed last comes first.")


ORDERS = {
    LegalEntityOrder.NAME: BY_NAME,
    LegalEntityOrder.EDRPOU: Order(((col(LegalEntityRow.edrpou), False),)),
    LegalEntityOrder.NEWEST: Order(((col(LegalEntityRow.updated_at), True), (col(LegalEntityRow.id), True))),
}


@strawberry.type
class Query:
    @asked(LEGAL_ENTITY, "The register of legal entities.")
    def legal_entities(
        self,
        info: Info,
        filter: Annotated[LegalEntityFilter | None, strawberry.argument(description="Which.")] = None,
        search: Annotated[
            str,
            strawberry.argument(
                description="Words that any word of the name or the short name begins with, or the EDRPOU."
            ),
        ] = "",
        order_by: Annotated[LegalEntityOrder, strawberry.argument(description="In which order.")] = (
            LegalEntityOrder.NAME
        ),
        first: First = 20,
        after: After = None,
    ) -> Connection[LegalEntity]:
        wanted = filter or LegalEntityFilter()
        where = [*wanted.where(), matching(col(LegalEntityRow.search_text), search)]
        return page(ORDERS[order_by], first, after, where=where, filters=(wanted, search))

    @asked(LEGAL_ENTITY, "The legal entity with this code, null when there is none.")
    def legal_entity(
        self, info: Info, edrpou: Annotated[str, strawberry.argument(description="EDRPOU: 8 digits.")]
    ) -> LegalEntity | None:
        if not is_edrpou(edrpou):
            raise InvalidInput(field="edrpou", message="An EDRPOU has 8 digits; leading zeros count.")
        return one(same(col(LegalEntityRow.edrpou), edrpou))
