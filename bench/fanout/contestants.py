"""Who is measured: ours, peers, and the limit. All are asked with the same words and read by the same client."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.peers import javascript, plain
from bench.serving import Program, spilno


@dataclass(frozen=True)
class Contestant:
    """One that `must_deliver` is waited for until everybody has heard everything, and has failed if that does not come.

    Of the others, what they deliver in time is counted. `share` is how much of the rate they are offered.
    """

    name: str
    program: Callable[[str], Program]  # of a database's URL
    must_deliver: bool = False
    share: float = 1.0


def ours(database_url: str, bus_url: str = "memory://") -> Program:
    """All viewers come from one address here."""
    program = spilno(database_url, bus_url)
    return replace(program, environment={**program.environment, "SPILNO_LIVE_CONNECTIONS_PER_ADDRESS": "0"})


def desk(database_url: str, bus_url: str) -> Program:
    """Not measured: it writes what others read."""
    uvicorn = (sys.executable, "-m", "uvicorn", "bench.fanout.desk:app", "--port", "{port}", "--no-access-log")
    return replace(spilno(database_url, bus_url), command=uvicorn)


def _limit(_: str) -> Program:
    return Program((sys.executable, "-m", "bench.fanout.limit"), {})


OURS = Contestant("spilno", ours, must_deliver=True)
# Twice the rate: to see where it ends, and not what it was asked for.
LIMIT = Contestant("the limit: same bytes to raw sockets", _limit, must_deliver=True, share=2.0)
PEERS = {
    peer.name: peer
    for peer in (
        Contestant("graphql-ws", lambda _: javascript.graphql_ws()),
        Contestant("strawberry", lambda _: plain.live()),
    )
}
