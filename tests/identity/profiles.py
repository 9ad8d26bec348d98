"""What people say of themselves, through the graph."""

from typing import Any

from modules.kernel.policy import Viewer
from tests.asking import Ask
from tests.civic.scenes import act

UPDATE = """mutation($i: UpdateProfileInput!) { r: updateProfile(input: $i) { __typename ...R ... on ProfileUpdated {
  person { name about avatar interests municipality { name } } viewer { settings { locale } person { name } } } } }"""
LIST = """query($f: PersonFilter, $s: String! = "", $o: PersonOrder! = NAME, $n: Int! = 20, $a: Cursor) {
  persons(filter: $f, search: $s, orderBy: $o, first: $n, after: $a) {
    totalCount edges { node { id name } } pageInfo { hasNextPage endCursor } } }"""
PAGE = """query($id: ID!) { person(id: $id) {
  id name about avatar interests joinedAt verificationLevel municipality { name } } }"""


async def update(ask: Ask, as_: Viewer, **input: Any) -> dict[str, Any]:
    """What came of it."""
    return await act(ask, UPDATE, as_, **input)


async def names(ask: Ask, as_: Viewer | None = None, **variables: Any) -> list[str]:
    """Of the people who are listed, in order."""
    found = await ask(LIST, variables) if as_ is None else await ask(LIST, variables, as_=as_)
    return [edge["node"]["name"] for edge in found["persons"]["edges"]]
