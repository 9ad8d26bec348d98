"""Texts that a database cannot keep: with a NUL, or with half of a surrogate pair. They are refused before anything runs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import GraphQLError, StringValueNode, ValidationRule

TOLD = "A text cannot hold the character NUL, nor half of a surrogate pair."
_UNFIT = re.compile("[\x00\ud800-\udfff]")


class FitTexts(ValidationRule):
    """Texts that stand in the document."""

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if _UNFIT.search(node.value):
            self.report_error(GraphQLError(TOLD, node))


def unfit_variables(variables: Mapping[str, Any]) -> list[GraphQLError]:
    """An error for each variable that holds such a text, at any depth."""
    unfit = [name for name, value in variables.items() if any(map(_UNFIT.search, _texts(value)))]
    return [GraphQLError(f"Variable '${name}': {TOLD}", extensions={"code": "BAD_USER_INPUT"}) for name in unfit]


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value. Without recursion: a client decides how deep it is."""
    rest = [value]
    while rest:
        each = rest.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, Mapping):
            rest.extend(each.values())
        elif isinstance(each, list):
            rest.extend(each)
