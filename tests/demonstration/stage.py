"""The park as tests read it: its people without a database, and what it shows."""

from collections.abc import Iterator
from datetime import datetime

from groundwork.catalogue.calendars import load_calendar, newest_calendar_version
from groundwork.catalogue.loader import latest
from groundwork.console import cast
from groundwork.console.opening import DEMO_CHAINS
from groundwork.demonstration.casting import Casting
from groundwork.demonstration.park import PlannedProject
from groundwork.domain.calendar import local_date
from groundwork.domain.model import Chain, ChainState, Role, StepState
from groundwork.domain.views import chain_light, open_commitments
from groundwork.rehearsal.plan import Plan
from groundwork.runtime.demonstration import Player

CALENDAR = load_calendar(newest_calendar_version())


def players() -> tuple[Player, ...]:
    """Everybody, under ids that say who they are."""
    parts = cast.parts([latest(one) for one in DEMO_CHAINS])
    return tuple(part.played_by(f"p-{part.handle}") for part in parts)


def casting() -> Casting:
    """Who plays whom."""
    return Casting(players())


def shown(projects: list[PlannedProject], as_of: datetime) -> set[str]:
    """Everything that somebody who looks at the park can see an example of."""
    found = {"project: not launched"} if any(not one.plans for one in projects) else set()
    for project in projects:
        for plan in project.plans:
            found |= set(_of_chain(plan.chain, as_of))
            found |= set(_of_course(plan))
    return found


def _of_chain(chain: Chain, as_of: datetime) -> Iterator[str]:
    yield f"chain: {chain.state.value} {chain.launch.definition.id}"
    running = chain.state is ChainState.RUNNING
    if running:
        yield f"light: {chain_light(chain).value}"
        for step in chain.steps.values():
            yield f"step: {step.state.value}"
            if step.clock is not None and step.state is StepState.STOPPED:
                yield from (f"stop: {one.reason.value}" for one in step.clock.stops)
        if (
            CALENDAR.count_working_days(local_date(chain.launch.received_at), local_date(as_of))
            <= 1
        ):
            yield "chain: just launched"
    for card in chain.escalations.values():
        yield f"card {card.level}: {card.state.value}"
        if card.appeal is not None:
            yield f"appeal: {card.appeal.state.value}"
    for deficiency in chain.deficiencies.values():
        yield f"deficiency: {deficiency.state.value}"
        if running and deficiency.state.value == "open":
            left = CALENDAR.count_working_days(local_date(as_of), deficiency.cure_by)
            yield f"deficiency: due {'soon' if left <= 3 else 'later'}"
    for commitment in chain.commitments.values():
        outcome = commitment.outcome or commitment.state
        yield f"commitment: {outcome.value}"
        if commitment.id in open_commitments(chain) and commitment.due_on is not None:
            left = CALENDAR.count_working_days(local_date(as_of), commitment.due_on)
            yield f"commitment: due {'soon' if left <= 7 else 'later'}"
    for gate in {gate for unit in chain.units.values() for gate in unit.open_gates}:
        everywhere = all(gate in unit.open_gates for unit in chain.active_units)
        yield f"gate: {gate} {'everywhere' if everywhere else 'in part'}"


def _of_course(plan: Plan) -> Iterator[str]:
    """What happened on the way, by the types of the events, and whether it was in time."""
    types = {event.type for event in plan.events}
    yield from (f"event: {one}" for one in types)
    yield from (f"refused: {one.rejection.reason.value}" for one in plan.refusals)
    if plan.chain.state is ChainState.COMPLETED:
        late = any(card.level > 1 for card in plan.chain.escalations.values())
        yield f"completed: {'late' if late else 'in time'}"
    if plan.launch.predecessor is not None:
        yield "chain: follows another"


def roles(plan: Plan) -> set[Role]:
    """Who acted."""
    return {cue.envelope.by.role for cue in plan.cues}
