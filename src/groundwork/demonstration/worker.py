"""The demonstration's worker: its own workflow types, and a postman who never leaves the house."""

import sys

from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.activities.calls import Caller, NotTaken
from groundwork.activities.post import Counters
from groundwork.activities.sending import NotSent, Sender
from groundwork.demonstration.workflows import PARK_CHAINS
from groundwork.runtime.settings import Settings
from groundwork.store.deliveries import Claimed
from groundwork.store.webhooks import Call
from groundwork.worker import main as run_worker
from groundwork.worker import post_counters

NOWHERE = "demonstration"
"""The code that says why nothing leaves the demonstration."""


class NoSender(Sender):
    """Sends nothing: what the demonstration tells, it tells in the application."""

    async def send(self, claimed: Claimed) -> None:
        """Raises NotSent."""
        raise NotSent(NOWHERE)


class NoCaller(Caller):
    """Calls no webhook."""

    async def call(self, call: Call) -> None:
        """Raises NotTaken."""
        raise NotTaken(NOWHERE)


def house_counters(engine: AsyncEngine, settings: Settings) -> Counters:
    """What the demonstration's postman works with."""
    return post_counters(engine, settings)._replace(sender=NoSender(), caller=NoCaller())


def main() -> int:
    """Run the demonstration's worker as a process; returns its exit code."""
    return run_worker(PARK_CHAINS, house_counters)


if __name__ == "__main__":
    sys.exit(main())
