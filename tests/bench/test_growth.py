"""How cost grows is measured and plotted, on next to no data: its figures mean nothing here."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from bench.curves import Curve, Point
from bench.growth import CONNECTIONS, DEPTHS, PAGES

ROOT = Path(__file__).parents[2]


@pytest.mark.soak  # slow: it runs what `make bench` runs
def test_growth_is_measured_and_plotted(postgres: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="of the extra `bench`")
    options = ["--tiny", "--seconds", "0.02", "--sizes", "1200,2400", "--results", str(tmp_path)]
    command = [sys.executable, "-m", "bench.growth", "--postgres-url", postgres, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    figures, picture = sorted(tmp_path.iterdir(), key=lambda path: path.suffix)
    assert picture.read_text().lstrip().startswith("<?xml")
    curves = orjson.loads(figures.read_bytes())["curves"]
    xs = [[point["x"] for point in curve["points"]] for curve in curves]
    assert xs == [list(PAGES), list(DEPTHS), list(CONNECTIONS), *[[1200, 2400]] * 3]
    assert all(point["p50_ms"] > 0 for curve in curves for point in curve["points"])
    assert done.stdout.count("at the most") == len(curves)


@pytest.mark.parametrize(("last", "exponent"), [(1.0, 0), (100.0, 1), (10_000.0, 2)])
def test_the_exponent_tells_flat_linear_and_worse(last: float, exponent: float) -> None:
    curve = Curve("panel", "label", 1, [Point(10, 1.0, None), Point(1_000, last, None)])
    assert curve.exponent == pytest.approx(exponent)
