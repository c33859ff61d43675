"""完工即投产: from completing a building to producing in it."""

from temporalio import workflow

from groundwork.domain.rejections import Rejection
from groundwork.workflows.chain import ChainWorkflow
from groundwork.workflows.ports import ChainInput, ChainOutcome


@workflow.defn(name="CompletionToProduction", failure_exception_types=[Rejection])
class CompletionToProduction(ChainWorkflow):
    """From the eligible building site to every building in use and in production."""

    @workflow.init
    def __init__(self, order: ChainInput) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: ChainInput) -> ChainOutcome:
        """Run the chain to its end."""
        return await self.live()
