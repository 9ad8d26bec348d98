"""The documents of a frontend, out of its folder of `.graphql` files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from graphql import (
    DefinitionNode,
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    Source,
    Visitor,
    get_location,
    parse,
    print_ast,
    visit,
)

from gateway.documents.manifest import hash_of
from gateway.execution.documents import validated
from gateway.execution.engine import Engine

N = TypeVar("N", FragmentDefinitionNode, OperationDefinitionNode)


class BadDocuments(Exception):
    """What is wrong with the files, each problem on its own line: `debates.graphql:12: ...`."""


@dataclass(frozen=True)
class Collected:
    """One operation with the fragments that it uses, printed: how a file is laid out makes no other document."""

    name: str
    text: str

    @property
    def id(self) -> str:
        return hash_of(self.text)


def collect(folder: Path, engine: Engine) -> list[Collected]:
    """Every operation in the folder and below, by name. Fragments may stand in any file. Raises BadDocuments."""
    problems: list[str] = []
    definitions = _read(folder, problems)
    fragments = _named(definitions, FragmentDefinitionNode, problems)
    operations = _named(definitions, OperationDefinitionNode, problems)
    found = []
    for name, operation in sorted(operations.items()):
        ast = DocumentNode(definitions=(operation, *_used(operation, fragments)))
        text = print_ast(ast)
        errors = validated(engine.schema, ast)
        problems += [f"{_place(error.nodes[0] if error.nodes else operation)}: {error.message}" for error in errors]
        if not errors:
            problems += [f"{_place(operation)}: {error.message}" for error in engine.documents.make(text).errors]
        found.append(Collected(name, text))
    if not (found or problems):
        problems.append(f"{folder}: there is no operation in any .graphql file.")
    if problems:
        raise BadDocuments("\n".join(problems))
    return found


def _read(folder: Path, problems: list[str]) -> list[DefinitionNode]:
    definitions: list[DefinitionNode] = []
    for path in sorted(folder.rglob("*.graphql")):
        try:
            definitions += parse(Source(path.read_text(), str(path))).definitions
        except GraphQLError as error:
            line = error.locations[0].line if error.locations else 1
            problems.append(f"{path}:{line}: {error.message}")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{path}: {error}")
    return definitions


def _named(definitions: Sequence[DefinitionNode], kind: type[N], problems: list[str]) -> dict[str, N]:
    """Definitions of a kind by their name, which must be there, and there once."""
    found: dict[str, N] = {}
    for node in definitions:
        if not isinstance(node, kind):
            continue
        if node.name is None:
            problems.append(f"{_place(node)}: an operation here needs a name.")
        elif node.name.value in found:
            problems.append(f"{_place(node)}: {node.name.value} is at {_place(found[node.name.value])} already.")
        else:
            found[node.name.value] = node
    return found


def _used(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> list[FragmentDefinitionNode]:
    """The fragments that an operation spreads, through others too, in the order in which it comes to them."""
    names = _spread(operation)
    for name in names:  # grows while it is read
        names += [each for each in _spread(fragments[name]) if each not in names] if name in fragments else []
    return [fragments[name] for name in names if name in fragments]


def _spread(node: Node) -> list[str]:
    names: list[str] = []

    class Search(Visitor):
        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: Any) -> None:
            names.append(spread.name.value)

    visit(node, Search())
    return list(dict.fromkeys(names))


def _place(node: Node) -> str:
    """`folder/file.graphql:12`."""
    assert node.loc is not None  # parsed with its places
    return f"{node.loc.source.name}:{get_location(node.loc.source, node.loc.start).line}"
