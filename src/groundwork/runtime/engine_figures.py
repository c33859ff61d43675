"""Figures that only the engine knows: how many chains run, and how many of them are in trouble."""

import asyncio
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from temporalio.client import Client

from groundwork.workflows.attributes import DEFINITION

OPEN: Final = 'ExecutionStatus="Running"'
OPEN_CHAINS: Final = f"{DEFINITION.name} IS NOT NULL AND {OPEN}"
"""Chains alone have a definition; who delivers notices or rolls out a calendar has none."""
_FAILING_TASK: Final = (
    'TemporalReportedProblems IN ("category=WorkflowTaskFailed", "category=WorkflowTaskTimedOut")'
)
TROUBLES: Final = {
    "stuck": f"(FailingActivity IS NOT NULL OR {_FAILING_TASK}) AND {OPEN}",
    "failing_activity": f"FailingActivity IS NOT NULL AND {OPEN}",
    "failing_task": f"{_FAILING_TASK} AND {OPEN}",
    "failed": 'ExecutionStatus="Failed"',
}
"""What can be the matter with a chain, and the filter of the list that shows whose it is."""
QUESTIONS: Final = {"running": OPEN, **TROUBLES}
"""What is counted."""


class EngineFigures:
    """Counts executions by what is the matter with them. Raises RPCError while nobody answers."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def collect(self) -> list[Metric]:
        """The figures as they are now."""
        asked = (self._client.count_workflows(query) for query in QUESTIONS.values())
        counted = await asyncio.gather(*asked)
        family = GaugeMetricFamily(
            "groundwork_engine_workflows",
            "Workflows of the namespace, by what is the matter with them.",
            labels=["what"],
        )
        for what, number in zip(QUESTIONS, counted, strict=True):
            family.add_metric([what], number.count)
        return [family]
