"""One case asked twice: of the engine as it is, and of graphql-core alone."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import OperationType
from structlog.testing import capture_logs

from gateway.execution.answers import encoded
from gateway.execution.engine import QUERIES, Engine
from tests.execution.sameness.drawing import Case

AGAIN = 20  # how often graphql-core is asked before its answer counts as always the same
ContextOf = Callable[[], Any]


class Different(AssertionError):
    """The answers differ, and graphql-core does not differ from itself."""


class FellBack(AssertionError):
    """An operation like those of frontends, answered without an error, and not by compiled code."""


@dataclass
class Seen:
    """What was answered so far."""

    figures: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def note(self, answer: Mapping[str, Any]) -> None:
        told = answer.get("errors", ())
        self.figures["documents"] += 1
        self.figures["with data"] += any(value is not None for value in (answer.get("data") or {}).values())
        self.figures["with errors"] += bool(told)
        self.figures["with nulls"] += _holds_null(answer.get("data"))
        self.codes.update(error["extensions"]["code"] for error in told)


@dataclass(frozen=True)
class Comparing:
    """Asks both ways. `context_of` makes a fresh context: loaders remember, and one answer must not help the other."""

    engine: Engine
    context_of: ContextOf
    allow: frozenset[OperationType] = QUERIES
    never_falls_back: bool = False
    seen: Seen = field(default_factory=Seen)

    async def compare(self, case: Case) -> dict[str, Any] | None:
        """graphql-core's answer, None when the document is refused. Raises Different and FellBack."""
        document = self.engine.prepare(case.text)
        if document.ast is None:
            self.seen.figures["refused"] += 1
            self.seen.reasons.update(
                str((error.extensions or {}).get("limit", error.message)) for error in document.errors
            )
            return None
        before = self.engine.fallbacks.total()
        one, other = await self.ask(self.engine.execute, case), await self.ask(self.engine.reference, case)
        fell_back = self.engine.fallbacks.total() - before
        if one != other:
            await self._excuse(case, one, other)
        answer: dict[str, Any] = orjson.loads(other)
        self.seen.note(answer)
        self.seen.figures["answered by graphql-core"] += bool(fell_back)
        if fell_back and "errors" not in answer:
            self.seen.figures["answered by graphql-core, without an error"] += 1
            if self.never_falls_back:
                raise FellBack(f"{case.name} was left to graphql-core\n{case.text}\n{case.variables}")
        return answer

    async def differs(self, case: Case) -> bool:
        """Whether the answers to a valid document differ."""
        try:
            return await self.compare(case) is not None and False
        except Different:
            return True

    async def ask(self, way: Callable[..., Any], case: Case) -> bytes:
        """The answer's bytes, or the name of what could not be made bytes."""
        with capture_logs():  # what fails on purpose is not worth a line
            answer = await way(
                self.engine.prepare(case.text),
                context=self.context_of(),
                variables=case.variables,
                operation_name=case.operation,
                allow=self.allow,
            )
        try:
            return encoded(answer)
        except TypeError as error:
            return orjson.dumps({"unserialisable": str(error)})

    async def _excuse(self, case: Case, one: bytes, other: bytes) -> None:
        """Errors of fields that wait for the database come in the order in which they happen, and where one takes its
        parent with it the later ones are not told: then graphql-core differs from itself too. Data never does."""
        told, meant = orjson.loads(one), orjson.loads(other)
        same_data = orjson.dumps(told.get("data")) == orjson.dumps(meant.get("data")) and ("data" in told) == (
            "data" in meant
        )
        if same_data and "errors" in told and "errors" in meant:
            if _one_took_the_others_along(told, meant):
                self.seen.figures["errors that another took along"] += 1
                return
            for _ in range(AGAIN):
                if await self.ask(self.engine.reference, case) == one:
                    self.seen.figures["errors in another order, as graphql-core's own"] += 1
                    return
        raise Different(_told(case, told, meant))


def _one_took_the_others_along(one: Any, other: Any) -> bool:
    """Whether one tells fewer errors, in the order of the other, and of each place that is null for an error at least one."""
    told, meant = ([orjson.dumps(error) for error in answer["errors"]] for answer in (one, other))
    fewer, more = sorted((told, meant), key=len)
    places, expected = ({_null(a["data"], e.get("path", ())) for e in a["errors"]} for a in (one, other))
    return len(fewer) < len(more) and fewer == [each for each in more if each in fewer] and places == expected


def _null(data: Any, path: Sequence[str | int]) -> tuple[str | int, ...]:
    """Where the null begins that an error at this path left."""
    for depth, step in enumerate(path):
        if data is None:
            return tuple(path[:depth])
        data = data[step]
    return tuple(path)


def _told(case: Case, one: Any, other: Any) -> str:
    return "\n".join(
        (
            f"{case.name}: the answers differ{_place(one, other, '')}",
            f"--- document\n{case.text}",
            f"--- variables {json.dumps(case.variables, ensure_ascii=False)}  operation {case.operation}",
            f"--- answered\n{json.dumps(one, ensure_ascii=False)}",
            f"--- graphql-core\n{json.dumps(other, ensure_ascii=False)}",
        )
    )


def _place(one: Any, other: Any, path: str) -> str:
    """Where two values differ first."""
    if isinstance(one, dict) and isinstance(other, dict):
        if list(one) != list(other):
            return f" at {path or 'the top'}: keys {list(one)}, graphql-core's {list(other)}"
        pairs = [(f"{path}.{key}", one[key], other[key]) for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(f"{path}[{at}]", *both) for at, both in enumerate(zip(one, other, strict=True))]
    else:
        return (
            "" if json.dumps(one) == json.dumps(other) else f" at {path}: {one!r:.300}, graphql-core's {other!r:.300}"
        )
    return next((found for where, a, b in pairs if (found := _place(a, b, where))), "")


def _holds_null(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(_holds_null(each) for each in (value.values() if isinstance(value, dict) else value))
    return value is None
