"""What an operation may do, and what it costs: asked once of each, on any transport, before it is run."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from graphql import GraphQLError, OperationDefinitionNode, OperationType

from gateway.execution.documents import Document
from gateway.execution.engine import Engine
from gateway.execution.freshness import freshness
from gateway.execution.limits import cost_of, page_variables, root_fields, rows_asked
from gateway.limiting.ledger import Ledger, Spent
from gateway.limiting.rates import BY_ADDRESS, HOUR, Rate, Rates
from modules.kernel.context import Context
from modules.kernel.policy import ApiKey, Scope, Viewer

NOT_RUN = 10  # what it costs to be told that something cannot be run
LEFT_OUT = -1  # a page variable that counts as its default
MOST_COSTS = 200  # of one operation that are remembered, by what its page variables say
_LOOKED = "gate"  # under this name a document keeps what is known of its operations
Headers = tuple[tuple[bytes, bytes], ...]


class Barred(GraphQLError):
    """This operation is not run. Codes: RATE_LIMITED (`retryAfter`: seconds), NOT_ALLOWED."""

    def __init__(self, message: str, code: str, status: int, spent: Spent | None = None) -> None:
        more = {"retryAfter": spent.reset} if spent else {}
        super().__init__(message, extensions={"code": code, **more})
        self.status = status
        self.headers = ((b"retry-after", b"%d" % spent.reset), *headers(spent)) if spent else ()


@dataclass(frozen=True)
class Looked:
    """What is known of an operation whoever sends it."""

    operation: OperationDefinitionNode
    acts: Counter[str]
    pages: tuple[str, ...]
    reads_registers_alone: bool
    costs: dict[tuple[int | None, ...], int] = field(default_factory=dict)


class Gate:
    def __init__(self, engine: Engine, ledger: Ledger, rates: Rates) -> None:
        self._schema, self._limits = engine.schema, engine.limits
        self._ledger, self._rates = ledger, rates

    def request(
        self, context: Context, document: Document, name: str | None, variables: Mapping[str, Any] | None
    ) -> Spent | None:
        return self.passed(context.viewer, context.client.address, document, name, variables)

    def passed(
        self,
        viewer: Viewer,
        address: str,
        document: Document,
        name: str | None,
        variables: Mapping[str, Any] | None,
    ) -> Spent | None:
        """What the operation costs; None where that is not limited. Raises Barred."""
        looked, place = self._looked(document, name), _place(address)
        if looked is None:
            return self._charged(viewer, place, NOT_RUN)
        if viewer.api_key is not None:
            _within(viewer.api_key, looked)
        if looked.acts:
            self._count(looked.acts, viewer, place)
        return self._charged(viewer, place, self._cost(document, looked, variables or {}))

    def _charged(self, viewer: Viewer, place: str, cost: int) -> Spent | None:
        rate, who = self._budget(viewer, place)
        if rate is None:
            return None
        spent = self._ledger.spend(rate, who, cost)
        if spent.is_over:
            told = f"This costs {cost:,}, and {spent.remaining:,} of {spent.limit:,} are left: ask for less, or later."
            raise Barred(told, "RATE_LIMITED", 429, spent)
        return spent if viewer.api_key is None else spent._replace(is_told=True)

    def _budget(self, viewer: Viewer, place: str) -> tuple[Rate | None, str]:
        """Whoever is somebody has a budget of their own: people of one office share an address."""
        if viewer.api_key is not None:
            return Rate(viewer.api_key.hourly_budget, HOUR), f"cost:client:{viewer.api_key.client_id.hex}"
        if viewer.person_id is not None:
            return self._rates.person, f"cost:person:{viewer.person_id.hex}"
        return self._rates.address if place else None, f"cost:{place}"

    def _count(self, acts: Counter[str], viewer: Viewer, place: str) -> None:
        """Raises Barred when one of them is too many."""
        for name, times in acts.items():
            kind, rate = self._rates.act(name)
            who = place if kind in BY_ADDRESS or viewer.person_id is None else viewer.person_id.hex
            if rate is None or not who:
                continue
            spent = self._ledger.spend(rate, f"{kind}:{who}", times)
            if spent.is_over:
                told = f"That is too often: at most {rate.amount:,} times in {rate.seconds:,} seconds. Try again later."
                raise Barred(told, "RATE_LIMITED", 429, spent)

    def _looked(self, document: Document, name: str | None) -> Looked | None:
        """None where it cannot be told which operation is meant: executing says so."""
        known: dict[str | None, Looked] = document.told.setdefault(_LOOKED, {})
        if name in known:
            return known[name]
        try:
            operation = document.operation(name)
        except GraphQLError:
            return None
        assert document.ast is not None  # it has an operation
        is_mutation = operation.operation is OperationType.MUTATION
        acts = Counter(root_fields(document.ast, operation)) if is_mutation else Counter[str]()
        pages = tuple(sorted(page_variables(document.ast)))
        looked = Looked(operation, acts, pages, freshness(self._schema, document, name).in_register)
        known[name] = looked
        return looked

    def _cost(self, document: Document, looked: Looked, variables: Mapping[str, Any]) -> int:
        """What can be answered at most with these variables."""
        asked = tuple(
            rows_asked(variables[name], self._limits) if name in variables else LEFT_OUT for name in looked.pages
        )
        if asked not in looked.costs:
            assert document.ast is not None
            given = {name: count for name, count in zip(looked.pages, asked, strict=True) if count != LEFT_OUT}
            cost = cost_of(self._schema, document.ast, self._limits, looked.operation, given)
            if len(looked.costs) >= MOST_COSTS:
                looked.costs.clear()
            looked.costs[asked] = NOT_RUN if cost > self._limits.cost else cost
        return looked.costs[asked]


def _within(key: ApiKey, looked: Looked) -> None:
    """Raises Barred for what the scopes of a key do not allow."""
    if looked.operation.operation is OperationType.MUTATION:
        raise Barred("The key of an API client reads and changes nothing: sign in as a person.", "NOT_ALLOWED", 403)
    if Scope.READ not in key.scopes and not (Scope.READ_REGISTERS in key.scopes and looked.reads_registers_alone):
        raise Barred("This key reads public registers alone.", "NOT_ALLOWED", 403)


def headers(spent: Spent) -> Headers:
    return (
        (b"x-ratelimit-limit", b"%d" % spent.limit),
        (b"x-ratelimit-remaining", b"%d" % spent.remaining),
        (b"x-ratelimit-reset", b"%d" % spent.reset),
    )


def extensions(spent: Spent) -> dict[str, Any]:
    """The same beside the data of an answer: over a WebSocket there are no headers."""
    told = {"cost": spent.cost, "limit": spent.limit, "remaining": spent.remaining, "reset": spent.reset}
    return {"rateLimit": told}


@lru_cache(maxsize=10_000)
def _place(address: str) -> str:
    """The address that counts; of IPv6 the network of a household. Empty where it is not known."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(IPv6Network((found, 64), strict=False).network_address)
    return address
