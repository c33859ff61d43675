"""How much is played for each figure: enough to trust it, or just enough to see that it works."""

from typing import NamedTuple


class Effort(NamedTuple):
    """The sizes of a run. Floor and chains always get the same."""

    pairs_alone: int
    """Pairs of blocks with one caller."""
    lives_alone: int
    """Chains that the one caller plays in each block, one after the other."""
    pairs_crowd: int
    """Pairs of blocks with many callers."""
    pairs_design: int
    """Pairs of blocks that show what the design costs."""
    callers: int
    """How many call at once, each on a chain of its own."""
    cached: int
    """Idle chains whose memory is measured."""
    outage_chains: int
    """Chains that go on while the database is away."""
    rehearsals: int
    starts: int
    """How often each start is timed."""
    listed: int
    """Chains in the lists that the API serves."""
    requests: int
    """Requests in each block of the API's lists."""
    stores: tuple[int, ...]
    """Chains in the store, from one reading to the next."""
    crowds: tuple[int, ...]
    """Open chains on the server, from one reading to the next."""
    units: int
    """Buildings of the one large chain."""


FULL = Effort(
    pairs_alone=5,
    lives_alone=3,
    pairs_crowd=4,
    pairs_design=2,
    callers=32,
    cached=300,
    outage_chains=4,
    rehearsals=3,
    starts=3,
    listed=1000,
    requests=400,
    stores=(1_000, 10_000, 100_000),
    crowds=(1_000, 10_000),
    units=60,
)
QUICK = FULL._replace(
    pairs_alone=2,
    lives_alone=1,
    pairs_crowd=1,
    pairs_design=1,
    cached=60,
    outage_chains=2,
    rehearsals=1,
    starts=1,
    requests=100,
    stores=(1_000, 10_000),
    crowds=(100, 1_000),
)
TINY = Effort(
    pairs_alone=1,
    lives_alone=1,
    pairs_crowd=1,
    pairs_design=1,
    callers=2,
    cached=4,
    outage_chains=1,
    rehearsals=1,
    starts=1,
    listed=10,
    requests=4,
    stores=(10, 20),
    crowds=(2, 4),
    units=2,
)
