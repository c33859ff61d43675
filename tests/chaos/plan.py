"""What goes wrong and when: drawn from a seed, so that it can be played again."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PROCESSES: Final = ("worker-1", "worker-2", "api-1", "api-2")
ENGINES: Final = ("temporal", "postgres")
LINKS: Final = tuple(f"{one}>{engine}" for one in PROCESSES for engine in ENGINES)
EVERYTHING: Final = "everything"


class Kind(StrEnum):
    """What can go wrong."""

    KILL = "kill"
    """A process ends as if its power were cut; it is started again."""
    FREEZE = "freeze"
    """A process stands still with all its children and goes on later."""
    CUT = "cut"
    """Connections of a link end, and new ones are refused."""
    SILENCE = "silence"
    """A link carries nothing, but nobody is told."""
    SLOW = "slow"
    """What goes to and from a server takes longer."""
    FILL = "fill"
    """A server's disk has no room left."""
    STEP = "step"
    """A process's clock jumps."""


TARGETS: Final = {
    Kind.KILL: (*PROCESSES, *ENGINES, *ENGINES, EVERYTHING),
    Kind.FREEZE: (*PROCESSES, *ENGINES),
    Kind.CUT: LINKS,
    Kind.SILENCE: LINKS,
    Kind.SLOW: ENGINES,
    Kind.FILL: ENGINES,
    Kind.STEP: PROCESSES,
}
DECK: Final = (*Kind, Kind.KILL, Kind.KILL, Kind.KILL, Kind.CUT)
"""How often each comes before all come again: servers and processes die most."""
LAST: Final = {Kind.KILL: (0.0, 0.0), Kind.FILL: (0.5, 2.0), Kind.SLOW: (1.0, 4.0)}
"""The shortest and longest time that each lasts, in seconds."""
LAST_OTHERWISE: Final = (0.5, 5.0)
LEAPS: Final = (-600.0, -60.0, 60.0, 600.0)
"""By how many seconds clocks jump: far beyond what a synchronised clock does."""
DELAYS: Final = (0.05, 0.2, 0.5)
"""By how many seconds a slow server is slower."""


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong at a moment, in seconds from the beginning, and for so long."""

    at: float
    kind: Kind
    target: str
    lasts: float
    amount: float = 0.0

    def __str__(self) -> str:
        amount = f" by {self.amount:+g} s" if self.amount else ""
        lasts = f" for {self.lasts:.1f} s" if self.lasts else ""
        return f"{self.kind} {self.target}{amount}{lasts}"


def make_plan(seed: int, seconds: float, gap: float) -> tuple[Fault, ...]:
    """What goes wrong in so many seconds, about `gap` apart. The same seed gives the same plan."""
    dice = random.Random(seed)
    faults: list[Fault] = []
    at = gap / 2
    for kind in _kinds(dice):
        if at >= seconds:
            return tuple(faults)
        lasts = round(dice.uniform(*LAST.get(kind, LAST_OTHERWISE)), 1)
        amounts = {Kind.STEP: LEAPS, Kind.SLOW: DELAYS}.get(kind, (0.0,))
        faults.append(
            Fault(round(at, 1), kind, dice.choice(TARGETS[kind]), lasts, dice.choice(amounts))
        )
        at += dice.uniform(gap / 2, gap * 3 / 2)
    return tuple(faults)


def _kinds(dice: random.Random) -> Iterator[Kind]:
    while True:
        yield from dice.sample(DECK, len(DECK))
