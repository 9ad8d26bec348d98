"""graphql-core runs the root fields of a mutation, compiled code what is below them."""

from typing import Any

from graphql import Executor

from gateway.execution.compiling import Complete
from gateway.execution.program import Below
from gateway.execution.running import Run


def completing(executor_class: type[Executor[Any]]) -> type[Any]:
    """The executor with `complete_with(below)`: what a root field returned is completed by compiled code.

    Where that meets anything that graphql-core would tell as an error, graphql-core completes the very same value: no
    root field runs twice.
    """

    class Completing(executor_class):  # type: ignore[misc, valid-type] # the library's own, known at run time
        below: Below | None = None

        def complete_with(self, below: Below | None) -> None:
            self.below = below

        def complete_value(
            self, return_type: Any, details: Any, info: Any, path: Any, result: Any, position_context: Any
        ) -> Any:
            usual = (return_type, details, info, path, result, position_context)
            # Of a root field, and its whole type: within `Payload!` the library comes back for `Payload`.
            is_root = path.prev is None and return_type is info.return_type
            complete = self.below.complete.get(path.key) if is_root and self.below is not None else None
            if complete is None:
                return super().complete_value(*usual)
            return self._compiled(complete, usual, super().complete_value)

        async def _compiled(self, complete: Complete, usual: Any, otherwise: Any) -> Any:
            _, _, info, _, result, _ = usual
            try:
                (value,) = await complete(Run(info.context, self.variable_values), [result])
            except Exception:  # graphql-core says what it is
                value = otherwise(*usual)
                return await value if self.is_awaitable(value) else value
            return value

    return Completing
