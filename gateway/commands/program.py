"""What all commands share: how help looks, and how settings and refusals are told."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

if TYPE_CHECKING:
    from gateway.settings import Settings

errors = Console(stderr=True, highlight=False)


def program(told: str) -> typer.Typer:
    """A group of commands with the house's manners."""
    return typer.Typer(
        help=told, no_args_is_help=True, add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False
    )


def stop(message: str) -> typer.Exit:
    """Say why and end with code 1: `raise stop("...")`."""
    errors.print(message, style="red" if sys.stderr.isatty() else None, markup=False, soft_wrap=True)
    return typer.Exit(1)


def settings(**given: Any) -> "Settings":
    """Settings from the environment, and from options that were given. Ends the command when one cannot be taken."""
    from pydantic import ValidationError

    from gateway.settings import Settings

    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as wrong:
        told = [f"SPILNO_{'_'.join(map(str, error['loc'])).upper()}: {error['msg']}" for error in wrong.errors()]
        raise stop("\n".join(line.removeprefix("SPILNO_: Value error, ") for line in told)) from None


@contextmanager
def told_plainly(*kinds: type[Exception]) -> Iterator[None]:
    """Errors of these kinds are the user's to mend: their sentence is shown, not a traceback."""
    try:
        yield
    except kinds as error:
        raise stop(str(error)) from None
