"""The tables: ratios first, then the figures of each query."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.figures import Figures
from bench.ratios import ratio_tables

COLUMNS = ("server", "entities", "KB", "answers", "req/s", "p50 ms", "p99 ms", "CPU ms", "PostgreSQL ms", "busy")


def printed(found: Sequence[Figures]) -> str:
    """Of each query, the first figures are ours."""
    names = dict.fromkeys(each.name for each in found)
    questions = [[each for each in found if each.name == name] for name in names]
    ratios = ratio_tables(questions) if len(questions[0]) > 1 else []
    details = [[(f"{rows[0].name} {rows[0].title}",), COLUMNS, *(_cells(each) for each in rows)] for rows in questions]
    return "\n\n".join(aligned(rows) for rows in (*ratios, *details))


def told(facts: Mapping[str, Any]) -> str:
    """`name value, name value`"""
    return ", ".join(
        f"{name} {value:,}" if isinstance(value, int) else f"{name} {value}" for name, value in facts.items()
    )


def _cells(each: Figures) -> tuple[str, ...]:
    return (
        each.server,
        f"{each.entities:,}",
        f"{each.kilobytes:.1f}",
        f"{each.requests:,}",
        f"{each.per_second:,.0f}" if each.per_second >= 100 else f"{each.per_second:.1f}",
        f"{each.p50_ms:.2f}",
        f"{each.p99_ms:.2f}",
        "-" if each.cpu_ms is None else f"{each.cpu_ms:.3f}",
        "-" if each.database_ms is None else f"{each.database_ms:.3f}",
        "-" if each.busy is None else f"{each.busy:.0%}",
    )


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need, the first to the left, the others to the right; a row of one cell is a headline."""
    columns = zip(*(row for row in rows if len(row) > 1), strict=True)
    first, *others = (max(map(len, column)) for column in columns)
    return "\n".join(
        "  ".join(
            (row[0].ljust(first), *(cell.rjust(width) for cell, width in zip(row[1:], others, strict=False)))
        ).rstrip()
        for row in rows
    )
