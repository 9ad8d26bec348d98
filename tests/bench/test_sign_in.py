"""What queries wait while a crowd signs in is measured, on next to no data: its figures mean nothing here."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.soak  # slow: it runs what `make bench` runs
def test_a_crowd_signs_in_beside_other_queries(postgres: str, tmp_path: Path) -> None:
    options = ["--tiny", "--crowd", "4", "--rate", "10", "--seconds", "1", "--results", str(tmp_path)]
    command = [sys.executable, "-m", "bench.sign_in", "--postgres-url", postgres, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    [kept] = tmp_path.iterdir()
    figures = orjson.loads(kept.read_bytes())["figures"]
    assert figures["queries"] == 10
    assert figures["sign_ins_per_second"] > 0
    assert f"while 4 sign in  {figures['beside_p50_ms']:6.1f}" in done.stdout
