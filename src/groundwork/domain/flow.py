"""What follows from a change by itself: steps become ready, gates open, the chain is complete."""

from groundwork.domain import events as ev
from groundwork.domain.definition import Mode
from groundwork.domain.gates import gates_are_open, settle_gates
from groundwork.domain.joint import ask_departments
from groundwork.domain.model import (
    FINISHED,
    SETTLED,
    SYSTEM,
    Chain,
    ChainState,
    DecisionResult,
    StepState,
)
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.views import (
    open_commitments,
    open_deficiencies,
    open_errands,
)

SILENCE_BASIS = "《行政许可法》第三十二条"
NOTHING_TOLERATED = "没有容缺事项"
ALL_CURED = "容缺事项已全部补正"


def advance(p: Proceedings) -> None:
    """Open every step whose predecessors are settled, and end the chain when nothing is left."""
    while True:
        ready = [key for key in p.chain.steps if _becomes_ready(p, key)]
        for key in ready:
            _open(p, key)
        if not ready and not _close_cures(p):
            break
    settle_gates(p)
    if _is_complete(p):
        p.undo_later_silence()
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


def _close_cures(p: Proceedings) -> bool:
    """Pass the steps that stand for the cures of a unit, once all of these are closed."""
    closing = [
        step.key
        for step in p.chain.steps.values()
        if step.state is StepState.READY and p.rules.step(step.key).settles_cures
    ]
    done = [key for key in closing if not _has_open_cures(p.chain, key)]
    asker, p.by = p.by, SYSTEM
    for key in done:
        if _tolerated(p.chain, key):
            p.add(ev.StepDecided, step=key, result=DecisionResult.PASS, opinion=ALL_CURED)
        else:
            p.add(ev.StepExempted, step=key, ground=NOTHING_TOLERATED)
    p.by = asker
    return bool(done)


def _unit_of(key: str) -> str:
    return key.partition(".")[2]


def _tolerated(chain: Chain, key: str) -> bool:
    """Whether anything was ever tolerated in the unit of a step."""
    return any(_unit_of(d.step) == _unit_of(key) for d in chain.deficiencies.values())


def _has_open_cures(chain: Chain, key: str) -> bool:
    """Whether a cure of the unit is open, or what lapsed has its step in re-check still."""
    unit = _unit_of(key)
    if any(_unit_of(chain.deficiencies[one].step) == unit for one in open_deficiencies(chain)):
        return True
    return any(
        step.state is StepState.RECHECK and step.cause in chain.deficiencies
        for step in chain.steps.values()
        if _unit_of(step.key) == unit
    )


def start_clock(p: Proceedings, key: str, *, by_silence: bool = False) -> None:
    """Accept a step; the clock counts from the acceptance, or from the receipt if by silence.

    On a step of joint acceptance the departments consulted are asked at once.
    """
    step, definition = p.chain.steps[key], p.rules.step(key)
    limit = p.rules.running_limit(definition, p.chain.launch.variant)
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
    if definition.joint:
        ask_departments(p, key, definition.consulted)


def _is_complete(p: Proceedings) -> bool:
    chain = p.chain
    return (
        chain.state is ChainState.RUNNING
        and all(step.state in FINISHED for step in chain.steps.values())
        and not open_deficiencies(chain)
        and not open_commitments(chain)
        and not open_errands(chain)
        and gates_are_open(p)
    )
