"""Root queries of verification."""

from typing import Annotated

import strawberry

from modules.identity.types import Municipality
from modules.identity.verification.relations import OF_OFFICIALS, OLDEST_REQUESTS, REQUEST, WAITING
from modules.identity.verification.tables import VerificationRequestRow
from modules.identity.verification.terms import Method
from modules.identity.verification.types import VerificationRequest
from modules.kernel import clock, keys
from modules.kernel.asks import asked, page
from modules.kernel.context import Info
from modules.kernel.paging import After, Connection, First
from modules.kernel.predicates import Predicate, same
from modules.kernel.tables import col


@strawberry.input(description="Which requests; what is left out does not narrow.")
class VerificationRequestFilter:
    municipality_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this municipality.")
    handler: Method | None = strawberry.field(default=None, description="Only in this way.")

    def where(self) -> list[Predicate | None]:
        """What is asked for. Raises InvalidInput for an id of something else."""
        named = self.municipality_id
        code = None if named is None else keys.decode_code(Municipality, named, "filter.municipalityId")
        return [
            same(col(VerificationRequestRow.municipality_id), code),
            same(col(VerificationRequestRow.method), self.handler),
        ]


@strawberry.type
class Query:
    @asked(
        REQUEST,
        "People who wait to be verified where the viewer is an official, who waits longest first; none for others.",
    )
    def verification_requests(
        self,
        info: Info,
        filter: Annotated[VerificationRequestFilter | None, strawberry.argument(description="Which.")] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[VerificationRequest]:
        wanted = filter or VerificationRequestFilter()
        where = [*wanted.where(), Predicate(OF_OFFICIALS, {}), Predicate(WAITING, {"now": clock.now()})]
        return page(OLDEST_REQUESTS, first, after, where=where, filters=(wanted,))
