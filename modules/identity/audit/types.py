"""Graph types of the audit."""

from datetime import datetime

import strawberry

from modules.identity.types import Municipality, Person
from modules.kernel.fields import Node, column, entity, reference


@entity(
    "Something that was done by virtue of an office, kept for ever. What and when is public; who did it, to what, whom it "
    "concerns and why is for the administrators of the municipality and for who administers the platform.",
    fresh_for=5,
)
class AuditEvent(Node):
    happened_at: datetime = column("When.", of="at")
    action: str = column("What was done, as the mutation is called: `hideComment`.")
    detail: str = column("What exactly: a role, the names of settings; empty when there is nothing more to say.")
    municipality: Municipality | None = reference("municipality_id", "Whose matter, null for the whole platform.")
    actor: Person | None = reference(
        "actor_id", "Who did it; null for who runs the installation, and when that is not the viewer's to see."
    )
    subject: strawberry.ID | None = column(
        "To what it was done, the id for `node(id)`; null when that is not the viewer's to see."
    )
    person: Person | None = reference(
        "person_id", "Whom it concerns; null for nobody, and when that is not the viewer's to see."
    )
    reason: str | None = column("Why; may be empty, null when that is not the viewer's to see.")
