"""Supervision orders (督办单): the paper that goes with a red card."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import HTMLResponse

from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.errors import Problem
from groundwork.api.languages import Language, said
from groundwork.api.paper_facts import PaperWords, as_of, last, whole_case
from groundwork.api.papers import printed
from groundwork.api.visit import ChainId, Reader
from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.clock import consumed, due
from groundwork.domain.definition import Limit, LimitUnit, Text
from groundwork.domain.ladder import rung_of
from groundwork.domain.model import Chain, Escalation, EscalationState, Step
from groundwork.domain.names import ROLES, UNITS
from groundwork.domain.rules import Rules

router = APIRouter(prefix="/chains", tags=["chains"])

_HOUR = timedelta(hours=1)


@router.get(
    "/{chain_id}/papers/supervision-order/{escalation}",
    response_class=HTMLResponse,
    responses=documented(
        *SIGNED_IN, "chain_not_found", "unknown_escalation", "no_supervision_order"
    ),
)
async def get_supervision_order(
    visit: Reader,
    chain_id: ChainId,
    escalation: Annotated[
        str, Path(max_length=120, description="Id of the escalation, such as `L17-red_card`.")
    ],
) -> Response:
    """The supervision order of an escalation, to print: facts as they were when it was issued."""
    row, events, chain = await whole_case(visit, chain_id)
    fired = last(events, ev.EscalationFired, lambda one: one.escalation == escalation)
    if fired is None:
        raise Problem("unknown_escalation", escalation=escalation)
    if not fired.supervision_order:
        raise Problem("no_supervision_order", escalation=escalation)
    rules = await visit.resources.rules(chain)
    then = as_of(events, fired.seq)
    now = chain.escalations[escalation]
    order = _Order(rules, then, then.escalations[escalation], visit.language)
    return printed(
        "supervision-order",
        visit.language,
        standing=_standing(now, visit.language),
        answer=now.answer,
        rows=order.rows(row["project_name"], row["enterprise"]),
        **order.facts(),
    )


def order_number(chain: Chain, card: Escalation) -> str:
    """The number of a supervision order: it stays the same, and no other order has it."""
    return f"{chain.id}-{card.id}"


def _standing(card: Escalation, language: Language) -> str:
    """What has become of the order since, if that must stand on it."""
    stands = {
        EscalationState.ANNULLED: Text(
            zh=f"本督办单已撤销：{card.annulled_for}",
            en=f"This order is annulled: {card.annulled_for}",
        ),
        EscalationState.REVERSED: Text(
            zh="本督办单已更正：所督办的事项在签发前已经处理。",
            en="This order is reversed: what it asks for had been done before it was issued.",
        ),
    }
    text = stands.get(card.state)
    return said(text, language) if text else ""


class _Order:
    """The facts of one order, in one language."""

    def __init__(self, rules: Rules, chain: Chain, card: Escalation, language: Language) -> None:
        self._rules, self._chain, self._card = rules, chain, card
        self._words = PaperWords(language)
        self._step: Step = chain.steps[card.step]
        self._definition = rules.step(card.step)

    def facts(self) -> dict[str, Any]:
        """What the template asks for besides its rows."""
        card, words = self._card, self._words
        return {
            "number": order_number(self._chain, card),
            "chain": self._chain.id,
            "escalation": card.id,
            "department": words.department(self._rules.definition, self._definition.lead),
            "recipients": words.listed(words.said(ROLES[role]) for role in card.recipients),
            "issued_on": words.day(local_date(card.at)),
            "basis": basis_of(self._rules, self._chain, card, words),
            "answer_by": words.term(card.answer_by, card.answer_over),
            "appeal_by": words.term(card.appeal_by, card.appeal_before),
        }

    def rows(self, project: str, enterprise: str) -> list[tuple[str, str]]:
        """The table of facts."""
        step, launch, words = self._step, self._chain.launch, self._words
        rows = [
            (words.say("项目", "Project"), project),
            (words.say("项目代码", "Project code"), launch.project_code),
            (words.say("企业", "Enterprise"), enterprise),
            (words.say("环节", "Step"), words.step(self._chain, step, self._rules.definition)),
            (words.say("受理时间", "Accepted"), words.moment(step.accepted_at)),
        ]
        if step.clock is not None:
            clock, calendar = step.clock, self._rules.calendar_of(step.key)
            term = due(clock, calendar)
            stopped = consumed(clock, calendar, self._card.at).stopped_days
            at = words.moment(term.moment) if self._by_the_hour else words.day(term.on)
            rows += [
                (words.say("时限", "Limit"), words.amount(clock.budget, clock.limit)),
                (
                    words.say("暂停计时", "Clock stopped for"),
                    words.amount(stopped, clock.limit),
                ),
                (words.say("到期", "Due"), at),
                (words.say("已逾期", "Late by"), self._late_by(term.on, term.moment)),
            ]
        return rows

    @property
    def _by_the_hour(self) -> bool:
        clock = self._step.clock
        return clock is not None and clock.limit.unit is LimitUnit.HOURS

    def _late_by(self, due_on: date, over: datetime) -> str:
        """The department's working days, whatever the limit counts; hours for a limit in hours."""
        at = self._card.at
        if self._by_the_hour:
            return f"{(at - over) // _HOUR} {self._words.said(UNITS['hours'])}"
        # A card of 00:00 is of the day before: that day is over.
        last = local_date(at - timedelta.resolution)
        calendar = self._rules.calendar_of(self._step.key)
        days = calendar.count_working_days(due_on, max(due_on, last))
        return f"{days} {self._words.said(UNITS['working_days'])}"


def basis_of(rules: Rules, chain: Chain, card: Escalation, words: PaperWords) -> list[str]:
    """What a card stands on: the limits that were not kept, and the rung of the ladder."""
    step, definition = chain.steps[card.step], rules.step(card.step)
    limits: list[Limit] = [] if step.clock is None else [step.clock.limit]
    limits += [one for one in definition.statutory if one.binds_whole_step]
    lines = [
        words.say("时限 ", "Limit of ")
        + words.amount(limit.amount, limit)
        + words.say("：", ": ")
        + words.source(limit.source)
        for limit in limits
    ]
    rung = rung_of(rules, card)
    ladder = words.say(f"督办阶梯“{rung.name.zh}”：", f"Rung “{rung.name.en}”: ")
    return [*lines, ladder + words.source(rung.source)]
