"""What an application answers at the path of its graph, for whatever transport."""

from dataclasses import dataclass, field
from time import perf_counter

from gateway.http.access import AccessLog
from gateway.http.answering import Answering
from gateway.http.exchange import Incoming, Reply
from gateway.http.origins import Origins
from gateway.http.tally import Tally

STATE = "graph"  # under this name the application's lifespan hands it to the protocol class


@dataclass(frozen=True, slots=True)
class Graph:
    path: str
    answering: Answering
    origins: Origins
    log: AccessLog
    tally: Tally = field(default_factory=Tally)

    def note(self, incoming: Incoming, reply: Reply | None, began: float) -> None:
        """Tell the log and the tally; without a reply the client left first. `began` is by `perf_counter`."""
        seconds = perf_counter() - began
        if reply:
            self.tally.note(reply.kind, reply.status, seconds)
        status = reply.status if reply else 0
        self.log.tell(incoming.method, self.path, status, seconds, incoming.request_id)
