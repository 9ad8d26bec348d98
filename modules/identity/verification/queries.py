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


@strawberry.type
class Query:
    @asked(REQUEST, "People who wait to be verified in a municipality, who waits longest first: for its officials.")
    def verification_requests(
        self,
        info: Info,
        municipality_id: Annotated[strawberry.ID, strawberry.argument(description="In which municipality.")],
        handler: Annotated[Method | None, strawberry.argument(description="Only in this way.")] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[VerificationRequest]:
        code = keys.decode_code(Municipality, municipality_id, "municipalityId")
        where = [
            same(col(VerificationRequestRow.municipality_id), code),
            same(col(VerificationRequestRow.method), handler),
            Predicate(OF_OFFICIALS, {}),
            Predicate(WAITING, {"now": clock.now()}),
        ]
        return page(OLDEST_REQUESTS, first, after, where=where, filters=(code, handler))
