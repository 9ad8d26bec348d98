"""What processes have spent of the machine's time; None where the system does not tell (no /proc)."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Spent:
    """Seconds of CPU so far: the server's, and those of all processes of PostgreSQL."""

    server: float | None
    database: float | None

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(_sum(self.server, other.server), _sum(self.database, other.database))

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(_sum(self.server, other.server, -1), _sum(self.database, other.database, -1))


def _sum(one: float | None, other: float | None, sign: int = 1) -> float | None:
    return None if one is None or other is None else one + sign * other


@dataclass(frozen=True)
class _Stat:
    parent: int
    own: float
    of_ended_children: float


def seconds_of(pid: int) -> float | None:
    """All threads of a process."""
    stat = _stat(pid)
    return stat.own if stat else None


def seconds_of_family(pid: int) -> float | None:
    """A process and its children, those that have ended among them: a PostgreSQL, given its postmaster."""
    head = _stat(pid)
    if head is None:
        return None
    children = sum(stat.own for stat in _all() if stat.parent == pid)
    return head.own + head.of_ended_children + children


def resident_bytes(pid: int) -> int | None:
    """What a process holds in memory."""
    try:
        return int((PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError):
        return None


def parent_of(pid: int) -> int | None:
    stat = _stat(pid)
    return stat.parent if stat else None


def name_of(pid: int) -> str | None:
    try:
        return (PROC / str(pid) / "comm").read_text().strip()
    except FileNotFoundError:
        return None


def _all() -> Iterator[_Stat]:
    for each in PROC.iterdir():
        stat = _stat(int(each.name)) if each.name.isdecimal() else None
        if stat:
            yield stat


def _stat(pid: int) -> _Stat | None:
    try:
        told = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = told.rpartition(")")[2].split()
    user, system, childrens_user, childrens_system = (int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in fields[11:15])
    return _Stat(int(fields[1]), user + system, childrens_user + childrens_system)
