"""Three servers, PostgreSQL and Redis through a schedule of faults that a seed draws."""

import os
from pathlib import Path
from secrets import randbelow

import pytest

from tests.live.faults.checking import check
from tests.live.faults.history import History
from tests.live.faults.promptness import expected, in_weather
from tests.live.faults.running import run
from tests.live.faults.schedule import GREAT, SMALL
from tests.live.faults.telling import report, summary
from tests.live.faults.town import town
from tests.live.faults.violations import Limits

SEED, SECONDS = 20261124, 40.0
SLACK = float(os.environ.get("SPILNO_FAULT_SLACK", "2"))  # how much slower than the limits a machine may be


async def told(postgres: str, template: str, seed: int, seconds: float, logs: Path) -> History:
    """The history of a run without violations; else the test fails."""
    async with town(postgres, template, seed, logs, citizens=60 + round(seconds)) as place:
        await run(place, seed, seconds)
    limits = Limits().times(SLACK)
    print(summary(place.history, limits))  # noqa: T201 (what `make soak` tells)
    violations = check(place.history, limits)
    assert not violations, report(place.history, violations) + f"\nThe servers' logs are in {logs}"
    return place.history


async def test_nothing_is_missed_doubled_or_leaked_through_faults(
    postgres: str, postgres_template: str, tmp_path: Path
) -> None:
    history = await told(postgres, postgres_template, SEED, SECONDS, tmp_path)
    befell = {what.partition(":")[0] for _, what in history.befell}
    assert befell >= {kind.value for kind in (*GREAT, *SMALL)}, "every kind of fault has its turn"
    measured = expected(history, Limits())
    assert len(in_weather(history, measured, "clear")) > 300
    assert len(in_weather(history, measured, "bus down")) > 100
    assert len(in_weather(history, measured, "unhinted")) > 20
    assert min(len(facts) for facts in history.log.values()) > 5
    assert {ending.why for ending in history.endings} == {"signed out", "expired"}
    assert history.hidings and history.silent and history.rolled_back


@pytest.mark.soak
async def test_the_same_for_long_with_faults_of_a_new_seed(
    postgres: str, postgres_template: str, tmp_path: Path
) -> None:
    """SPILNO_FAULT_SECONDS (600) of the schedule that SPILNO_FAULT_SEED draws."""
    seed = int(os.environ.get("SPILNO_FAULT_SEED", randbelow(10**9)))
    print(f"SPILNO_FAULT_SEED={seed}")  # noqa: T201 (what `make soak` tells)
    await told(postgres, postgres_template, seed, float(os.environ.get("SPILNO_FAULT_SECONDS", "600")), tmp_path)
