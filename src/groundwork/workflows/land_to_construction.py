"""拿地即动工: from winning land to breaking ground."""

from temporalio import workflow

from groundwork.domain.rejections import Rejection
from groundwork.workflows.chain import ChainWorkflow
from groundwork.workflows.ports import ChainInput, ChainOutcome


@workflow.defn(name="LandToConstruction", failure_exception_types=[Rejection])
class LandToConstruction(ChainWorkflow):
    """From the agreement with the investor to the verified start of construction."""

    @workflow.init
    def __init__(self, order: ChainInput) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: ChainInput) -> ChainOutcome:
        """Run the chain to its end."""
        return await self.live()
