"""How many statements an act or a question cost."""

from collections.abc import Sequence


def spent(statements: Sequence[str]) -> int:
    """Without the beginning of SQLite's transactions (PostgreSQL's is not told), and what follows the log meanwhile."""
    return len([each for each in statements if each != "BEGIN IMMEDIATE" and not reads_log(each)])


def reads_log(statement: str) -> bool:
    return " live_" in statement and not statement.lower().startswith(("insert", "update"))
