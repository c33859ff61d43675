"""Whether a running chain can go by a newer version of its definition, and why not.

A definition may change what is still to come. It may not take away what people work on, what they
were told in writing, or what the chain's history relies on.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from groundwork.domain import events as ev
from groundwork.domain.base import Frozen
from groundwork.domain.definition import ChainDefinition, StepDefinition, Text
from groundwork.domain.ladder import can_be_appealed
from groundwork.domain.model import (
    FINISHED,
    RUNNING,
    Chain,
    DeficiencyState,
    Escalation,
    EscalationState,
    Step,
    StepState,
)
from groundwork.domain.replanning import Reckoned, open_terms
from groundwork.domain.rules import Rules

AT_HAND = RUNNING | {
    StepState.RECEIVED,
    StepState.CORRECTION,
    StepState.CORRECTED,
    StepState.STOPPED,
}
"""States of a step that somebody is working on."""

_TOLD = frozenset({ev.TermKind.DEFICIENCY, ev.TermKind.COMMITMENT, ev.TermKind.APPEAL})
"""Terms that somebody outside the department was told in writing."""


class Misfit(StrEnum):
    """Why a definition does not fit a chain."""

    OTHER_CHAIN = "other_chain"
    NOT_NEWER = "not_newer"
    PART_GONE = "part_gone"
    STEP_GONE = "step_gone"
    SPREAD_CHANGED = "spread_changed"
    LEAD_CHANGED = "lead_changed"
    MODE_GONE = "mode_gone"
    LIMIT_GONE = "limit_gone"
    JOINT_CHANGED = "joint_changed"
    MATERIAL_GONE = "material_gone"
    CARD_GONE = "card_gone"
    GATE_GONE = "gate_gone"
    TERM_SHORTENED = "term_shortened"


class Obstacle(Frozen):
    """One reason why a definition does not fit, and the step that it is about, if it is about one.

    `what` says which thing of the step or of the chain.
    """

    misfit: Misfit
    step: str | None = None
    what: str = ""

    @property
    def sentence(self) -> Text:
        """What is wrong, in both languages."""
        zh, en = _SENTENCES[self.misfit]
        place = {"step": self.step or "", "what": self.what}
        return Text(zh=zh.format(**place), en=en.format(**place))


_SENTENCES = {
    Misfit.OTHER_CHAIN: ("不是同一种链条", "it is of another kind of chain"),
    Misfit.NOT_NEWER: ("版本不比现用的 {what} 新", "it is not newer than {what}, which is in use"),
    Misfit.PART_GONE: ("去掉或新增了全链的 {what} 部分", "the chain's part {what} comes or goes"),
    Misfit.STEP_GONE: (
        "去掉了已经开始或办结的环节 {step}",
        "step {step} is gone, which has begun or is decided",
    ),
    Misfit.SPREAD_CHANGED: (
        "环节 {step} 按单体或分期的划分变了",
        "step {step} is spread over units or phases in another way",
    ),
    Misfit.LEAD_CHANGED: (
        "在办环节 {step} 换了牵头部门",
        "step {step} is being worked on and has another lead",
    ),
    Misfit.MODE_GONE: (
        "环节 {step} 不再提供所选办理方式 {what}",
        "step {step} no longer offers its chosen mode {what}",
    ),
    Misfit.LIMIT_GONE: ("在办环节 {step} 没有了时限", "the clock of step {step} has no limit left"),
    Misfit.JOINT_CHANGED: (
        "在办环节 {step} 的联合验收方式变了",
        "step {step} is being worked on and its joint acceptance comes or goes",
    ),
    Misfit.MATERIAL_GONE: (
        "环节 {step} 的容缺材料 {what} 不再可以补正",
        "step {step} no longer lets {what} follow, which is awaited",
    ),
    Misfit.CARD_GONE: (
        "环节 {step} 的督办 {what} 在新的阶梯上没有对应一级",
        "the ladder of step {step} has no rung for its card {what}",
    ),
    Misfit.GATE_GONE: ("去掉了已打开的门 {what}", "gate {what} is gone, which stands open"),
    Misfit.TERM_SHORTENED: (
        "环节 {step} 已书面告知的期限 {what} 会缩短",
        "step {step}: the term of {what}, told in writing, would get shorter",
    ),
}


def obstacles(before: Rules, after: Rules, chain: Chain, at: datetime) -> tuple[Obstacle, ...]:
    """Everything that keeps the chain from going by `after`; nothing where it fits."""
    old, new = before.definition, after.definition
    if old.id != new.id or old.workflow_type != new.workflow_type:
        return (Obstacle(misfit=Misfit.OTHER_CHAIN),)
    if version_key(new.version) <= version_key(old.version):
        return (Obstacle(misfit=Misfit.NOT_NEWER, what=old.version),)
    found = [*_parts(old, new), *_gates(new, chain)]
    known = {step.id for step in new.steps}
    for key, step in chain.steps.items():
        if key.partition(".")[0] in known:
            found += _of_step(before, after, chain, step)
        elif not untouched(chain, key):
            found.append(Obstacle(misfit=Misfit.STEP_GONE, step=key))
    if not found:
        found = [*_materials(after, chain), *_cards(after, chain, at)]
    if not found:
        found = list(_shortened(before, after, chain, at))
    return tuple(found)


def version_key(version: str) -> tuple[tuple[int, str], ...]:
    """What versions are ordered by: number by number."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in version.split("."))


def untouched(chain: Chain, key: str) -> bool:
    """Whether a step waits for its turn and nothing has ever happened to it."""
    step = chain.steps[key]
    named = {
        *(one.step for one in chain.deficiencies.values()),
        *(one.step for one in chain.commitments.values()),
        *(one.step for one in chain.escalations.values()),
    }
    return step == Step(key=key, mode=step.mode) and key not in named


def _parts(old: ChainDefinition, new: ChainDefinition) -> Iterator[Obstacle]:
    for name in ("promises", "joint", "credit"):
        if getattr(old, name) is not None and getattr(new, name) is None:
            yield Obstacle(misfit=Misfit.PART_GONE, what=name)
    if (old.units is None) is not (new.units is None):
        yield Obstacle(misfit=Misfit.PART_GONE, what="units")


def _gates(new: ChainDefinition, chain: Chain) -> Iterator[Obstacle]:
    known = {gate.id for gate in new.gates}
    standing = {gate for unit in chain.units.values() for gate in unit.open_gates}
    for gate in sorted(standing - known):
        yield Obstacle(misfit=Misfit.GATE_GONE, what=gate)


def _of_step(before: Rules, after: Rules, chain: Chain, step: Step) -> Iterator[Obstacle]:
    key, old, new = step.key, before.step(step.key), after.step(step.key)
    if old.per_unit is not new.per_unit or not _has_phase(new, key):
        yield Obstacle(misfit=Misfit.SPREAD_CHANGED, step=key)
    if step.state not in FINISHED and step.mode not in new.modes:
        yield Obstacle(misfit=Misfit.MODE_GONE, step=key, what=step.mode.value)
    if step.state not in AT_HAND:
        return
    if old.lead != new.lead or old.applicant_owned is not new.applicant_owned:
        yield Obstacle(misfit=Misfit.LEAD_CHANGED, step=key)
    if old.joint is not new.joint:
        yield Obstacle(misfit=Misfit.JOINT_CHANGED, step=key)
    if step.clock is not None and after.running_limit(new, chain.launch.variant) is None:
        yield Obstacle(misfit=Misfit.LIMIT_GONE, step=key)


def _has_phase(step: StepDefinition, key: str) -> bool:
    part = key.partition(".")[2]
    return step.per_unit or not part or part in {phase.id for phase in step.phases}


def _materials(after: Rules, chain: Chain) -> Iterator[Obstacle]:
    awaited = {DeficiencyState.OPEN, DeficiencyState.SUBMITTED}
    for one in chain.deficiencies.values():
        material = after.step(one.step).material(one.material)
        if one.state in awaited and (material is None or material.cure is None):
            yield Obstacle(misfit=Misfit.MATERIAL_GONE, step=one.step, what=one.material)


def _cards(after: Rules, chain: Chain, at: datetime) -> Iterator[Obstacle]:
    for card in chain.escalations.values():
        stands = card.state is EscalationState.OPEN or can_be_appealed(card, at)
        if stands and not _has_rung(after, card):
            yield Obstacle(misfit=Misfit.CARD_GONE, step=card.step, what=card.rung)


def _has_rung(after: Rules, card: Escalation) -> bool:
    return any(one.level == card.level and one.id == card.rung for one in after.ladder(card.step))


def _shortened(before: Rules, after: Rules, chain: Chain, at: datetime) -> Iterator[Obstacle]:
    for old, new in changed_terms(before, after, chain, at):
        if new.kind in _TOLD and new.after.moment < old.after.moment:
            yield Obstacle(misfit=Misfit.TERM_SHORTENED, step=new.step, what=new.key)


def changed_terms(
    before: Rules, after: Rules, chain: Chain, at: datetime, renewed: Chain | None = None
) -> Iterator[tuple[Reckoned, Reckoned]]:
    """The open terms that the definitions reckon differently, as each of them does.

    `renewed` is the chain with the clocks that `after` would give it. A term that both reckon alike
    keeps its day, whatever moved it there.
    """
    olds = {(one.kind, one.key): one for one in open_terms(before, chain, at)}
    for new in open_terms(after, renewed or chain, at):
        old = olds.get((new.kind, new.key))
        if old is not None and old.after.moment != new.after.moment:
            yield old, new
