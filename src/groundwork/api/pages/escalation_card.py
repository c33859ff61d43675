"""One escalation (督办): what happened and why, who was told, and what the reader may do now."""

from collections.abc import Iterator
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Response

from groundwork.api.chain_view import in_language
from groundwork.api.errors import Problem
from groundwork.api.pages.acting import Outcome, act, back_to
from groundwork.api.pages.escalations import card_address, delivered, told_of
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.pages.judging import Bench
from groundwork.api.pages.lights import step_shown
from groundwork.api.paper_facts import History, PaperWords, last, whole_case
from groundwork.api.supervision_orders import basis_of
from groundwork.api.words import event_name
from groundwork.domain import events as ev
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.fold import evolve
from groundwork.domain.ladder import answer_overdue, foreseen_rung, rung_of
from groundwork.domain.model import SYSTEM, Actor, AppealState, Chain, Escalation
from groundwork.domain.names import ACTIONS, APPEAL_STATES, ESCALATION_STATES, ROLES, STATES
from groundwork.domain.rejections import Rejection
from groundwork.domain.rules import Rules
from groundwork.domain.terms import explain_term
from groundwork.domain.views import act_by, step_light
from groundwork.rehearsal.wording import Wording
from groundwork.store.paging import Row

router = APIRouter(include_in_schema=False)

Reader = Annotated[Page, Depends(Opened("read_cases"))]

VERBS: Final[dict[str, dict[str, Any]]] = {
    "acknowledge": {"answer": "—"},
    "appeal_escalation": {"reason": "—"},
    "uphold_escalation": {"reason": "—"},
    "annul_escalation": {"reason": "—"},
    "decide_referral": {"reason": "—", "refer": False},
}
"""What can be done about a card, each with what tries it without doing it."""


class _Case(NamedTuple):
    """A card with everything around it."""

    row: Row
    events: History
    chain: Chain
    card: Escalation
    rules: Rules


class Deed(NamedTuple):
    """Something that can be done about a card: now, or why not."""

    verb: str
    name: str
    why_not: str


@router.get("/chains/{chain_id}/escalations/{escalation}")
async def get_card(page: Reader, chain_id: str, escalation: str) -> Response:
    """A card's page."""
    return await _page(page, await _case(page, chain_id, escalation))


@router.post("/chains/{chain_id}/escalations/{escalation}/{verb}")
async def act_on_card(page: Reader, chain_id: str, escalation: str, verb: str) -> Response:
    """Acknowledge, appeal, decide an appeal or a referral."""
    if verb not in VERBS:
        raise Problem("not_found")
    outcome = await act(page, chain_id, verb, escalation=escalation)
    if outcome.ok:
        return back_to(page, card_address(chain_id, escalation), outcome)
    return await _page(page, await _case(page, chain_id, escalation), outcome)


async def _case(page: Page, chain_id: str, escalation: str) -> _Case:
    row, events, chain = await whole_case(page.visit, chain_id)
    card = chain.escalations.get(escalation)
    if card is None:
        raise Problem("unknown_escalation", escalation=escalation)
    return _Case(row, events, chain, card, await page.resources.rules(chain))


async def _page(page: Page, case: _Case, failed: Outcome | None = None) -> Response:
    row, events, chain, card, rules = case
    step, definition = chain.steps[card.step], rules.definition
    rung, wording = rung_of(rules, card), Wording(definition)
    told = (await told_of(page, {chain.id: chain})).get((chain.id, card.step, card.at), [])
    following = foreseen_rung(rules, chain, step) if card.level == step.level else None
    fired = last(events, ev.EscalationFired, lambda one: one.escalation == card.id)
    return show(
        page,
        "escalation-card.html",
        200 if failed is None else 422,
        head=row,
        chain=chain,
        card=card,
        step=step,
        step_name=page.said(wording.step_name(card.step, chain)),
        step_state=page.said(STATES[step.state]),
        step_shown=step_shown(page.moments, step.state, step_light(step), act_by(step)),
        department=_department(page, definition, rules.step(card.step).lead),
        rung=rung,
        rung_name=page.said(rung.name),
        trigger=_trigger(page, case),
        basis=basis_of(rules, chain, card, PaperWords(page.language)),
        roles=[page.said(ROLES[role]) for role in card.recipients],
        told=told,
        role_names={role: page.said(name) for role, name in ROLES.items()},
        delivery=delivered(told),
        state_name=page.said(ESCALATION_STATES[card.state]),
        appeal_name=page.said(APPEAL_STATES[card.appeal.state]) if card.appeal else "",
        appeal_pending=card.appeal is not None and card.appeal.state is AppealState.PENDING,
        late=answer_overdue(card, page.moments.now),
        term=_term(page, case),
        following=following and (page.said(following.rung.name), following),
        history=await _history(page, case),
        order=_order(case) if fired is not None and fired.supervision_order else None,
        deeds=[await _deed(page, case, verb) for verb in VERBS],
        failed=failed.verb if failed else "",
        mistakes=page.mistakes(failed.problem if failed else None),
        form=page.form,
    )


def _department(page: Page, definition: ChainDefinition, department: str) -> str:
    return page.said(definition.department(department).name)


def _order(case: _Case) -> str:
    return f"/api/v1/chains/{case.chain.id}/papers/supervision-order/{case.card.id}"


def _trigger(page: Page, case: _Case) -> str:
    """What brought the card about, as the rung of the ladder has it."""
    rung = rung_of(case.rules, case.card)
    if case.card.because is not None:
        return page.say(
            "上一级督办逾期未答复，随即升级。", "The card before it was not answered in time."
        )
    if rung.hours_past_due is not None:
        hours = rung.hours_past_due
        return page.say(f"超过期限 {hours} 小时。", f"{hours} hours past the due hour.")
    if rung.days_past_due is not None:
        days = rung.days_past_due
        return page.say(f"超过期限满 {days} 个工作日。", f"{days} working days past the due date.")
    parts = []
    if rung.share is not None:
        share = rung.share
        parts.append(page.say(f"期限已用去 {share}%", f"{share}% of the limit used"))
    if rung.days_left is not None:
        left = rung.days_left
        parts.append(page.say(f"期限剩余 {left} 个工作日", f"{left} working days left"))
    return page.say("，或", ", or ").join(parts) + page.say("。", ".")


def _term(page: Page, case: _Case) -> Any:
    """Why the answer is due when it is; None where none is asked for."""
    if case.card.answer_by is None:
        return None
    try:
        term = explain_term(case.rules, case.chain, f"escalation:{case.card.id}")
    except Rejection:
        return None
    return in_language(term.model_dump(), page.language)


async def _history(page: Page, case: _Case) -> list[dict[str, Any]]:
    """What happened to the card, newest first, in words and by whom."""
    told = list(_about(case))
    ids = {one.by.id for one, _ in told} | {one.by.on_behalf_of or "" for one, _ in told}
    names = await page.resources.people.names(ids)
    wording = Wording(case.rules.definition)
    return [
        {
            "at": event.at,
            "name": page.said(event_name(event.type)),
            "sentence": page.said(wording.sentence(event, chain)),
            "by": _who(page, event.by, names),
            "words": getattr(event, "reason", "") or getattr(event, "answer", ""),
        }
        for event, chain in reversed(told)
    ]


def _about(case: _Case) -> Iterator[tuple[ev.AnyEvent, Chain]]:
    """The events about the card, each with the chain as it left it."""
    chain: Chain | None = None
    for event in case.events:
        chain = evolve(chain, event)
        if getattr(event, "escalation", None) == case.card.id:
            yield event, chain


def _who(page: Page, actor: Actor, names: dict[str, str]) -> str:
    if actor.id == SYSTEM.id:
        return page.say("系统自动", "by itself")
    who = f"{names.get(actor.id, actor.id)} · {page.said(ROLES[actor.role])}"
    if actor.on_behalf_of is None:
        return who
    other = names.get(actor.on_behalf_of, actor.on_behalf_of)
    return who + page.say(f"（代 {other}）", f" (for {other})")


async def _deed(page: Page, case: _Case, verb: str) -> Deed:
    """Whether the reader may do it now, or why not."""
    bench = Bench(page, {}, case.chain, case.rules)
    judged = await bench.judge(verb, {"escalation": case.card.id, **VERBS[verb]})
    name = page.said(ACTIONS[verb])
    if not isinstance(judged, Problem):
        return Deed(verb, name, "")
    return Deed(verb, name, judged.body(page.language, page.visit.request_id)["detail"])
