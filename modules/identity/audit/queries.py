"""Root queries of the audit."""

from typing import Annotated

import strawberry

from modules.identity.audit.relations import ACT, NEWEST_ACTS
from modules.identity.audit.types import AuditEvent
from modules.identity.types import Municipality
from modules.kernel import keys
from modules.kernel.asks import asked, page
from modules.kernel.audit import acts
from modules.kernel.context import Info
from modules.kernel.paging import After, Connection, First
from modules.kernel.predicates import Predicate, same


@strawberry.input(description="Which acts; what is left out does not narrow.")
class AuditFilter:
    municipality_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this municipality.")
    action: str | None = strawberry.field(default=None, description="Only these: `hideComment`.")

    def where(self) -> list[Predicate | None]:
        """What is asked for. Raises InvalidInput for an id of something else."""
        named = self.municipality_id
        code = None if named is None else keys.decode_code(Municipality, named, "filter.municipalityId")
        return [same(acts.c.municipality_id, code), same(acts.c.action, self.action)]


@strawberry.type
class Query:
    @asked(ACT, "What was done by virtue of an office, newest first.")
    def audit_events(
        self,
        info: Info,
        filter: Annotated[AuditFilter | None, strawberry.argument(description="Which.")] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[AuditEvent]:
        wanted = filter or AuditFilter()
        return page(NEWEST_ACTS, first, after, where=wanted.where(), filters=(wanted,))
