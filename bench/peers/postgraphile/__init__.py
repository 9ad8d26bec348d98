"""PostGraphile's own schema: the five questions in its words, and its answers in ours.

Names come out as ours by alias. What is left: its ids are the rows' keys, its moments have an offset in place of `Z`, and
kinds are the column's text. A comment's text is not hidden from anybody (in the data, none is).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bench import questions as ours
from bench.content import Content
from bench.questions import PAGES, Ask, Question
from modules.kernel.keys import split

_ENTITY = "id: rowId edrpou name shortName kind region isVerified updatedAt"

POINT = f"query Point($edrpou: String!) {{ legalEntity: registryLegalEntityByEdrpou(edrpou: $edrpou) {{ {_ENTITY} }} }}"

PAGE = f"""
query Page($kind: String!) {{
  legalEntities: allRegistryLegalEntities(condition: {{kind: $kind}}, orderBy: [NAME_ASC, ROW_ID_ASC], first: 50) {{
    edges {{ node {{ {_ENTITY} }} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""

DEBATE = """
query Debate($id: UUID!) {
  debate: civicDebateByRowId(rowId: $id) {
    id: rowId title
    comments: civicCommentsByDebateId(condition: {parentId: null}, orderBy: [CREATED_AT_ASC, ROW_ID_ASC], first: 100) {
      edges { node {
        id: rowId body createdAt author { id: rowId name }
        replies: civicCommentsByParentId(orderBy: [CREATED_AT_ASC, ROW_ID_ASC], first: 5) {
          edges { node { id: rowId body createdAt author { id: rowId name } } }
        }
      } }
    }
  }
}"""

DEBATES = """
query Debates($municipality: String!) {
  debates: allCivicDebates(condition: {municipalityId: $municipality}, orderBy: [OPENS_AT_DESC, ROW_ID_DESC], first: 20) {
    edges { node {
      id: rowId title openedBy: openedByPerson { id: rowId name }
      comments: civicCommentsByDebateId(condition: {parentId: null}, orderBy: [CREATED_AT_DESC, ROW_ID_DESC], first: 1) {
        edges { node { id: rowId body createdAt } }
      }
      polls: pollsList(orderBy: [OPENS_AT_ASC, ROW_ID_ASC], first: 20) {
        id: rowId title options: votingOptionsByPollIdList(orderBy: POSITION_ASC) { id: rowId text }
      }
    } }
  }
}"""

_LIST = "allRegistryLegalEntities(orderBy: [NAME_ASC, ROW_ID_ASC], first: 100"
_NEXT = f"query Next($after: Cursor) {{ legalEntities: {_LIST}, after: $after) {{ pageInfo {{ endCursor }} }} }}"
_ALIASES = "\n".join(f"  page{at}: {_LIST}, after: $after{at}) {{ ...Rows }}" for at in range(PAGES))
_AFTER = ", ".join(f"$after{at}: Cursor" for at in range(PAGES))
ROWS = (
    f"query Rows({_AFTER}) {{\n{_ALIASES}\n}}\n"
    f"fragment Rows on RegistryLegalEntityConnection {{ edges {{ node {{ {_ENTITY} }} }} }}"
)


async def questions(ask: Ask, content: Content) -> list[Question]:
    async def ask_next(_query: str, variables: Mapping[str, Any]) -> Any:
        return await ask(_NEXT, variables)

    point, page, debate, debates, rows = await ours.questions(ask_next, content)
    return [
        replace(point, query=POINT),
        replace(page, query=PAGE, variables=[{"kind": each["kind"].lower()} for each in page.variables]),
        replace(debate, query=DEBATE, variables=[{"id": _key(each["id"])} for each in debate.variables]),
        replace(
            debates,
            query=DEBATES,
            variables=[{"municipality": _key(each["filter"]["municipalityId"])} for each in debates.variables],
        ),
        replace(rows, query=ROWS),
    ]


def _key(global_id: str) -> str:
    return split(global_id)[1]


# Of what type the entities in a field are.
_TYPES = {
    "legalEntity": "LegalEntity",
    "legalEntities": "LegalEntity",
    **{f"page{at}": "LegalEntity" for at in range(PAGES)},
    "debate": "Debate",
    "debates": "Debate",
    "comments": "Comment",
    "replies": "Comment",
    "author": "Person",
    "openedBy": "Person",
    "polls": "Poll",
    "options": "PollOption",
}


def as_ours(value: Any, name: str = "", entity: str = "") -> Any:
    """The answer that ours would be; `name` is the field that has the value, `entity` the type that it is in."""
    entity = _TYPES.get(name, entity)
    if isinstance(value, dict):
        return {each: as_ours(inner, each, entity) for each, inner in value.items()}
    if isinstance(value, list):
        return [as_ours(each, name, entity) for each in value]
    if name == "id":
        return f"{entity}_{value.replace('-', '')}"
    if name in ("createdAt", "updatedAt"):
        return datetime.fromisoformat(value).astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.upper() if name == "kind" else value
