"""A short storm on every run of the tests; `make chaos` has long ones."""

from pathlib import Path

import pytest

from tests.chaos.plan import Kind, make_plan
from tests.chaos.storm import Measure, play
from tests.survival.hourly import hourly_rules

SHORT = Measure(seed=125, seconds=20, gap=1.4, clerks=4, timers=8)


def test_the_plan_follows_from_the_seed_and_has_everything_in_it() -> None:
    plan = make_plan(SHORT.seed, SHORT.seconds, SHORT.gap)
    assert plan == make_plan(SHORT.seed, SHORT.seconds, SHORT.gap)
    assert plan != make_plan(SHORT.seed + 1, SHORT.seconds, SHORT.gap)
    assert {fault.kind for fault in plan} == set(Kind)
    assert (Kind.FREEZE, "postgres") in {(fault.kind, fault.target) for fault in plan}
    assert all(0 <= fault.at < SHORT.seconds for fault in plan)


@pytest.mark.timeout(300)
async def test_what_was_acknowledged_holds_whatever_dies(tmp_path: Path) -> None:
    outcome = await play(SHORT, hourly_rules(tmp_path), print)
    assert not outcome.findings
    assert outcome.ledger.acknowledged
