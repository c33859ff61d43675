"""A worker that gives a channel up after eight failures, as ever, but within seconds."""

import sys

from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.activities.post import Counters
from groundwork.domain.post import Patience
from groundwork.runtime.settings import Settings
from groundwork.worker import main, post_counters

IMPATIENT = Patience(first_seconds=0.1, factor=1)


def equip(engine: AsyncEngine, settings: Settings) -> Counters:
    """As any worker is, but for its patience."""
    return post_counters(engine, settings, IMPATIENT)


if __name__ == "__main__":
    sys.exit(main(equip=equip))
