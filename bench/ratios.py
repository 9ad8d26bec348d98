"""How far ahead of each peer we are: above 1, ahead."""

from collections.abc import Callable, Mapping, Sequence

from bench.figures import Figures

AHEAD = 1.0
# How many times a peer's requests a second ours are to be, where that is more than to be ahead.
GOALS: Mapping[str, Mapping[str, float]] = {
    "mercurius": {"Q2": 1.1, "Q3": 1.5, "Q4": 1.3, "Q5": 1.4},
    "strawberry": {"Q2": 12.0, "Q3": 25.0, "Q5": 15.0},
}

Cell = Callable[[Figures, Figures], str]  # of ours and a peer's


def ratio_tables(questions: Sequence[Sequence[Figures]]) -> list[list[tuple[str, ...]]]:
    """Rows of tables; a question's figures begin with ours. Beside a ratio stands its goal, and which is the larger."""
    return [
        _table("requests/s: ours / peer's, and goal", questions, _throughput),
        _table("p99: peer's / ours, and goal", questions, _slowest),
        _table("server CPU: peer's / ours", questions, _cpu),
    ]


def _table(title: str, questions: Sequence[Sequence[Figures]], cell: Cell) -> list[tuple[str, ...]]:
    rows = [(f"{ours.name} {ours.title}", *(cell(ours, peer) for peer in peers)) for ours, *peers in questions]
    return [(title, *(peer.server for peer in questions[0][1:])), *rows]


def _throughput(ours: Figures, peer: Figures) -> str:
    goal = GOALS.get(peer.server, {}).get(peer.name, AHEAD)
    return _against(ours.per_second / peer.per_second, goal)


def _slowest(ours: Figures, peer: Figures) -> str:
    return _against(peer.p99_ms / ours.p99_ms, AHEAD)


def _cpu(ours: Figures, peer: Figures) -> str:
    return f"{peer.cpu_ms / ours.cpu_ms:.2f}" if peer.cpu_ms and ours.cpu_ms else "-"


def _against(ratio: float, goal: float) -> str:
    return f"{ratio:.2f} {'>' if ratio > goal else '<'} {goal:g}"
