"""What is private to Kyiv, and documents that ask for all of it, made from the schema."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_required_argument,
    parse,
    visit,
)

from gateway.app import schema
from gateway.joining import core, definition
from modules.kernel.fields import OF_VIEWER
from tests.people import BILA_TSERKVA, KYIV, municipality_id
from tests.selecting import Takes, everything
from tests.test_authorisation import Scene

GRAPH = core(schema())
assert GRAPH.query_type is not None and GRAPH.mutation_type is not None
HOME = municipality_id(BILA_TSERKVA)  # of those who have a role elsewhere
REPORTS = 437
# What was hidden, why a role was given, what an organisation shows its municipality.
SECRETS = ("Таємне слово", "Таємна причина", f"'hideAfterReports': {REPORTS}", "Статут")


@dataclass(frozen=True)
class Private:
    """What there is in Kyiv: the scene of what may be done, and ids by the kind of entity."""

    scene: Scene
    ids: dict[str, str]

    def asked(self, query: str) -> list[dict[str, str]]:
        """The arguments to ask a root field with, one set after the other, each as it is written."""
        place = f'"{municipality_id()}"'
        sets: dict[str, list[dict[str, str]]] = {
            "auditEvents": [{}, {"filter": f"{{municipalityId: {place}}}"}, {"filter": '{action: "grantRole"}'}],
            "debate": [{"id": f'"{self.ids["Debate"]}"'}],
            "debates": [{}, {"filter": f"{{municipalityId: {place}}}"}, {"search": '"Таємне"'}],
            "legalEntities": [{}, {"search": '"Таємне"'}],
            "legalEntity": [{"edrpou": '"00032112"'}],
            "municipalities": [{}, {"filter": "{isActive: true}"}, {"search": '"Київ"'}],
            "municipality": [{"code": f'"{KYIV}"'}],
            "oidcProviders": [{}],
            "organisation": [{"id": f'"{self.ids["Organisation"]}"'}],
            "organisations": [{}, {"filter": f"{{municipalityId: {place}}}"}, {"search": '"Кручі"'}],
            "person": [{"id": f'"{self.ids["Person"]}"'}],
            "persons": [{}, {"filter": f"{{municipalityId: {place}}}"}, {"search": '"Taras"'}],
            "verificationRequests": [{}, {"filter": f"{{municipalityId: {place}}}"}],
            "node": [{"id": f'"{each}"'} for each in self.ids.values()],
            "nodes": [{"ids": f'["{each}"]'} for each in self.ids.values()],
            "poll": [{"id": f'"{self.ids["Poll"]}"'}],
            "polls": [{}, {"filter": f"{{municipalityId: {place}}}"}],
            "viewer": [{}],
        }
        return sets[query]

    def followed(self, beginning: str) -> dict[str, dict[str, str]]:
        """The arguments to follow a live topic with, as they are written; what is logged, from the beginning."""
        debate = f'"{self.ids["Debate"]}"'
        return {
            "debateEvents": {"debateId": debate, "after": f'"{beginning}"'},
            "debatePolls": {"debateId": debate},
            "pollTally": {"pollId": f'"{self.ids["Poll"]}"'},
            "presence": {"debateId": debate},
            "reactionCounts": {"debateId": debate, "commentIds": f'["{self.ids["Comment"]}"]'},
        }


def documents(private: Private, query: str) -> list[str]:
    """All that can be asked through a root field, as documents."""
    field = GRAPH.query_type.fields[query]  # type: ignore[union-attr]
    kind, found = get_named_type(field.type), []
    for given in private.asked(query):
        missing = {name for name, each in field.args.items() if is_required_argument(each)} - set(given)
        assert not missing, f"{query} is not told what to ask with: {missing}"
        named = next(
            (name for name in private.ids if f'"{private.ids[name]}"' in given.get("id", given.get("ids", ""))), ""
        )
        below = everything(GRAPH, GRAPH.type_map[named] if query in ("node", "nodes") else kind, {})
        below = f"{{ ... on {named} {below} }}" if query in ("node", "nodes") else below
        arguments = ", ".join(f"{name}: {value}" for name, value in given.items())
        found.append(f"{{ {query}{f'({arguments})' if arguments else ''} {below} }}")
    return found


def acting(mutation: str) -> str:
    """The document of a mutation, with everything that its answer leads to."""
    assert GRAPH.mutation_type is not None
    field = GRAPH.mutation_type.fields[mutation]
    asked = (f"($i: {field.args['input'].type})", "(input: $i)") if field.args else ("", "")
    below = everything(GRAPH, get_named_type(field.type), {})
    return f"mutation{asked[0]} {{ r: {mutation}{asked[1]} {below} }}"


def following(subscription: str, given: Mapping[str, str], takes: Takes) -> str:
    """The document of a subscription, with everything that its updates lead to, as far as it takes a field."""
    assert GRAPH.subscription_type is not None
    arguments = ", ".join(f"{name}: {value}" for name, value in given.items())
    below = everything(GRAPH, get_named_type(GRAPH.subscription_type.fields[subscription].type), {}, takes=takes)
    return f"subscription {{ {subscription}({arguments}) {below} }}"


def of_viewer(field: GraphQLField) -> bool:
    """Whether it shows something of who asks, so that it is answered to each alone."""
    return bool(definition(field).metadata.get(OF_VIEWER))


def abroad(data: Any) -> Any:
    """An answer without what it tells of the home of those who have a role elsewhere."""
    if isinstance(data, list):
        return [abroad(each) for each in data]
    if not isinstance(data, dict):
        return data
    return HOME if data.get("id") == HOME else {name: abroad(value) for name, value in data.items()}


def selected(document: str) -> set[str]:
    """The fields of a document: `Debate.title`."""
    found: set[str] = set()
    kinds = TypeInfo(GRAPH)

    class Look(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent = kinds.get_parent_type()
            assert parent is not None
            found.add(f"{parent.name}.{node.name.value}")

    visit(parse(document), TypeInfoVisitor(kinds, Look()))
    return found
