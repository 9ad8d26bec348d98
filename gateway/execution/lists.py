"""Lists of entities: the written functions that fetch a level and deal it out to its parents.

async def comments(run, keys):
    cut = ...                                   which page
    statement = ...                             made once for this selection
    rows = await run.fetch(statement, ...)      one statement for all parents
    items = comment(run, rows)                  see `rows`
    return dealt(...)                           to each parent its own
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLNamedType, GraphQLObjectType, get_named_type
from graphql.execution.values import VariableValues

from gateway.execution import running
from gateway.execution.arguments import Arguments
from gateway.execution.compiling import Compiling, Fields, Make, NotPlanned, nullable
from gateway.execution.rows import level
from gateway.execution.running import Asking
from modules.kernel.fields import Asked
from modules.kernel.prepared import Prepared
from modules.kernel.relations import ByKey, Listed, Paged, Relation
from modules.kernel.selects import Wanted
from modules.kernel.storage import Storage

_CALLED = ("first_of_each", "dealt", "grouped", "distinct", "cursor_of", "gather")


@dataclass(frozen=True)
class Connected:
    """What is asked of a connection. `items` are the nodes' type and selection, None when nothing of them is."""

    kind: GraphQLObjectType
    fields: Fields
    edges: Fields
    items: tuple[GraphQLObjectType, Sequence[FieldNode]] | None
    page_info: frozenset[str]
    total: bool

    @property
    def rows(self) -> bool:
        """Whether any row has to be read: even of edges of which nothing is shown, their number is."""
        of_edges = any(nodes[0].name.value == "edges" for nodes in self.fields.values())
        return of_edges or bool(self.page_info - {"__typename", "hasPreviousPage"})

    @property
    def ordered(self) -> bool:
        """Whether cursors are made of rows."""
        of_edges = any(nodes[0].name.value == "cursor" for nodes in self.edges.values())
        return of_edges or bool(self.page_info & {"startCursor", "endCursor"})

    @property
    def more(self) -> bool:
        return "hasNextPage" in self.page_info


def listed(
    compiling: Compiling, parent: GraphQLNamedType, relation: Relation, field: GraphQLField, nodes: Sequence[FieldNode]
) -> str | None:
    """The name of a function `(run, raw keys) -> one list or page per key`; None when no statement can answer it."""
    if compiling.dialect is None or isinstance(relation, ByKey):
        return None
    about, before = f"{parent.name}.{nodes[0].name.value}", compiling.source.mark()
    try:
        if isinstance(relation, Paged) and relation.cursors:
            return _paged(compiling, about, relation, field, nodes)
        return _plain(compiling, about, relation, field, nodes)
    except NotPlanned as reason:
        compiling.source.back_to(before)
        compiling.note(str(reason))
        return None


def _plain(compiling: Compiling, about: str, relation: Relation, field: GraphQLField, nodes: Any) -> str:
    kind, written = get_named_type(field.type), compiling.source
    if not isinstance(kind, GraphQLObjectType):
        raise NotPlanned(f"{about} may be of several types")
    made = level(compiling, kind, nodes, relation.source, parent=True, ordered=False)
    wanted, first = written.constant(f"{kind.name}_wanted", made.wanted), "len(rows)"
    relation_name, lines = written.constant(nodes[0].name.value, relation), []
    given = '{"keys": distinct(keys)}'
    if isinstance(relation, Paged):
        first, given = "cut.first", '{**cut.values, "keys": distinct(keys)}'
        arguments = compiling.arguments(field, nodes)
        lines.append(_cut(compiling, relation_name, relation, arguments))
        compiling.planned(about, _page_of(relation, made.wanted, arguments, more=False, ordered=False))
        asked = f"{relation_name}.prepared(run.storage, {wanted}, cut, more=False, ordered=False)"
    else:
        assert isinstance(relation, Listed)
        listing = relation
        compiling.planned(about, lambda storage, _: listing.prepared(storage, made.wanted))
        asked = f"{relation_name}.prepared(run.storage, {wanted})"
    lines += [
        f"rows = await run.fetch({asked}, {given}) if keys else []",
        "found = grouped(rows)",
        f"items = {made.call(f'first_of_each(found, {first})')}",
        f"return dealt(keys, found, {first}, items, lambda key, rows, items: items)",
    ]
    return _function(compiling, about, "run, keys", lines)


def _paged(compiling: Compiling, about: str, relation: Paged, field: GraphQLField, nodes: Any) -> str:
    written, connected = compiling.source, connection(compiling, field, nodes)
    relation_name = written.constant(nodes[0].name.value, relation)
    arguments = compiling.arguments(field, nodes)
    lines = [_cut(compiling, relation_name, relation, arguments)]
    if connected.total:
        lines.append(f"totals = await {relation_name}.totals(run.context, keys)")
        compiling.planned(f"{about}.totalCount", lambda storage, _: relation.counted(storage))
    made = _items(compiling, relation.source, connected, parent=True)
    statement = (
        f"{relation_name}.prepared(run.storage, {made.wanted}, cut, more={connected.more}, ordered={connected.ordered})"
    )
    shown = page(compiling, connected, about)
    total = "totals.get(key, 0)" if connected.total else "0"
    if connected.rows:
        make = _page_of(relation, made.columns, arguments, more=connected.more, ordered=connected.ordered)
        compiling.planned(about, make)
        lines += [
            f"statement = {statement}",
            'rows = await run.fetch(statement, {**cut.values, "keys": distinct(keys)}) if keys else []',
            "found = grouped(rows)",
            f"items = {made.items('first_of_each(found, cut.first)')}",
            f"show = lambda key, rows, items: {shown}(cut, statement, rows, items, {total})",
            "return dealt(keys, found, cut.first, items, show)",
        ]
    else:
        lines.append(f"return [{shown}(cut, None, (), (), {total}) for key in keys]")
    return _function(compiling, about, "run, keys", lines)


def _page_of(relation: Paged, wanted: Wanted, arguments: Arguments, *, more: bool, ordered: bool) -> Make:
    def make(storage: Storage, variables: VariableValues) -> Prepared:
        return relation.prepared(
            storage, wanted, relation.cut(**arguments.given(variables)), more=more, ordered=ordered
        )

    return make


def rooted(compiling: Compiling, field: GraphQLField, declared: Asked, nodes: Sequence[FieldNode]) -> str:
    """The name of a function `(run) -> the value of a root field` that asks for rows. Raises NotPlanned."""
    if compiling.dialect is None:
        raise NotPlanned("there is no database")
    written, name = compiling.source, nodes[0].name.value
    kind, arguments = get_named_type(field.type), compiling.arguments(field, nodes)
    asked = written.constant(f"ask_{name}", declared.ask)
    source = written.constant(f"{name}_rows", declared.source)
    lines = [f"asked = {asked}(None, run.info, {_given(compiling, name, arguments)})"]
    if not isinstance(kind, GraphQLObjectType):
        raise NotPlanned(f"Query.{name} may be of several types")
    if "pageInfo" in kind.fields:
        return _root_page(compiling, name, source, declared, arguments, field, nodes, lines)
    made = level(compiling, kind, nodes, declared.source, parent=False, ordered=False)
    wanted = written.constant(f"{kind.name}_wanted", made.wanted)
    make = _asked(declared, arguments, lambda storage, asked: asked.prepared(storage, declared.source, made.wanted))
    compiling.planned(f"Query.{name}", make)
    lines += [
        f"rows = await run.fetch(asked.prepared(run.storage, {source}, {wanted}), asked.values)",
        f"items = {made.call('rows[:1]')}",
        f"return items[0] if items else {'None' if nullable(field.type)[1] else 'missing()'}",
    ]
    return _function(compiling, f"Query.{name}", "run", lines)


def _asked(declared: Asked, arguments: Arguments, prepared: Callable[[Storage, Any], Prepared]) -> Make:
    def make(storage: Storage, variables: VariableValues) -> Prepared:
        return prepared(storage, declared.ask(None, Asking(None), **arguments.given(variables)))

    return make


def _root_page(
    compiling: Compiling,
    name: str,
    source: str,
    declared: Asked,
    arguments: Arguments,
    field: GraphQLField,
    nodes: Any,
    lines: list[str],
) -> str:
    connected, about = connection(compiling, field, nodes), f"Query.{name}"
    made = _items(compiling, declared.source, connected, parent=False)
    shown = page(compiling, connected, about)
    total = f"await asked.total(run.context, {source})" if connected.total else "0"
    lines += ["cut = asked.cut", f"total = {total}"]
    if connected.total:
        make = _asked(declared, arguments, lambda storage, asked: asked.counted(storage, declared.source))
        compiling.planned(f"{about}.totalCount", make)
    if connected.rows:
        form = {"more": connected.more, "ordered": connected.ordered}
        make = _asked(
            declared, arguments, lambda storage, asked: asked.prepared(storage, declared.source, made.columns, **form)
        )
        compiling.planned(about, make)
        lines += [
            f"statement = asked.prepared(run.storage, {source}, {made.wanted}, more={connected.more}, ordered={connected.ordered})",
            "rows = await run.fetch(statement, asked.values)",
            f"items = {made.items('rows[:cut.first]')}",
            f"return {shown}(cut, statement, rows, items, total)",
        ]
    else:
        lines.append(f"return {shown}(cut, None, (), (), total)")
    return _function(compiling, about, "run", lines)


@dataclass(frozen=True)
class _Items:
    """The nodes of a page: the columns they want, and the code that makes them."""

    columns: Wanted
    wanted: str
    code: str

    def items(self, rows: str) -> str:
        return self.code.replace("@rows", rows)


def _items(compiling: Compiling, source: Any, connected: Connected, *, parent: bool) -> _Items:
    written = compiling.source
    if connected.items is None:  # only cursors, or where the page lies
        nothing = Wanted(())
        return _Items(nothing, written.constant("nothing_wanted", nothing), "@rows")
    kind, nodes = connected.items
    made = level(compiling, kind, nodes, source, parent=parent, ordered=connected.ordered)
    return _Items(made.wanted, written.constant(f"{kind.name}_wanted", made.wanted), made.call("@rows"))


def connection(compiling: Compiling, field: GraphQLField, nodes: Sequence[FieldNode]) -> Connected:
    """What is asked of a connection. Raises NotPlanned when the same rows are to be shown in two ways."""
    kind = get_named_type(field.type)
    assert isinstance(kind, GraphQLObjectType)  # a page has pageInfo
    fields, selecting = compiling.selecting.below(kind, nodes), compiling.selecting
    named = {name: [nodes for nodes in fields.values() if nodes[0].name.value == name] for name in kind.fields}
    if len(named["edges"]) > 1:
        raise NotPlanned(f"{kind.name}.edges is asked for under two names")
    edge_kind, info_kind = get_named_type(kind.fields["edges"].type), get_named_type(kind.fields["pageInfo"].type)
    assert isinstance(edge_kind, GraphQLObjectType)
    assert isinstance(info_kind, GraphQLObjectType)
    edges = selecting.below(edge_kind, named["edges"][0]) if named["edges"] else {}
    items = [nodes for nodes in edges.values() if nodes[0].name.value == "node"]
    item_kind = get_named_type(edge_kind.fields["node"].type)
    if len(items) > 1 or not isinstance(item_kind, GraphQLObjectType):
        raise NotPlanned(f"{edge_kind.name}.node is asked for under two names")
    page_info = [selecting.below(info_kind, nodes) for nodes in named["pageInfo"]]
    return Connected(
        kind,
        fields,
        edges,
        (item_kind, items[0]) if items else None,
        frozenset(nodes[0].name.value for asked in page_info for nodes in asked.values()),
        bool(named["totalCount"]),
    )


def page(compiling: Compiling, connected: Connected, about: str) -> str:
    """The name of a function that shows a page: `(cut, statement, rows, items, total)`, with the row after it in `rows`."""
    entries = []
    for name, nodes in connected.fields.items():
        asked = nodes[0].name.value
        if asked == "edges":
            code = _edges(connected)
        elif asked == "pageInfo":
            code = _page_info(compiling, connected, nodes)
        else:
            code = "total" if asked == "totalCount" else repr(connected.kind.name)
        entries.append(f"{name!r}: {code}")
    lines = [f"return {{{', '.join(entries)}}}"]
    return _function(compiling, about, "cut, statement, rows, items, total", lines, waits=False, ending="_page")


def _edges(connected: Connected) -> str:
    edge = get_named_type(connected.kind.fields["edges"].type).name
    shown = {"cursor": "cursor_of(cut, statement, row)", "node": "item", "__typename": repr(edge)}
    code = ", ".join(f"{name!r}: {shown[nodes[0].name.value]}" for name, nodes in connected.edges.items())
    if all(nodes[0].name.value == "node" for nodes in connected.edges.values()):
        return f"[{{{code}}} for item in items]"
    return f"[{{{code}}} for row, item in zip(rows, items)]"


def _page_info(compiling: Compiling, connected: Connected, nodes: Sequence[FieldNode]) -> str:
    kind = get_named_type(connected.kind.fields["pageInfo"].type)
    assert isinstance(kind, GraphQLObjectType)
    shown: Mapping[str, str] = {
        "hasNextPage": "len(rows) > cut.first",
        "hasPreviousPage": "cut.after is not None",
        "startCursor": "cursor_of(cut, statement, rows[0]) if items else None",
        "endCursor": "cursor_of(cut, statement, rows[len(items) - 1]) if items else None",
        "__typename": repr(kind.name),
    }
    fields = compiling.selecting.below(kind, nodes)
    return "{" + ", ".join(f"{name!r}: {shown[asked[0].name.value]}" for name, asked in fields.items()) + "}"


def _cut(compiling: Compiling, relation_name: str, relation: Paged, arguments: Arguments) -> str:
    if arguments.constant:
        return f"cut = {compiling.source.constant('cut', relation.cut(**arguments.values))}"
    return f"cut = {relation_name}.cut({_given(compiling, relation_name.lower(), arguments)})"


def _given(compiling: Compiling, name: str, arguments: Arguments) -> str:
    """The code of keyword arguments."""
    if arguments.constant:
        return f"**{compiling.source.constant(f'{name}_arguments', arguments.values)}" if arguments.values else ""
    return f"**{compiling.source.constant(f'{name}_arguments', arguments.given)}(run.variables)"


def _function(
    compiling: Compiling, about: str, parameters: str, lines: list[str], *, waits: bool = True, ending: str = ""
) -> str:
    written = compiling.source
    written.names |= {name: getattr(running, name) for name in _CALLED}
    name = written.name(about.rpartition(".")[2] + ending)
    return written.function(name, parameters, f"{about}.", lines, waits=waits)
