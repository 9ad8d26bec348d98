"""Variables of a document: declared where they are used, given rightly or not."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import GraphQLInputType, GraphQLNonNull

from tests.execution.sameness.values import Name, Values, Where, printed


@dataclass
class Variables:
    values: Values
    chance: Random
    declared: dict[str, str] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)

    def often(self, share: float) -> bool:
        return self.chance.random() < share

    def place(self, kind: GraphQLInputType, where: Where, defaulted: bool) -> Name | None:
        """A variable for a place of this type, or none: then a literal is drawn."""
        if not self.often(0.6 if where[1] == "if" else 0.25):
            return None
        name = f"v{len(self.declared)}"
        inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        default, loose = "", kind is inner or defaulted
        if self.often(0.3):
            drawn = self.values.present(inner, where, _literal)
            default, loose = f" = {printed(drawn, inner)}", True
            self.given[name] = drawn  # what the page is measured by; what is given replaces it
        strict = not loose or self.often(0.3)
        self.declared[name] = f"${name}: {inner}{'!' if strict else ''}{default}"
        nullable = kind is inner or not self.values.orderly
        self.give(name, inner, where, may_lack=not strict or bool(default), may_be_null=nullable and not strict)
        return Name(name)

    def give(self, name: str, kind: GraphQLInputType, where: Where, *, may_lack: bool, may_be_null: bool) -> None:
        """The variable's value: mostly a right one; seldom none, null or a wrong one, even where that is refused."""
        if self.often(0.25) if may_lack else self.values.oddly(0.005):
            self.given.pop(name, None)
        elif self.often(0.15) if may_be_null else self.values.oddly(0.005):
            self.given[name] = None
        else:
            self.given[name] = (
                self.values.wrong() if self.values.oddly(0.01) else self.values.present(kind, where, _literal)
            )


def _literal(_kind: GraphQLInputType, _where: Where, _defaulted: bool) -> None:
    """No variable within the value of another."""
