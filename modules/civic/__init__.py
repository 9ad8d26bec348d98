"""Debates, comments, reactions."""

from pathlib import Path

from modules.civic.mutations import Mutation
from modules.civic.permissions import permissions_by_municipality
from modules.civic.personal import PERSONAL
from modules.civic.ports import Municipalities, Organisations
from modules.civic.queries import Query
from modules.civic.relations import comments_by_id, debates_by_id
from modules.civic.subscriptions import Subscription
from modules.civic.tables import CivicTable
from modules.civic.types import Comment, Debate, Municipality, Organisation, Person
from modules.kernel.contract import Module

module = Module(
    name="civic",
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    owns={Debate: debates_by_id, Comment: comments_by_id},
    extends=(Person, Organisation, Municipality),
    permissions={Municipality: permissions_by_municipality},
    metadata=CivicTable.metadata,
    migrations=Path(__file__).parent / "migrations",
    ports=(Municipalities, Organisations),
    personal=PERSONAL,
)
