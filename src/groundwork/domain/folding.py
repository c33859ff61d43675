"""Where the folds of single events meet: the dispatcher, and how a part of a chain is replaced."""

from functools import singledispatch
from typing import Any

from groundwork.domain import events as ev
from groundwork.domain.model import Chain


def with_step(chain: Chain, key: str, **changes: Any) -> Chain:
    """The chain with one step changed."""
    step = chain.steps[key].model_copy(update=changes)
    return chain.model_copy(update={"steps": {**chain.steps, key: step}})


def with_deficiency(chain: Chain, key: str, **changes: Any) -> Chain:
    """The chain with one deficiency changed."""
    deficiency = chain.deficiencies[key].model_copy(update=changes)
    return chain.model_copy(update={"deficiencies": {**chain.deficiencies, key: deficiency}})


def with_commitment(chain: Chain, key: str, **changes: Any) -> Chain:
    """The chain with one commitment changed."""
    commitment = chain.commitments[key].model_copy(update=changes)
    return chain.model_copy(update={"commitments": {**chain.commitments, key: commitment}})


def with_escalation(chain: Chain, key: str, **changes: Any) -> Chain:
    """The chain with one escalation changed."""
    escalation = chain.escalations[key].model_copy(update=changes)
    return chain.model_copy(update={"escalations": {**chain.escalations, key: escalation}})


@singledispatch
def apply(event: ev.Event, chain: Chain) -> Chain:
    """The chain after an event, its number aside. Raises ValueError for an unknown event."""
    raise ValueError(f"no fold for {type(event).__name__}")
