"""What an operation costs, whose budget it is of, and what a key may ask."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from gateway.execution.engine import Engine
from gateway.limiting.gate import NOT_RUN, Barred, Gate
from gateway.limiting.ledger import Ledger, Spent
from gateway.limiting.rates import Rate, Rates
from modules.kernel.policy import NOBODY, ApiKey, Scope, Viewer
from tests.people import PEOPLE

A_LOT = Rate(100_000, 60)
PAGE = "query($first: Int! = 5) { debates(first: $first) { edges { node { title } } } }"
REGISTER = "{ legalEntities(first: 1) { totalCount edges { node { name } } } }"
SIGN_IN = 'signIn(input: {email: "", password: ""}) { __typename }'
HERE = "192.0.2.7"


def key(*scopes: Scope, budget: int = 100_000, number: int = 1) -> Viewer:
    return Viewer(api_key=ApiKey(UUID(int=number), frozenset(scopes), budget))


class Asking:
    """A gate that is asked with texts."""

    def __init__(self, engine: Engine, **rates: Rate) -> None:
        self._engine, self._gate = engine, Gate(engine, Ledger(), Rates(**rates))

    def __call__(
        self, text: str, viewer: Viewer = NOBODY, variables: Mapping[str, Any] | None = None, address: str = HERE
    ) -> Spent | None:
        return self._gate.passed(viewer, address, self._engine.prepare(text), None, variables)

    def code(self, text: str, viewer: Viewer = NOBODY, address: str = HERE) -> str:
        try:
            self(text, viewer, address=address)
        except Barred as barred:
            assert barred.extensions is not None
            return str(barred.extensions["code"])
        return "passed"


@pytest.mark.parametrize(
    ("variables", "cost"),
    [(None, 1 + 3 * 5), ({"first": 20}, 1 + 3 * 20), ({"first": 10**12}, 1 + 3 * 100), ({"first": "x"}, 1 + 3 * 20)],
)
def test_an_operation_costs_what_it_may_answer_with_these_variables(
    engine: Engine, variables: dict[str, Any] | None, cost: int
) -> None:
    asking = Asking(engine, address=A_LOT)
    told = [asking(PAGE, variables=variables) for _ in range(2)]
    assert [spent.cost for spent in told if spent] == [cost, cost]


@pytest.mark.parametrize("text", ["{", "{ nonsense }", "query A { __typename } query B { __typename }"])
def test_what_cannot_be_run_costs_a_little(engine: Engine, text: str) -> None:
    spent = Asking(engine, address=A_LOT)(text)
    assert spent is not None and spent.cost == NOT_RUN


def test_whoever_is_somebody_has_a_budget_of_their_own_and_nobody_that_of_the_address(engine: Engine) -> None:
    asking = Asking(engine, person=Rate(17, 60), address=Rate(16, 60))
    asked = [(PEOPLE.mira, HERE), (PEOPLE.taras, HERE), (NOBODY, HERE), (NOBODY, "192.0.2.8"), (key(Scope.READ), HERE)]
    left = [spent.remaining for who, where in asked if (spent := asking(PAGE, who, address=where))]
    assert left == [1, 1, 0, 0, 100_000 - 16]
    assert [asking.code(PAGE, who, where) for who, where in asked] == [*["RATE_LIMITED"] * 4, "passed"]
    assert asking(PAGE, NOBODY, address="") is None, "who comes from nowhere is not taken for one"


def test_a_household_has_one_budget_whichever_of_its_addresses_it_uses(engine: Engine) -> None:
    asking = Asking(engine, address=Rate(16, 60))
    places = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", HERE, f"::ffff:{HERE}"]
    codes = [asking.code(PAGE, address=place) for place in places]
    assert codes == ["passed", "RATE_LIMITED", "passed", "passed", "RATE_LIMITED"]


def test_a_key_has_the_budget_of_its_client_by_the_hour(engine: Engine) -> None:
    asking = Asking(engine)
    spent = asking(PAGE, key(Scope.READ, budget=20))
    assert spent is not None and (spent.limit, spent.remaining, spent.is_told) == (20, 4, True)
    assert spent.reset <= 3600
    assert asking.code(PAGE, key(Scope.READ, budget=20)) == "RATE_LIMITED"
    assert asking.code(PAGE, key(Scope.READ, budget=20, number=2)) == "passed"


def test_acts_are_counted_wherever_they_stand_and_the_whole_operation_is_barred(engine: Engine) -> None:
    asking = Asking(engine, sign_in=Rate(3, 60))
    assert asking.code(f"mutation {{ {SIGN_IN} ...M }} fragment M on Mutation {{ a: {SIGN_IN} }}") == "passed"
    assert asking.code(f"mutation {{ ... {{ a: {SIGN_IN} b: {SIGN_IN} }} }}") == "RATE_LIMITED"
    assert asking.code(f"mutation {{ {SIGN_IN} }}", PEOPLE.mira) == "passed", "by address, whoever it is"
    assert asking.code(f"mutation {{ {SIGN_IN} }}", PEOPLE.taras) == "RATE_LIMITED"
    assert asking.code(f"mutation {{ {SIGN_IN} }}", address="192.0.2.8") == "passed"


def test_writes_are_counted_by_person(engine: Engine) -> None:
    asking, write = Asking(engine, writes=Rate(1, 60)), "mutation { signOut { __typename } }"
    codes = [asking.code(write, who) for who in (PEOPLE.mira, PEOPLE.taras, NOBODY, PEOPLE.mira, NOBODY)]
    assert codes == ["passed", "passed", "passed", "RATE_LIMITED", "RATE_LIMITED"]


@pytest.mark.parametrize(
    ("text", "reads", "registers"),
    [
        (REGISTER, True, True),
        ('{ municipality(code: "UA1") { name children { totalCount } } }', True, True),
        (PAGE, True, False),
        ("{ legalEntities(first: 1) { totalCount } debates { totalCount } }", True, False),
        ("{ viewer { email } }", True, False),
        ('subscription { debateEvents(debateId: "Debate_1") { cursor } }', True, False),
        (f"mutation {{ {SIGN_IN} }}", False, False),
    ],
)
def test_a_key_asks_within_its_scopes(engine: Engine, text: str, reads: bool, registers: bool) -> None:
    asking = Asking(engine)
    told = [asking.code(text, key(*scopes)) for scopes in ((Scope.READ,), (Scope.READ_REGISTERS,), ())]
    assert [code == "passed" for code in told] == [reads, registers, False]
    assert set(told) <= {"passed", "NOT_ALLOWED"}
