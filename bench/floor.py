"""The floor: a workflow that does nothing but count the updates it was promised.

`BareRecording` shows what the design itself costs: the floor and, as recording needs it, one local
activity per update, which does nothing either.
"""

from datetime import timedelta

from temporalio import activity, workflow

UPDATE = "decide"
LIMIT = timedelta(seconds=10)


@workflow.defn
class Bare:
    """Waits idle for a number of updates and ends; nothing is decided, recorded or timed."""

    def __init__(self) -> None:
        self._counted = 0

    @workflow.run
    async def run(self, updates: int) -> int:
        """Wait until so many updates have come."""
        await workflow.wait_condition(lambda: self._counted >= updates)
        return self._counted

    @workflow.update(name=UPDATE)
    def decide(self) -> int:
        """Count one."""
        self._counted += 1
        return self._counted


@activity.defn
async def nothing(counted: int) -> int:
    """Do nothing."""
    return counted


@workflow.defn
class BareRecording:
    """The floor with an empty local activity after every update."""

    def __init__(self) -> None:
        self._counted = 0
        self._followed = 0

    @workflow.run
    async def run(self, updates: int) -> int:
        """Wait until so many updates have come, each followed by its activity."""
        while self._followed < updates:
            await workflow.wait_condition(lambda: self._counted > self._followed)
            self._followed = await workflow.execute_local_activity(
                nothing, self._counted, schedule_to_close_timeout=LIMIT
            )
        return self._followed

    @workflow.update(name=UPDATE)
    def decide(self) -> int:
        """Count one."""
        self._counted += 1
        return self._counted
