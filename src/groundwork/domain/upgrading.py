"""Going by a newer version of the definition: what is still to come changes, what was stays.

Steps are added, steps that nobody had begun are dropped, running clocks count their new limits, and
every open term that the definition reckons differently gets a new day. As with a calendar, lights
follow at the moment of the adoption, and nothing past is undone.
"""

from datetime import datetime

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain import ladder
from groundwork.domain.definition import Limit, Mode
from groundwork.domain.due import promises_due
from groundwork.domain.fitness import AT_HAND, changed_terms, obstacles
from groundwork.domain.flow import advance
from groundwork.domain.folding import with_step
from groundwork.domain.model import RUNNING, SETTLED, Chain, DefinitionRef, StepState
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.replanning import as_term, relight
from groundwork.domain.rules import Rules, step_keys

BASIS = "链条定义新版本"
"""The new version stands for its own sources; each of its figures names one."""


def adopt_definition(p: Proceedings, command: cmd.AdoptDefinition) -> None:
    """Go by that definition from now on. Adopting the one in force does nothing.

    Raises Rejection: unknown_definition when the rules know no such content, definition_unfit when
    something keeps the chain from it.
    """
    authorise(p.by, command.type)
    if command.hash == p.chain.definition.hash:
        return
    before, after = p.rules, p.rules.by(command.hash)
    found = obstacles(before, after, p.chain, p.at)
    if after.definition.version != command.version:
        raise Rejection(Reason.UNKNOWN_DEFINITION, hash=command.hash)
    if found:
        said = [one.sentence for one in found]
        raise Rejection(
            Reason.DEFINITION_UNFIT,
            version=command.version,
            detail_zh="；".join(one.zh for one in said) + "。",
            detail_en="; ".join(one.en for one in said) + ".",
        )
    running = [step.key for step in p.chain.steps.values() if step.state in RUNNING]
    levels = {key: ladder.level_at(before, p.chain.steps[key], p.at)[0] for key in running}
    _adopt(p, before, after, command)
    p.rules = after
    for key, level in levels.items():
        relight(p, key, level)
    _remind_of_what_is_near(p)
    _hold(p)
    advance(p)


def _adopt(p: Proceedings, before: Rules, after: Rules, command: cmd.AdoptDefinition) -> None:
    limits = _limits(after, p.chain)
    renewed = p.chain
    for key, limit in limits.items():
        clock = renewed.steps[key].clock
        assert clock is not None, "only clocks have limits"
        renewed = with_step(renewed, key, clock=clock.model_copy(update={"limit": limit}))
    known = {step.id for step in after.definition.steps}
    p.add(
        ev.DefinitionAdopted,
        definition=DefinitionRef(
            id=after.definition.id, version=command.version, hash=command.hash
        ),
        previous=p.chain.definition,
        added=_added(before, after, p.chain),
        removed=tuple(key for key in p.chain.steps if key.partition(".")[0] not in known),
        limits=limits,
        terms=_terms(before, after, p.chain, renewed, p.at),
        basis=BASIS,
    )


def _terms(
    before: Rules, after: Rules, chain: Chain, renewed: Chain, at: datetime
) -> tuple[ev.Term, ...]:
    changed = changed_terms(before, after, chain, at, renewed)
    return tuple(as_term(after, new, at) for _, new in changed)


def _limits(after: Rules, chain: Chain) -> dict[str, Limit]:
    """What clocks of steps at hand count from now on, where that is something else."""
    found: dict[str, Limit] = {}
    for step in chain.steps.values():
        if step.clock is None or step.state not in AT_HAND:
            continue
        limit = after.running_limit(after.step(step.key), chain.launch.variant)
        if limit is not None and limit != step.clock.limit:
            found[step.key] = limit
    return found


def _added(before: Rules, after: Rules, chain: Chain) -> dict[str, Mode]:
    """The new steps, in every unit where they are spread over units, in their usual mode."""
    old = {step.id for step in before.definition.steps}
    units = [unit.id for unit in chain.active_units]
    keys = step_keys(after.definition, {}, units)
    fresh = [key for key in keys if key.partition(".")[0] not in old]
    return {key: after.step(key).modes[0] for key in fresh}


def _remind_of_what_is_near(p: Proceedings) -> None:
    """Remind now where the new definition would have reminded before."""
    near = [due for due in promises_due(p.rules, p.chain) if due.what == "remind"]
    for due in sorted((one for one in near if one.moment <= p.at), key=lambda one: one[:3]):
        due.fire(p)


def _hold(p: Proceedings) -> None:
    """Let steps that nobody has taken up wait for what they build on now."""
    for step in list(p.chain.steps.values()):
        before = p.rules.predecessors(step.key, p.chain)
        settled = all(p.chain.steps[other].state in SETTLED for other in before)
        if step.state is StepState.READY and not settled:
            p.add(ev.StepHeld, step=step.key)
