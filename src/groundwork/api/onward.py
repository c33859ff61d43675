"""A running chain rehearsed onward (假如这样办): under assumptions, from where it stands now."""

import asyncio
from datetime import date, datetime
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from groundwork.api.answers import answer
from groundwork.api.chains import find_chain
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.shapes import Shape
from groundwork.api.visit import ChainId, May, Visit
from groundwork.domain import events as ev
from groundwork.domain.base import Frozen
from groundwork.domain.calendar import local_date
from groundwork.domain.commands.base import StepKey
from groundwork.domain.fold import evolve
from groundwork.domain.forecast import glance, promised
from groundwork.domain.model import SETTLED, Chain, ChainState, Light, StepState
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules
from groundwork.rehearsal.onward import Onward, onward
from groundwork.rehearsal.typical import Habits
from groundwork.rehearsal.wording import Wording

router = APIRouter(prefix="/chains/{chain_id}", tags=["chains"])

Rehearser = Annotated[Visit, Depends(May("rehearse"))]

_Share = Annotated[int, Field(ge=1, le=1000)]
_Days = Annotated[int, Field(ge=0, le=250)]
_USUAL: Final = Habits()


class Assumptions(Frozen):
    """How people are supposed to act from now on; days are working days.

    `share` is the part of what is left of each limit that departments take, in percent, and
    `steps` the same for some steps. Of a step without any figure, `unlimited` says how long it
    takes; `correcting` how long the enterprise corrects what it hands in, none: nothing has to be.
    """

    share: _Share = _USUAL.share
    handing_in: _Days = _USUAL.handing_in
    accepting: _Days = _USUAL.accepting
    confirming: _Days = _USUAL.confirming
    unlimited: _Days = _USUAL.unlimited
    correcting: _Days | None = _USUAL.correcting
    steps: Annotated[dict[StepKey, _Share], Field(max_length=200, default_factory=dict)]

    def habits(self, key: str) -> Habits:
        """How people act on a step, or on a unit."""
        share = self.steps.get(key) or self.steps.get(key.partition(".")[0]) or self.share
        return Habits(
            share=share,
            handing_in=self.handing_in,
            accepting=self.accepting,
            confirming=self.confirming,
            unlimited=self.unlimited,
            correcting=self.correcting,
        )


class OnwardStep(Shape):
    """A step that is not settled: when it would be decided, and the working days by which late."""

    step: str
    name: str
    state: StepState
    due_on: date | None
    decided_on: date | None
    late_by: int


class OnwardEscalation(Shape):
    """An escalation that would fire."""

    step: str
    name: str
    rung: str
    light: Light
    on: date
    recipients: list[str]


class OnwardEntry(Shape):
    """Something that would happen."""

    at: datetime
    event: str
    step: str | None
    text: str


class OnwardHindrance(Shape):
    """Something that people would have wanted to do and could not; `why` where it is refused."""

    action: str
    why: str | None


class OnwardShape(Shape):
    """What a chain would come to. `finish` is none where a step would be left undecided.

    `forecast` is when it is done if every limit is used, `promised` what followed from the promises
    at the launch; `behind` the working days by which `finish` lies after that.
    """

    chain: str
    as_of: datetime
    finish: date | None
    provisional: bool
    forecast: date
    promised: date
    behind: int | None
    steps: list[OnwardStep]
    escalations: list[OnwardEscalation]
    hindered: list[OnwardHindrance]
    timeline: list[OnwardEntry]


@router.post(
    "/rehearse",
    response_model=OnwardShape,
    responses=documented(
        *SIGNED_IN,
        "chain_not_found",
        "chain_closed",
        "unknown_step",
        "date_out_of_range",
        "body_too_large",
    ),
)
async def rehearse_onward(visit: Rehearser, chain_id: ChainId, body: Assumptions) -> Response:
    """What would become of the chain if people acted so from now on. Nothing is ever written.

    A copy of the chain is played by the rules alone: the engine's own chain is not touched, and
    nobody is told anything.
    """
    _, chain = await find_chain(visit, chain_id)
    return answer(await told_onward(visit, chain, body))


async def told_onward(visit: Visit, chain: Chain, assumed: Assumptions) -> dict[str, Any]:
    """The members of OnwardShape.

    Raises Problem (chain_closed), Rejection (unknown_step), HorizonError.
    """
    if chain.state is not ChainState.RUNNING:
        raise Rejection(Reason.CHAIN_CLOSED, state=chain.state.value)
    rules = await visit.resources.rules(chain)
    known = set(chain.steps) | {key.partition(".")[0] for key in chain.steps}
    for key in assumed.steps:
        if key not in known:
            raise Rejection(Reason.UNKNOWN_STEP, step=key, known=", ".join(chain.steps))
    at = visit.received_at
    played = await asyncio.to_thread(onward, rules, chain, at, assumed.habits)
    return _Account(visit, rules, chain, played).told()


class _Account(NamedTuple):
    """What an onward play is told by."""

    visit: Visit
    rules: Rules
    before: Chain
    played: Onward

    @property
    def at(self) -> datetime:
        """As of when it is played."""
        return self.visit.received_at

    def told(self) -> dict[str, Any]:
        """The whole of it."""
        view = glance(self.rules, self.before, self.at)
        said, finish = promised(self.rules, self.before), self._finish()
        calendar = self.rules.calendar
        return {
            "chain": self.before.id,
            "as_of": self.at,
            "finish": finish,
            "provisional": finish is not None and calendar.is_provisional(finish),
            "forecast": view.finish,
            "promised": said,
            "behind": calendar.count_working_days(said, finish) if finish else None,
            "steps": [self._step(key) for key in self._open()],
            "escalations": self._escalations(),
            "hindered": self._hindered(),
            "timeline": list(self._timeline()),
        }

    def _open(self) -> list[str]:
        return [key for key, step in self.before.steps.items() if step.state not in SETTLED]

    def _finish(self) -> date | None:
        """The day of the last decision; None while a step is not settled."""
        if any(step.state not in SETTLED for step in self.played.chain.steps.values()):
            return None
        decisive = (ev.StepDecided, ev.StepExempted)
        ends = [event.at for event in self.played.events if isinstance(event, decisive)]
        return local_date(max(ends, default=self.at))

    def _name(self, key: str) -> str:
        named = Wording(self.rules.definition).step_name(key, self.before)
        return self.visit.said(named)

    def _step(self, key: str) -> dict[str, Any]:
        step, calendar = self.played.chain.steps[key], self.rules.calendar_of(key)
        decided = local_date(step.decision.at) if step.decision else None
        late = 0
        if step.due_on and decided and decided > step.due_on:
            late = calendar.count_working_days(step.due_on, decided)
        return {
            "step": key,
            "name": self._name(key),
            "state": step.state,
            "due_on": step.due_on,
            "decided_on": decided,
            "late_by": late,
        }

    def _escalations(self) -> list[dict[str, Any]]:
        fired = [one for one in self.played.events if isinstance(one, ev.EscalationFired)]
        return [
            {
                "step": one.step,
                "name": self._name(one.step),
                "rung": self._rung(one),
                "light": one.light,
                "on": local_date(one.at),
                "recipients": list(one.recipients),
            }
            for one in fired
        ]

    def _rung(self, one: ev.EscalationFired) -> str:
        ladder = self.rules.ladder(one.step)
        return next(self.visit.said(rung.name) for rung in ladder if rung.id == one.rung)

    def _hindered(self) -> list[dict[str, Any]]:
        refused = [
            (one.action, one.rejection.sentence(self.visit.language))
            for one in self.played.refusals
        ]
        never = [(action, None) for action in self.played.hindered]
        return [
            {"action": f"{action.verb} {action.subject}".strip(), "why": why}
            for action, why in (*refused, *never)
        ]

    def _timeline(self) -> Any:
        words, chain = Wording(self.rules.definition), self.before
        for event in self.played.events:
            chain = evolve(chain, event)
            yield {
                "at": event.at,
                "event": event.type,
                "step": words.step_of(event, chain),
                "text": self.visit.said(words.sentence(event, chain)),
            }
