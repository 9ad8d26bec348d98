"""How cost grew, in figures and as a picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LEVELS = "levels of lists"  # six of them are less than a decade: drawn on plain axes


@dataclass(frozen=True)
class Point:
    """What a request cost at `x`; `cpu_ms` is the server's."""

    x: int
    p50_ms: float
    cpu_ms: float | None


@dataclass(frozen=True)
class Curve:
    """`expected` is the power of x that the cost should grow with, at the most: 0 is flat, 1 is linear."""

    panel: str
    label: str
    expected: float
    points: list[Point]

    @property
    def exponent(self) -> float:
        """The power of x that p50 grew with, from the first point to the last."""
        first, last = self.points[0], self.points[-1]
        return math.log(last.p50_ms / first.p50_ms) / math.log(last.x / first.x)


def plot(curves: Sequence[Curve], path: Path) -> None:
    """One panel for each question. Of logarithmic axes both are: what is linear rises by a decade with a decade."""
    from matplotlib.figure import Figure  # noqa: PLC0415 (of the extra `bench`; measuring goes without)

    panels = list(dict.fromkeys(curve.panel for curve in curves))
    figure = Figure(figsize=(11, 8), layout="constrained")
    for axes, panel in zip(figure.subplots(2, 2).flat, panels, strict=True):
        for curve in (each for each in curves if each.panel == panel):
            xs, first = [point.x for point in curve.points], curve.points[0]
            (line,) = axes.plot(xs, [point.p50_ms for point in curve.points], marker="o", label=curve.label)
            bound = [first.p50_ms * (x / first.x) ** curve.expected for x in xs]
            if panel != LEVELS:
                axes.plot(xs, bound, linestyle=":", linewidth=1, color=line.get_color())
        scale = "linear" if panel == LEVELS else "log"
        axes.set(xscale=scale, yscale=scale, title=f"p50 by {panel}", xlabel=panel, ylabel="ms")
        axes.set_xticks(xs, [f"{x:,}" for x in xs])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    figure.suptitle("How cost grows; dotted: linear or flat, as it should at the most")
    figure.savefig(path)
