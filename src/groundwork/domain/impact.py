"""What an adoption would change, before it is ordered: decided, not carried out.

That of a calendar before it is published, that of a newer definition before chains go by it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain import events as ev
from groundwork.domain.base import Frozen
from groundwork.domain.calendar import end_of
from groundwork.domain.model import SYSTEM, Chain, DefinitionRef
from groundwork.domain.rules import Rules

_KEY = "adoption-preview"


class Rising(Frozen):
    """A rung of the ladder that the adoption would reach at once, or lead below again."""

    step: str
    department: str
    rung: str
    level: int


class ChainImpact(Frozen):
    """What the adoption would do to one chain.

    `late` and `relieved` are the steps that would be overdue at once, and those that no longer
    would be.
    """

    chain: str
    moved: tuple[ev.Term, ...] = ()
    late: tuple[str, ...] = ()
    relieved: tuple[str, ...] = ()
    appearing: tuple[Rising, ...] = ()
    vanishing: tuple[Rising, ...] = ()

    @property
    def touched(self) -> bool:
        """Whether anything would change that anybody sees."""
        return bool(self.moved or self.appearing or self.vanishing)


class UpgradeImpact(ChainImpact):
    """What a newer definition would do to one chain: besides its terms, its steps and limits."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    @property
    def touched(self) -> bool:
        """Whether anything would change that anybody sees."""
        return bool(self.added or self.removed or self.limits) or super().touched


class Tally(Frozen):
    """Sums for one department, or for all: terms, days and rungs.

    `later` and `earlier` count the terms that move, `most_later` and `most_earlier` are the
    calendar days by which one moves furthest.
    """

    chains: int = 0
    later: int = 0
    earlier: int = 0
    most_later: int = 0
    most_earlier: int = 0
    late: int = 0
    relieved: int = 0
    appearing: int = 0
    vanishing: int = 0
    provisional: int = 0


class Impact(Frozen):
    """What the adoption would do to all the chains that were looked at."""

    looked_at: int
    total: Tally
    departments: dict[str, Tally]


def impact(rules: Rules, chain: Chain, version: str, at: datetime) -> ChainImpact:
    """What adopting a version at that moment would do to a chain.

    What is due by then happens first, as it would have. Raises Rejection when the chain cannot
    adopt it.
    """
    happened = _decided(rules, chain, cmd.AdoptCalendar(version=version), at)
    return _of(rules, chain, happened, at) if happened else ChainImpact(chain=chain.id)


def upgrade_impact(rules: Rules, chain: Chain, to: DefinitionRef, at: datetime) -> UpgradeImpact:
    """What going by a newer definition from that moment on would do to a chain.

    What is due by then happens first, as it would have. Raises Rejection when it does not fit.
    """
    command = cmd.AdoptDefinition(version=to.version, hash=to.hash)
    happened = _decided(rules, chain, command, at)
    if happened is None:
        return UpgradeImpact(chain=chain.id)
    after = rules.by(to.hash)
    adopted = happened.adoption
    assert isinstance(adopted, ev.DefinitionAdopted), "it is what was asked for"
    found = _of(after, chain, happened, at)
    return UpgradeImpact(
        **dict(found),
        added=tuple(adopted.added),
        removed=adopted.removed,
        limits=tuple(adopted.limits),
    )


class _Happened(NamedTuple):
    """An adoption, what it led to, and what was due before it."""

    adoption: ev.CalendarAdopted | ev.DefinitionAdopted
    then: tuple[ev.AnyEvent, ...]
    before: tuple[ev.AnyEvent, ...]


def _decided(rules: Rules, chain: Chain, command: cmd.AnyCommand, at: datetime) -> _Happened | None:
    """What the command would lead to; None where the chain has adopted it already."""
    envelope = cmd.Envelope(key=_KEY, by=SYSTEM, received_at=at, command=command)
    answer = core.handle(rules, chain, envelope)
    if isinstance(answer, core.Rejected):
        raise answer.rejection
    for i, event in enumerate(answer.events):
        if isinstance(event, ev.CalendarAdopted | ev.DefinitionAdopted):
            return _Happened(event, answer.events[i + 1 :], answer.events[:i])
    return None


def _of(rules: Rules, chain: Chain, happened: _Happened, at: datetime) -> ChainImpact:
    adopted, events, before = happened
    steps = [term for term in adopted.terms if term.moved and term.kind is ev.TermKind.STEP]
    levels = {step.key: step.level for step in chain.steps.values()}
    levels |= {one.step: one.level for one in before if isinstance(one, ev.EscalationFired)}
    return ChainImpact(
        chain=chain.id,
        moved=tuple(term for term in adopted.terms if term.moved),
        late=tuple(term.key for term in steps if term.moment <= at < end_of(term.before)),
        relieved=tuple(term.key for term in steps if end_of(term.before) <= at < term.moment),
        appearing=tuple(
            _rising(rules, one.step, one.rung, one.level)
            for one in events
            if isinstance(one, ev.EscalationFired)
        ),
        vanishing=tuple(
            _rising(rules, one.step, rung.id, rung.level)
            for one in events
            if isinstance(one, ev.LightEased)
            for rung in rules.ladder(one.step)
            if one.level < rung.level <= levels[one.step]
        ),
    )


def _rising(rules: Rules, step: str, rung: str, level: int) -> Rising:
    return Rising(step=step, department=rules.step(step).lead, rung=rung, level=level)


class Tallies:
    """Adds up the impacts on many chains, in sum and for each department."""

    def __init__(self) -> None:
        self._looked_at = 0
        self._sums: dict[str | None, dict[str, int]] = {}

    def add(self, impacts: Iterable[ChainImpact]) -> None:
        """Add these."""
        for one in impacts:
            self._looked_at += 1
            for department in {None, *_departments(one)} if one.touched else ():
                self._add(one, department)

    def _add(self, one: ChainImpact, department: str | None) -> None:
        mine = [t for t in one.moved if department in {None, t.department}]
        keys = {t.key for t in mine}
        days = [(t.after - t.before).days for t in mine]
        sums = self._sums.setdefault(department, dict.fromkeys(Tally.model_fields, 0))
        sums["chains"] += 1
        sums["later"] += sum(n > 0 for n in days)
        sums["earlier"] += sum(n < 0 for n in days)
        sums["most_later"] = max(sums["most_later"], *days, 0)
        sums["most_earlier"] = max(sums["most_earlier"], *(-n for n in days), 0)
        sums["late"] += len(keys & set(one.late))
        sums["relieved"] += len(keys & set(one.relieved))
        sums["appearing"] += sum(department in {None, r.department} for r in one.appearing)
        sums["vanishing"] += sum(department in {None, r.department} for r in one.vanishing)
        sums["provisional"] += sum(t.provisional for t in mine)

    def merge(self, other: "Tallies") -> None:
        """Add what another one added up."""
        self._looked_at += other._looked_at
        for department, theirs in other._sums.items():
            sums = self._sums.setdefault(department, dict.fromkeys(Tally.model_fields, 0))
            for name, count in theirs.items():
                most = name.startswith("most_")
                sums[name] = max(sums[name], count) if most else sums[name] + count

    @property
    def result(self) -> Impact:
        """The sums so far; departments in the order of their ids."""
        named = {name: sums for name, sums in self._sums.items() if name is not None}
        return Impact(
            looked_at=self._looked_at,
            total=Tally(**self._sums.get(None, {})),
            departments={name: Tally(**named[name]) for name in sorted(named)},
        )


def _departments(one: ChainImpact) -> set[str]:
    risings = {rising.department for rising in (*one.appearing, *one.vanishing)}
    return risings | {term.department for term in one.moved}
