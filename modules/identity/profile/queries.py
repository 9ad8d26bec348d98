"""Root queries of people."""

from typing import Annotated

import strawberry

from modules.identity.profile.relations import ORDERS, PersonOrder, interested, verified
from modules.identity.profile.rules import tidy_interest
from modules.identity.relations import LIVING_PERSON, PERSON
from modules.identity.tables import PersonRow
from modules.identity.types import Municipality, Person
from modules.kernel import keys
from modules.kernel.asks import asked, one, page
from modules.kernel.context import Info
from modules.kernel.levels import Level
from modules.kernel.paging import After, Connection, First
from modules.kernel.predicates import Predicate, same
from modules.kernel.refusals import InvalidInput
from modules.kernel.search import matching
from modules.kernel.tables import col


@strawberry.input(description="Which people; what is left out does not narrow.")
class PersonFilter:
    municipality_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only who takes part in this municipality."
    )
    interest: str | None = strawberry.field(default=None, description="Only who cares about this: `велосипеди`.")
    verification_level: Level | None = strawberry.field(
        default=None,
        description="Only people with this level, or a higher one, in the municipality where they take part.",
    )

    def where(self) -> list[Predicate | None]:
        """What is asked for. Raises InvalidInput for an id of something else, or what is no interest."""
        named = self.municipality_id
        code = None if named is None else keys.decode_code(Municipality, named, "filter.municipalityId")
        interest = None if self.interest is None else tidy_interest(self.interest)
        if self.interest is not None and interest is None:
            raise InvalidInput(field="filter.interest", message="Nobody can have this as an interest.")
        return [same(col(PersonRow.municipality_id), code), interested(interest), verified(self.verification_level)]


@strawberry.type
class Query:
    @asked(LIVING_PERSON, "People who take part.")
    def persons(
        self,
        info: Info,
        filter: Annotated[PersonFilter | None, strawberry.argument(description="Which.")] = None,
        search: Annotated[str, strawberry.argument(description="Words that the name begins with.")] = "",
        order_by: Annotated[PersonOrder, strawberry.argument(description="In which order.")] = PersonOrder.NAME,
        first: First = 20,
        after: After = None,
    ) -> Connection[Person]:
        wanted = filter or PersonFilter()
        where = [matching(col(PersonRow.search_text), search), *wanted.where()]
        return page(ORDERS[order_by], first, after, where=where, filters=(wanted, search))

    @asked(PERSON, "The person with this id, null when there is none.")
    def person(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Id of the person.")]
    ) -> Person | None:
        return one(same(col(PersonRow.id), keys.decode_uuid(Person, id)))
