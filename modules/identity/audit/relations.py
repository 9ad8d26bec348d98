"""Which acts of the audit there are, and how much of them the viewer sees."""

import sqlalchemy as sa

from modules.kernel.audit import acts, private
from modules.kernel.keyset import Order
from modules.kernel.policy import Role
from modules.kernel.prepared import VIEWER_IS_PLATFORM_ADMINISTRATOR, among, viewer_codes
from modules.kernel.relations import ByKey

_PRIVATE = ("actor_id", "subject", "person_id", "reason")
_ADMINISTERS = sa.or_(among(acts.c.municipality_id, viewer_codes(Role.ADMINISTRATOR)), VIEWER_IS_PLATFORM_ADMINISTRATOR)
ACT = (
    sa.select(acts.c.id, acts.c.at, acts.c.action, acts.c.municipality_id, acts.c.detail)
    .add_columns(*(sa.case((_ADMINISTERS, private.c[name])).label(name) for name in _PRIVATE))
    .outerjoin(private, private.c.act_id == acts.c.id)
)
NEWEST_ACTS = Order(((acts.c.at, True), (acts.c.id, True)))

audit_events_by_id = ByKey(ACT, by=acts.c.id)
