"""Two alerts of an installation that runs, on every run of the tests; `make drill` has all."""

import os

import pytest

from tests.drill.drill import drill
from tests.drill.exercises import ALL, NEITHER
from tests.drill.hurry import committed, hurried
from tests.drill.runbook import filled, runbook
from tests.drill.watch import MISSING, program

HASTE = 120
"""A minute of the rules is half a second."""


@pytest.mark.timeout(240)
async def test_an_alert_rings_and_its_runbook_ends_it() -> None:
    if program() is None and not os.environ.get("CI"):
        pytest.skip(MISSING)
    assert program(), MISSING
    result = await drill([NEITHER], HASTE, print, chains=0)
    assert not result.findings
    assert {one.alert for one in result.outcomes} == {"GroundworkApiDown", "GroundworkWorkerDown"}
    for one in result.outcomes:
        assert one.fired is not None
        assert one.rested is not None
        assert {"groundwork api", "groundwork worker"} <= {*one.done}


def test_every_alert_is_rehearsed_and_has_commands_to_follow() -> None:
    (group,) = committed()["groups"]
    alerts = {rule["alert"] for rule in group["rules"]}
    assert {alert for one in ALL for alert in one.alerts} == alerts == runbook().keys()
    assert [alert for alert, commands in runbook().items() if not commands] == [
        "GroundworkEscalationsLate"
    ]


def test_in_a_hurry_waits_are_shorter_and_nothing_else_is_different() -> None:
    rules = {rule["alert"]: rule for rule in hurried(committed(), 30)["groups"][0]["rules"]}
    lag = rules["GroundworkRecordBehind"]
    assert (lag["for"], lag["expr"]) == (
        "20s",
        "histogram_quantile(0.95, sum by (le) (rate(groundwork_record_lag_seconds_bucket[20s])))"
        " > 2",
    )
    assert "[120s]" in rules["GroundworkWorkflowsFailed"]["expr"]
    assert rules["GroundworkDecisionsSlow"]["expr"].endswith("> 1"), "a second stays a second"
    assert 'le="900.0"' in rules["GroundworkEscalationsLate"]["expr"]
    assert (
        rules["GroundworkHeadNotSigned"]
        == {rule["alert"]: rule for rule in committed()["groups"][0]["rules"]}[
            "GroundworkHeadNotSigned"
        ]
    )


def test_a_word_in_capitals_is_what_was_printed_before() -> None:
    meaning = {"CHAIN": r"(chain-\d)", "PID": r"^ *(\d+) \|"}
    assert filled("show CHAIN", "a chain-7 b", meaning) == "show chain-7"
    assert filled("end (PID)", " pid | since\n  42 | 1 s\n", meaning) == "end (42)"
    with pytest.raises(LookupError, match="CHAIN"):
        filled("show CHAIN", "nothing", meaning)
