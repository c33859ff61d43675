"""What follows from a change by itself: steps become ready, and the chain is complete."""

from groundwork.domain import events as ev
from groundwork.domain.definition import Mode
from groundwork.domain.model import FINISHED, SETTLED, ChainState, StepState
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.views import open_commitments, open_deficiencies

SILENCE_BASIS = "《行政许可法》第三十二条"


def advance(p: Proceedings) -> None:
    """Open every step whose predecessors are settled, and end the chain when nothing is left."""
    while ready := [key for key in p.chain.steps if _becomes_ready(p, key)]:
        for key in ready:
            _open(p, key)
    if _is_complete(p):
        p.add(ev.ChainCompleted)


def _becomes_ready(p: Proceedings, key: str) -> bool:
    if p.chain.steps[key].state is not StepState.WAITING:
        return False
    before = p.rules.predecessors(key, p.chain)
    return all(p.chain.steps[other].state in SETTLED for other in before)


def _open(p: Proceedings, key: str) -> None:
    definition = p.rules.step(key)
    p.add(ev.StepReady, step=key)
    if p.chain.steps[key].mode is Mode.EXEMPT and definition.exemption is not None:
        exemption = definition.exemption
        p.add(ev.StepExempted, step=key, ground=exemption.when.zh, basis=exemption.source)
    elif definition.ex_officio:
        materials = tuple(material.id for material in definition.materials)
        p.add(ev.StepReceived, step=key, materials=materials, accept_by=None)
        start_clock(p, key)


def start_clock(p: Proceedings, key: str, *, by_silence: bool = False) -> None:
    """Accept a step; the clock counts from the acceptance, or from the receipt if by silence."""
    step = p.chain.steps[key]
    limit = p.rules.running_limit(p.rules.step(key), p.chain.launch.variant)
    accepted_at = p.at
    if by_silence:
        handed_in = step.correction.submitted_at if step.correction else step.received_at
        accepted_at = handed_in or p.at
    due = p.rules.window(accepted_at, limit, key) if limit is not None else None
    p.add(
        ev.StepAccepted,
        step=key,
        accepted_at=accepted_at,
        by_silence=by_silence,
        limit=limit,
        due_on=due.on if due else None,
        due_provisional=due.provisional if due else False,
        basis=SILENCE_BASIS if by_silence else "",
    )


def _is_complete(p: Proceedings) -> bool:
    chain = p.chain
    return (
        chain.state is ChainState.RUNNING
        and all(step.state in FINISHED for step in chain.steps.values())
        and not open_deficiencies(chain)
        and not open_commitments(chain)
    )
