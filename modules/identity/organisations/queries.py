"""Root queries of organisations."""

from typing import Annotated

import strawberry

from modules.identity.organisations.relations import ORDERS, ORGANISATION, OrganisationOrder
from modules.identity.organisations.tables import OrganisationRow, VerificationState
from modules.identity.organisations.types import Organisation
from modules.identity.types import Municipality
from modules.kernel import keys
from modules.kernel.asks import asked, one, page
from modules.kernel.context import Info
from modules.kernel.paging import After, Connection, First
from modules.kernel.predicates import Predicate, same
from modules.kernel.search import matching
from modules.kernel.tables import col


@strawberry.input(description="Which organisations; what is left out does not narrow.")
class OrganisationFilter:
    municipality_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this municipality.")
    verification_state: VerificationState | None = strawberry.field(default=None, description="Only in this state.")

    def where(self) -> list[Predicate | None]:
        """What is asked for. Raises InvalidInput for an id of something else."""
        named = self.municipality_id
        code = None if named is None else keys.decode_code(Municipality, named, "filter.municipalityId")
        return [
            same(col(OrganisationRow.municipality_id), code),
            same(col(OrganisationRow.verification_state), self.verification_state),
        ]


@strawberry.type
class Query:
    @asked(ORGANISATION, "Organisations.")
    def organisations(
        self,
        info: Info,
        filter: Annotated[OrganisationFilter | None, strawberry.argument(description="Which.")] = None,
        search: Annotated[str, strawberry.argument(description="Words of the name or of what it tells.")] = "",
        order_by: Annotated[OrganisationOrder, strawberry.argument(description="In which order.")] = (
            OrganisationOrder.NAME
        ),
        first: First = 20,
        after: After = None,
    ) -> Connection[Organisation]:
        wanted = filter or OrganisationFilter()
        where = [matching(col(OrganisationRow.search_text), search), *wanted.where()]
        return page(ORDERS[order_by], first, after, where=where, filters=(wanted, search))

    @asked(ORGANISATION, "The organisation with this id, null when there is none.")
    def organisation(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Id of the organisation.")]
    ) -> Organisation | None:
        return one(same(col(OrganisationRow.id), keys.decode_uuid(Organisation, id)))
