"""Polls on debates, ballots, tallies."""

from pathlib import Path

from modules.kernel.contract import Module
from modules.voting.mutations import Mutation
from modules.voting.permissions import permissions_by_debate
from modules.voting.personal import PERSONAL
from modules.voting.ports import Debates, Residents
from modules.voting.queries import Query
from modules.voting.relations import polls_by_id
from modules.voting.subscriptions import Subscription
from modules.voting.tables import VotingTable
from modules.voting.types import Debate, Municipality, Person, Poll

module = Module(
    name="voting",
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    owns={Poll: polls_by_id},
    extends=(Debate, Municipality, Person),
    permissions={Debate: permissions_by_debate},
    metadata=VotingTable.metadata,
    migrations=Path(__file__).parent / "migrations",
    ports=(Debates, Residents),
    personal=PERSONAL,
)
