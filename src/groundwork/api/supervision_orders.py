"""Supervision orders (督办单): the paper that goes with a red card."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import HTMLResponse

from groundwork.api.chains import find_chain
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.errors import Problem
from groundwork.api.languages import Language, said
from groundwork.api.papers import printed
from groundwork.api.visit import ChainId, Reader, Visit
from groundwork.domain import events as ev
from groundwork.domain.calendar import SHANGHAI, end_of, local_date
from groundwork.domain.clock import consumed, due
from groundwork.domain.definition import Limit, LimitUnit, Text
from groundwork.domain.fold import fold
from groundwork.domain.model import Chain, Escalation, EscalationState, Step
from groundwork.domain.names import ROLES, UNITS
from groundwork.domain.rules import Rules
from groundwork.store.ledger import EVENT

router = APIRouter(prefix="/chains", tags=["chains"])

_WHOLE_HISTORY = 1_000_000
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
    row, chain = await find_chain(visit, chain_id)
    now = chain.escalations.get(escalation)
    if now is None:
        raise Problem("unknown_escalation", escalation=escalation)
    if not now.supervision_order:
        raise Problem("no_supervision_order", escalation=escalation)
    rules = await visit.resources.rules(chain)
    then = await _as_issued(visit, chain_id, escalation)
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


async def _as_issued(visit: Visit, chain_id: str, escalation: str) -> Chain:
    """The chain as it stood when the escalation had just fired."""
    events: list[ev.AnyEvent] = []
    for row in await visit.resources.reads.timeline(chain_id, limit=_WHOLE_HISTORY):
        event = EVENT.validate_python(row["body"])
        events.append(event)
        if isinstance(event, ev.EscalationFired) and event.escalation == escalation:
            break
    return fold(events)


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
        self._rules, self._chain, self._card, self._language = rules, chain, card, language
        self._step: Step = chain.steps[card.step]
        self._definition = rules.step(card.step)

    def facts(self) -> dict[str, Any]:
        """What the template asks for besides its rows."""
        card = self._card
        lead = self._rules.definition.department(self._definition.lead)
        between = "、" if self._language == "zh" else ", "
        return {
            "number": order_number(self._chain, card),
            "chain": self._chain.id,
            "escalation": card.id,
            "department": self._said(lead.name),
            "recipients": between.join(self._said(ROLES[role]) for role in card.recipients),
            "issued_on": self._day(local_date(card.at)),
            "basis": list(self._basis()),
            "answer_by": self._term(card.answer_by, card.answer_over),
            "appeal_by": self._term(card.appeal_by, card.appeal_before),
        }

    def rows(self, project: str, enterprise: str) -> list[tuple[str, str]]:
        """The table of facts."""
        step, launch = self._step, self._chain.launch
        rows = [
            (self._say("项目", "Project"), project),
            (self._say("项目代码", "Project code"), launch.project_code),
            (self._say("企业", "Enterprise"), enterprise),
            (self._say("环节", "Step"), f"{step.key} {self._said(self._definition.name)}"),
            (self._say("受理时间", "Accepted"), self._moment(step.accepted_at)),
        ]
        if step.clock is not None:
            clock, calendar = step.clock, self._rules.calendar_of(step.key)
            term = due(clock, calendar)
            stopped = consumed(clock, calendar, self._card.at).stopped_days
            at = self._moment(term.moment) if self._by_the_hour else self._day(term.on)
            rows += [
                (self._say("时限", "Limit"), self._amount(clock.budget, clock.limit)),
                (self._say("暂停计时", "Clock stopped for"), self._amount(stopped, clock.limit)),
                (self._say("到期", "Due"), at),
                (self._say("已逾期", "Late by"), self._late_by(term.on, term.moment)),
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
            return f"{(at - over) // _HOUR} {self._said(UNITS['hours'])}"
        # A card of 00:00 is of the day before: that day is over.
        last = local_date(at - timedelta.resolution)
        calendar = self._rules.calendar_of(self._step.key)
        days = calendar.count_working_days(due_on, max(due_on, last))
        return f"{days} {self._said(UNITS['working_days'])}"

    def _basis(self) -> list[str]:
        limits: list[Limit] = [] if self._step.clock is None else [self._step.clock.limit]
        limits += [one for one in self._definition.statutory if one.binds_whole_step]
        lines = [
            self._say("时限 ", "Limit of ")
            + self._amount(limit.amount, limit)
            + self._say("：", ": ")
            + self._one_language(limit.source)
            for limit in limits
        ]
        rung = next(
            one for one in self._rules.ladder(self._card.step) if one.level == self._card.level
        )
        ladder = self._say(f"督办阶梯“{rung.name.zh}”：", f"Rung “{rung.name.en}”: ")
        return [*lines, ladder + self._one_language(rung.source)]

    def _one_language(self, source: str) -> str:
        """A source that is written as `中文 · English`, in one of them; others as they are."""
        zh, between, en = source.partition(" · ")
        return (en if self._language == "en" else zh) if between else source

    def _amount(self, amount: int, limit: Limit) -> str:
        return f"{amount} {self._said(UNITS[limit.unit.value])}"

    def _term(self, day: date | None, before: datetime | None) -> str:
        if day is None:
            return ""
        return self._day(day) if before in {None, end_of(day)} else self._moment(before)

    def _day(self, day: date) -> str:
        return self._say(f"{day.year}年{day.month}月{day.day}日", day.isoformat())

    def _moment(self, at: datetime | None) -> str:
        if at is None:
            return "—"
        local = at.astimezone(SHANGHAI)
        return f"{self._day(local.date())} {local:%H:%M}"

    def _say(self, zh: str, en: str) -> str:
        return en if self._language == "en" else zh

    def _said(self, text: Text) -> str:
        return said(text, self._language)
