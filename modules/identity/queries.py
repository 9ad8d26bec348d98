"""Root queries of identity."""

from typing import Annotated

import strawberry

from modules.identity.municipalities.relations import active
from modules.identity.relations import BY_NAME, MUNICIPALITY
from modules.identity.tables import Category, MunicipalityRow
from modules.identity.types import Municipality, Viewer
from modules.kernel import keys
from modules.kernel.asks import asked, one, page
from modules.kernel.context import Info
from modules.kernel.fields import FRESH, NEVER
from modules.kernel.paging import After, Connection, First
from modules.kernel.predicates import Predicate, same
from modules.kernel.search import matching
from modules.kernel.tables import col


@strawberry.input(description="Which municipalities; what is left out does not narrow.")
class MunicipalityFilter:
    category: Category | None = strawberry.field(default=None, description="Only this kind of unit.")
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="Only units right below this one.")
    is_active: bool | None = strawberry.field(
        default=None, description="Only units that take part in the platform, or only those that do not."
    )

    def where(self) -> list[Predicate | None]:
        """What is asked for. Raises InvalidInput for an id of something else."""
        parent_id = None if self.parent_id is None else keys.decode(Municipality, self.parent_id, "filter.parentId")
        return [
            same(col(MunicipalityRow.category), self.category),
            same(col(MunicipalityRow.parent_id), parent_id),
            active(self.is_active),
        ]


@strawberry.type
class Query:
    @strawberry.field(description="Who asks, null when nobody is signed in.", metadata={FRESH: NEVER})
    def viewer(self, info: Info) -> Viewer | None:
        person_id = info.context.viewer.person_id
        return {"id": person_id} if person_id else None  # type: ignore[return-value]

    @asked(MUNICIPALITY, "Units of the codifier, by name.")
    def municipalities(
        self,
        info: Info,
        filter: Annotated[MunicipalityFilter | None, strawberry.argument(description="Which.")] = None,
        search: Annotated[str, strawberry.argument(description="Words that the name begins with.")] = "",
        first: First = 20,
        after: After = None,
    ) -> Connection[Municipality]:
        wanted = filter or MunicipalityFilter()
        where = [matching(col(MunicipalityRow.search_text), search), *wanted.where()]
        return page(BY_NAME, first, after, where=where, filters=(wanted, search))

    @asked(MUNICIPALITY, "The unit with this code, null when there is none.")
    def municipality(
        self, info: Info, code: Annotated[str, strawberry.argument(description="KATOTTG code.")]
    ) -> Municipality | None:
        return one(same(col(MunicipalityRow.id), code))
