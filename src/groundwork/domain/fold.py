"""How each event changes a chain: the fold from history to state.

The fold decides nothing and looks nothing up; everything it needs stands in the event. Any prefix
of a chain's events folds to the state the chain had then.
"""

from collections.abc import Iterable

from groundwork.domain import events as ev
from groundwork.domain import (  # noqa: F401 -- register their folds
    fold_adoptions,
    fold_promises,
    fold_steps,
    fold_units,
)
from groundwork.domain.facts import Unit
from groundwork.domain.folding import apply
from groundwork.domain.model import Chain, Step


def evolve(chain: Chain | None, event: ev.Event) -> Chain:
    """The chain after one more event.

    Raises ValueError when the event is not the chain's next one, so that a gap or a repetition can
    never pass unseen.
    """
    if chain is None:
        if not isinstance(event, ev.ChainLaunched) or event.seq != 1:
            raise ValueError(f"a chain begins with its launch, not with event {event.seq}")
        return Chain(
            launch=event.launch,
            seq=1,
            launched_at=event.at,
            steps={key: Step(key=key, mode=mode) for key, mode in event.steps.items()},
            units={one.id: Unit(id=one.id, name=one.name) for one in event.launch.units},
        )
    if event.seq != chain.seq + 1:
        raise ValueError(f"event {event.seq} cannot follow event {chain.seq}")
    return apply(event, chain).model_copy(update={"seq": event.seq})


def fold(events: Iterable[ev.Event]) -> Chain:
    """The chain that a history leads to. Raises ValueError for an empty or broken history."""
    chain: Chain | None = None
    for event in events:
        chain = evolve(chain, event)
    if chain is None:
        raise ValueError("a history has at least its launch")
    return chain
