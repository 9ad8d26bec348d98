"""The five queries. Each is asked with many variables in turn, so that no single row is what is measured."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bench.content import KINDS, Content
from modules.kernel import keys

Ask = Callable[[str, Mapping[str, Any]], Awaitable[Any]]

_ENTITY = "id edrpou name shortName kind region isVerified updatedAt"

POINT = f"query Point($edrpou: String!) {{ legalEntity(edrpou: $edrpou) {{ {_ENTITY} }} }}"

PAGE = f"""
query Page($kind: LegalEntityKind!) {{
  legalEntities(filter: {{kind: $kind}}, first: 50) {{
    edges {{ node {{ {_ENTITY} }} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""

DEBATE = """
query Debate($id: ID!) {
  debate(id: $id) {
    id title
    comments(first: 100) { edges { node {
      id body createdAt author { id name }
      replies(first: 5) { edges { node { id body createdAt author { id name } } } }
    } } }
  }
}"""

DEBATES = """
query Debates($filter: DebateFilter) {
  debates(filter: $filter, first: 20) { edges { node {
    id title openedBy { id name }
    comments(orderBy: NEWEST, first: 1) { edges { node { id body createdAt } } }
    polls { id title options { id text } }
  } } }
}"""

PAGES = 10
_NEXT = "query Next($after: Cursor) { legalEntities(first: 100, after: $after) { pageInfo { endCursor } } }"
_ALIASES = "\n".join(f"  page{at}: legalEntities(first: 100, after: $after{at}) {{ ...Rows }}" for at in range(PAGES))
_AFTER = ", ".join(f"$after{at}: Cursor" for at in range(PAGES))
ROWS = f"query Rows({_AFTER}) {{\n{_ALIASES}\n}}\nfragment Rows on LegalEntityConnection {{ edges {{ node {{ {_ENTITY} }} }} }}"


@dataclass(frozen=True)
class Question:
    """`least` is how many entities an answer has at the least: one that has fewer is not the answer."""

    name: str
    title: str
    query: str
    variables: Sequence[Mapping[str, Any]]
    least: int

    @property
    def bodies(self) -> list[bytes]:
        """What is posted, in turn."""
        return [orjson.dumps({"query": self.query, "variables": each}) for each in self.variables]


async def questions(ask: Ask, content: Content) -> list[Question]:
    """The queries with their variables; `ask` answers a query with its `data`, and is used to find ten pages' cursors."""
    codes = [{"edrpou": entity.edrpou} for entity in content.legal_entities[:1_000]]
    kinds = [{"kind": kind.name} for kind in KINDS]
    busy = [{"id": keys.encode("Debate", debate)} for debate in content.busy]
    places = [{"filter": {"municipalityId": keys.encode("Municipality", code)}} for code in content.places_with_debates]
    return [
        Question("Q1", "one legal entity by code", POINT, codes, 1),
        Question("Q2", "page of 50 legal entities of a kind", PAGE, kinds, 50),
        Question("Q3", "debate, 100 comments, 5 replies each, authors", DEBATE, busy, 201),
        Question("Q4", "20 debates, last comment, poll", DEBATES, places, 140),
        Question("Q5", "1,000 rows: ten pages of 100 by alias", ROWS, [await _cursors(ask)], 1_000),
    ]


async def _cursors(ask: Ask) -> dict[str, str | None]:
    """Where each of ten successive pages begins."""
    found: dict[str, str | None] = {"after0": None}
    for at in range(1, PAGES):
        data = await ask(_NEXT, {"after": found[f"after{at - 1}"]})
        found[f"after{at}"] = data["legalEntities"]["pageInfo"]["endCursor"]
    return found
