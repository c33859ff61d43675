"""The committed rules and configuration of Prometheus, in a hurry.

What an alert waits for is divided by one factor, so that a drill takes minutes and not hours:
`for`, ranges (`[10m]`), `offset`, and the thresholds that are ages in seconds (`OF_AGE`). Nothing
else changes: not the thresholds that are shares, rates, numbers or lengths of one decision, nor the
bounds of buckets.
"""

import re
from pathlib import Path
from typing import Any, Final

import yaml

PROMETHEUS: Final = Path(__file__).parents[2] / "deploy/prometheus"
SCRAPE_SECONDS: Final = 3
"""As long as a process may take to say that neither database nor engine answers."""
EVALUATION_SECONDS: Final = 1
OF_AGE: Final = frozenset(
    {
        "GroundworkCommandsWaiting",
        "GroundworkNoticesOverdue",
        "GroundworkPlanningBehind",
        "GroundworkRecordBehind",
    }
)
"""Alerts that ring when something is older than a threshold."""

_UNITS: Final = {"s": 1, "m": 60, "h": 3600}
_WAIT: Final = re.compile(r"(?P<before>\[|offset )(?P<number>\d+)(?P<unit>[smh])\b")
_THRESHOLD: Final = re.compile(r"> (\d+)$")


def committed() -> dict[str, Any]:
    """The rules as they are."""
    document: dict[str, Any] = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text("utf-8"))
    return document


def hurried(document: dict[str, Any], factor: float) -> dict[str, Any]:
    """The rules with every wait divided by the factor."""
    return {
        "groups": [
            group | {"rules": [_rule(rule, factor) for rule in group["rules"]]}
            for group in document["groups"]
        ]
    }


def configuration(jobs: dict[str, list[str]]) -> dict[str, Any]:
    """The committed configuration, asking often, and at these addresses."""
    document: dict[str, Any] = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))
    assert {one["job_name"] for one in document["scrape_configs"]} == jobs.keys()
    return document | {
        "global": {
            "scrape_interval": f"{SCRAPE_SECONDS}s",
            "scrape_timeout": f"{SCRAPE_SECONDS}s",
            "evaluation_interval": f"{EVALUATION_SECONDS}s",
        },
        "scrape_configs": [
            {"job_name": name, "static_configs": [{"targets": targets}]}
            for name, targets in jobs.items()
        ],
    }


def _rule(rule: dict[str, Any], factor: float) -> dict[str, Any]:
    def shorter(found: re.Match[str]) -> str:
        return f"{found['before']}{_divided(found['number'] + found['unit'], factor)}"

    expression = _WAIT.sub(shorter, rule["expr"])
    if rule["alert"] in OF_AGE:
        expression, count = _THRESHOLD.subn(
            lambda found: f"> {int(found[1]) / factor:g}", expression
        )
        assert count == 1, rule["alert"]
    waits = {"for": _divided(rule["for"], factor)} if "for" in rule else {}
    return rule | {"expr": expression} | waits


def _divided(duration: str, factor: float) -> str:
    seconds = int(duration[:-1]) * _UNITS[duration[-1]]
    return f"{max(1, round(seconds / factor))}s"
