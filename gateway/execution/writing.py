"""Python that is written for a query: functions in order, and the constants that they name."""

import keyword
import re
from collections.abc import Iterable
from typing import Any

from gateway.execution.leaves import missing


class Source:
    """Collects functions, then makes them."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"missing": missing}
        self.functions: list[str] = []
        self._taken: set[str] = set(keyword.kwlist) | {"run", "rows", "keys", "missing"}

    def name(self, hint: str) -> str:
        """A name like this that nothing else has."""
        stem = re.sub(r"\W", "_", hint)
        found, count = stem, 1
        while found in self._taken:
            count += 1
            found = f"{stem}_{count}"
        self._taken.add(found)
        return found

    def constant(self, hint: str, value: Any) -> str:
        """The name by which functions know a value."""
        for name, known in self.names.items():
            if known is value:
                return name
        name = self.name(hint.upper())
        self.names[name] = value
        return name

    def function(self, name: str, parameters: str, about: str, lines: Iterable[str], *, waits: bool = True) -> str:
        """Add a function; its name."""
        body = "\n".join(f"    {line}" for line in lines)
        head = f"async def {name}({parameters}):" if waits else f"def {name}({parameters}):"
        self.functions.append(f'{head}\n    """{about}"""\n{body}\n')
        return name

    def mark(self) -> int:
        """Where the functions end now."""
        return len(self.functions)

    def back_to(self, mark: int) -> None:
        """Forget the functions that were added since."""
        del self.functions[mark:]

    @property
    def text(self) -> str:
        return "\n\n".join(self.functions)

    def made(self) -> dict[str, Any]:
        """The functions by name."""
        code = compile(self.text, "<query>", "exec")
        exec(code, self.names)  # noqa: S102 (written by us: of a query it has names and values as literals alone)
        return self.names
