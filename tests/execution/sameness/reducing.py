"""A document that shows a difference, made as short as it can be while it still does."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from graphql import REMOVE, Node, Visitor, parse, print_ast, visit

from tests.execution.sameness.drawing import Case

Differs = Callable[[Case], Awaitable[bool]]


async def reduced(case: Case, differs: Differs) -> Case:
    """Leaves out one thing after another as long as the rest differs. `differs` is False for an invalid document."""
    again = True
    while again:
        again, place = False, 0
        while (text := _without(case.text, place)) is not None:
            shorter = replace(case, text=text)
            if await differs(shorter):
                case, again = shorter, True
            else:
                place += 1
    return case


class _Leave(Visitor):
    """Leaves out whatever stands in a list of things, at this place of all."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.left = place

    def enter(self, _node: Node, key: Any, *_: Any) -> Any:
        if isinstance(key, int):
            self.left -= 1
            if self.left == -1:
                return REMOVE
        return None


class _Used(Visitor):
    """The fragments that are spread, and the variables that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_fragment_spread(self, node: Any, *_: Any) -> None:
        self.names.add(node.name.value)

    def enter_variable(self, node: Any, key: Any, *_: Any) -> None:
        if key != "variable":  # not where it is declared
            self.names.add(f"${node.name.value}")


class _Unused(Visitor):
    """Leaves out fragments and variables that are not used."""

    def __init__(self, used: set[str]) -> None:
        super().__init__()
        self.used = used

    def enter_fragment_definition(self, node: Any, *_: Any) -> Any:
        return None if node.name.value in self.used else REMOVE

    def enter_variable_definition(self, node: Any, *_: Any) -> Any:
        return None if f"${node.variable.name.value}" in self.used else REMOVE


def _without(text: str, place: int) -> str | None:
    """The document without one thing, and what was there for it alone; None when there is no such place."""
    leave, used = _Leave(place), _Used()
    document = visit(parse(text, no_location=True), leave)
    if leave.left >= 0:
        return None
    visit(document, used)
    return print_ast(visit(document, _Unused(used.names)))
