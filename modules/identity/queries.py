"""Root queries of identity."""

from typing import Annotated

import strawberry
from sqlmodel import col

from modules.identity.relations import BY_NAME, MUNICIPALITY, municipalities_by_id
from modules.identity.tables import Category, MunicipalityRow
from modules.identity.types import Municipality, Viewer
from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.keyset import Order
from modules.kernel.paging import After, Connection, First, page
from modules.kernel.search import matching


@strawberry.input(description="Which municipalities; what is left out does not narrow.")
class MunicipalityFilter:
    category: Category | None = strawberry.field(default=None, description="Only this kind of unit.")
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="Only units right below this one.")


@strawberry.type
class Query:
    @strawberry.field(description="Who asks, null when nobody is signed in.")
    def viewer(self, info: Info) -> Viewer | None:
        person_id = info.context.viewer.person_id
        return {"id": person_id} if person_id else None  # type: ignore[return-value]

    @strawberry.field(description="Units of the codifier, by name.")
    async def municipalities(
        self,
        info: Info,
        filter: Annotated[MunicipalityFilter | None, strawberry.argument(description="Which.")] = None,
        search: Annotated[str, strawberry.argument(description="Words that the name begins with.")] = "",
        first: First = 20,
        after: After = None,
    ) -> Connection[Municipality]:
        wanted, statement = (
            filter or MunicipalityFilter(),
            MUNICIPALITY.where(matching(col(MunicipalityRow.search_text), search)),
        )
        if wanted.category is not None:
            statement = statement.where(col(MunicipalityRow.category) == wanted.category)
        if wanted.parent_id is not None:
            statement = statement.where(
                col(MunicipalityRow.parent_id) == keys.decode(Municipality, wanted.parent_id, "filter.parentId")
            )
        order = Order(BY_NAME.columns, filters=(wanted, search))
        return await page(info.context, statement, order, first=first, after=after)  # type: ignore[return-value]

    @strawberry.field(description="The unit with this code, null when there is none.")
    async def municipality(
        self, info: Info, code: Annotated[str, strawberry.argument(description="KATOTTG code.")]
    ) -> Municipality | None:
        (row,) = await municipalities_by_id([{"id": code}], info)
        return row  # type: ignore[return-value]
