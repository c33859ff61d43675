"""Figures that only the engine knows: how many chains run, and how many of them are in trouble."""

import asyncio
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from temporalio.client import Client

QUESTIONS: Final = {
    "running": 'ExecutionStatus="Running"',
    "failed": 'ExecutionStatus="Failed"',
}
"""What is counted, and the filter of the list that shows it in the Temporal UI."""


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
