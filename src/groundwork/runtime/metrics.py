"""What this process counts and times, for Prometheus. docs/ops/metrics.md says what each means.

Labels have few values and name neither people nor cases: verbs, routes, states, departments.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY: Final = CollectorRegistry()
"""All metrics of ours. Those that the database and the engine know are added by `api.monitor`."""

QUICK: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds that answers take."""
PATIENT: Final = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0)
"""Seconds by which things lag behind when something is away."""

REQUESTS: Final = Histogram(
    "groundwork_http_request_duration_seconds",
    "Time from receipt of a request to the end of its answer.",
    ["method", "route", "status"],
    buckets=QUICK,
    registry=REGISTRY,
)
COMMANDS: Final = Counter(
    "groundwork_commands_total",
    "Commands carried to chains, by verb and outcome: accepted, refused, silent, fault, missing.",
    ["verb", "outcome"],
    registry=REGISTRY,
)
DECISIONS: Final = Histogram(
    "groundwork_decision_duration_seconds",
    "Time that the engine takes over a command, until its receipt or refusal.",
    ["outcome"],
    buckets=QUICK,
    registry=REGISTRY,
)
for _outcome in ("accepted", "refused", "silent", "fault", "missing"):
    # What stands at zero from the start is seen to grow even the first time.
    DECISIONS.labels(_outcome)

RECORDED: Final = Counter(
    "groundwork_events_recorded_total",
    "Events written to the record.",
    registry=REGISTRY,
)
RECORD_FAILURES: Final = Counter(
    "groundwork_record_failures_total",
    "Attempts to write to the record that failed, by kind of error.",
    ["error"],
    registry=REGISTRY,
)
RECORD_LAG: Final = Histogram(
    "groundwork_record_lag_seconds",
    "Time from when a chain hands over what happened until it is on record.",
    buckets=QUICK + PATIENT[5:],
    registry=REGISTRY,
)
ESCALATIONS: Final = Counter(
    "groundwork_escalations_total",
    "Rungs of the ladder that steps reached, by level.",
    ["level"],
    registry=REGISTRY,
)
ESCALATION_LAG: Final = Histogram(
    "groundwork_escalation_lag_seconds",
    "Time from when an escalation was due until it is on record.",
    buckets=PATIENT,
    registry=REGISTRY,
)
DELIVERIES: Final = Counter(
    "groundwork_deliveries_total",
    "Attempts to deliver notices and to call webhooks: sent, failed, or target given up (dead).",
    ["kind", "outcome"],
    registry=REGISTRY,
)


@contextmanager
def timed_decision(verb: str) -> Iterator["Decision"]:
    """Time a command's way to its chain; whoever carries it sets the outcome."""
    decision, started = Decision(), perf_counter()
    try:
        yield decision
    finally:
        COMMANDS.labels(verb, decision.outcome).inc()
        DECISIONS.labels(decision.outcome).observe(perf_counter() - started)


class Decision:
    """What became of a command."""

    outcome = "cancelled"
