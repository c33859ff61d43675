"""Rectification notices (限期整改通知): what is to be put right, and by when.

One is told after a commitment was verified, another after the site visit of a joint acceptance.
Both state the facts of the day on which they were told; what came of it since stands on top.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Path, Response
from fastapi.responses import HTMLResponse

from groundwork.api.commitment_papers import CONSEQUENCES
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.errors import Problem
from groundwork.api.paper_facts import History, PaperWords, as_of, last, whole_case
from groundwork.api.papers import printed
from groundwork.api.visit import ChainId, Reader
from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.commitments import consequence
from groundwork.domain.definition import BreachKind, ChainDefinition, Text
from groundwork.domain.model import Chain, Commitment, CommitmentState
from groundwork.domain.names import OPINIONS

router = APIRouter(prefix="/chains", tags=["chains"])

Facts = dict[str, Any]
_Order = ev.RectificationOrdered | ev.SiteRectificationRequested


@router.get(
    "/{chain_id}/papers/rectification/{subject}",
    response_class=HTMLResponse,
    responses=documented(*SIGNED_IN, "chain_not_found", "no_rectification"),
)
async def get_rectification_notice(
    visit: Reader,
    chain_id: ChainId,
    subject: Annotated[
        str,
        Path(
            max_length=120,
            description="Id of a commitment, or key of a step in joint acceptance (`C13.B1`).",
        ),
    ],
) -> Response:
    """The notice of what is to be put right, to print: facts as they were when it was told."""
    row, events, chain = await whole_case(visit, chain_id)
    order = _order(events, subject)
    if order is None:
        raise Problem("no_rectification", subject=subject)
    rules = await visit.resources.rules(chain)
    words, then = PaperWords(visit.language), as_of(events, order.seq)
    case = _Case(words, rules.definition, events, then, chain)
    if isinstance(order, ev.RectificationOrdered):
        key, facts = then.commitments[subject].step, _of_commitment(case, order)
    else:
        key, facts = order.step, _of_site(case, order)
    return printed(
        "rectification",
        visit.language,
        chain=chain.id,
        version=f"{rules.definition.id} {rules.definition.version}",
        case=words.case(then, key, rules.definition, row),
        enterprise=row["enterprise"],
        department=words.department(rules.definition, rules.step(key).lead),
        issued_on=words.day(local_date(order.at)),
        subject=subject,
        **facts,
    )


def _order(events: History, subject: str) -> _Order | None:
    """The last order about a commitment, or a step's joint acceptance."""
    return last(events, ev.RectificationOrdered, lambda event: event.commitment == subject) or last(
        events, ev.SiteRectificationRequested, lambda event: event.step == subject
    )


class _Case(NamedTuple):
    """What a notice is written from: `then` is the chain as it was told, `now` as it stands."""

    words: PaperWords
    definition: ChainDefinition
    events: History
    then: Chain
    now: Chain


def _of_commitment(case: _Case, order: ev.RectificationOrdered) -> Facts:
    words, definition, say = case.words, case.definition, case.words.say
    terms, limit = definition.promises, definition.windows.rectification
    follows = words.said(CONSEQUENCES[consequence(terms, BreachKind.NON_CONFORMING)])
    day = words.term(order.due_on, order.due_before)
    named = [(say("整改期限", "Term"), order.basis or limit.source)]
    if terms is not None:
        named.append((say("核查人数", "Officers"), terms.officers_source))
        named.append((say("后果", "Consequences"), terms.consequences_source))
    return {
        "number": f"{case.now.id}-{order.commitment}-rectification",
        "standing": _came_of_it(words, case.now.commitments[order.commitment], order),
        "rows": [
            (say("承诺编号", "Commitment"), order.commitment),
            (say("核查日期", "Verified on"), words.day(local_date(order.at))),
            (say("核查人员", "Officers"), words.listed(order.officers) or "—"),
        ],
        "opinions": [],
        "items": [order.reason],
        "due": day,
        "demand": say(
            f"请于 {day}（含当日）前整改到位，并书面报告整改情况。整改以一次为限。",
            f"Put this right by the end of {day} and report it in writing. Faults are put right"
            " once.",
        ),
        "consequences": [
            say(
                f"逾期未整改到位的，属履行不符合承诺，{follows}"
                + ("，并记入信用记录。" if definition.credit else "。"),
                f"If it is not, the commitment is broken: {follows}"
                + (", and it goes on the credit record." if definition.credit else "."),
            )
        ],
        "basis": words.basis(*named),
    }


_OUTCOMES: Final = {
    CommitmentState.FULFILLED: Text(zh="经核查，已整改到位。", en="Verified: it was put right."),
    CommitmentState.BREACHED: Text(zh="已认定违诺。", en="The commitment is broken."),
    CommitmentState.DROPPED: Text(
        zh="已终结：该环节另行办理。", en="Over: the step took another way."
    ),
}


def _came_of_it(words: PaperWords, now: Commitment, order: ev.RectificationOrdered) -> str:
    """What has become of an order since; empty while it is open and nothing was reported."""
    ended = now.outcome or now.state
    if ended in _OUTCOMES:
        return words.said(_OUTCOMES[ended])
    if now.performed_at is not None:
        return _reported(words, now.performed_at)
    if now.due_on is not None and now.due_before != order.due_before:
        day = words.term(now.due_on, now.due_before)
        return words.say(f"按新日历，整改期限为 {day}。", f"By the new calendar the day is {day}.")
    return ""


def _reported(words: PaperWords, at: datetime) -> str:
    day = words.day(local_date(at))
    return words.say(f"已于 {day}报告整改。", f"Reported as put right on {day}.")


def _of_site(case: _Case, order: ev.SiteRectificationRequested) -> Facts:
    words, definition, say = case.words, case.definition, case.words.say
    day, attempt = words.day(order.due_on), case.then.steps[order.step].attempt
    again = f"-r{attempt}" if attempt > 1 else ""
    reported = last(
        case.events,
        ev.SiteRectificationSubmitted,
        lambda event: event.step == order.step and event.seq > order.seq,
    )
    named = [(say("整改与暂停计时", "Rectification, clock stopped"), _stop_basis(case, order))]
    look = ""
    if definition.joint is not None:
        limit = definition.joint.reinspection
        named.append((say("复验期限", "Re-inspection"), limit.source))
        within = words.limit(limit)
        look = say(f"申请后 {within}内复验。", f" It is looked at again within {within}.")
    return {
        "number": f"{case.now.id}-{order.step}-rectification{again}",
        "standing": _reported(words, reported.at) if reported else "",
        "rows": _visit(case, order),
        "opinions": list(_opinions(case, order)),
        "items": order.items,
        "due": day,
        "demand": say(
            f"请于 {day}（含当日）前整改到位，并申请复验。整改要求一次告知，整改期间暂停计时。",
            f"Put this right by the end of {day} and report it. All of it is told once, and the"
            " clock stands until then.",
        )
        + look,
        "consequences": [
            say(
                "逾期未申请复验的，恢复计时，按现有意见作出决定。",
                "If nothing is reported, the clock runs again and the step is decided on the"
                " opinions as they stand.",
            )
        ],
        "basis": words.basis(*named),
    }


def _stop_basis(case: _Case, order: ev.SiteRectificationRequested) -> str:
    """On what the clock was stopped, which the stop itself says."""
    stopped = next(
        event
        for event in case.events
        if isinstance(event, ev.ClockStopped) and event.seq > order.seq
    )
    return stopped.basis


def _visit(case: _Case, order: ev.SiteRectificationRequested) -> list[tuple[str, str]]:
    """When the joint site visit was held, by whom, and what was found."""
    before = [event for event in case.events if event.seq < order.seq]
    visit = last(before, ev.SiteVisitHeld, lambda event: event.step == order.step)
    if visit is None:
        return []
    say = case.words.say
    rows = [(say("联合踏勘", "Site visit"), case.words.day(visit.visited_on))]
    if visit.officers:
        rows.append((say("踏勘人员", "Officers on site"), case.words.listed(visit.officers)))
    return [*rows, (say("踏勘情况", "Found"), visit.findings)] if visit.findings else rows


def _opinions(case: _Case, order: ev.SiteRectificationRequested) -> Iterator[tuple[str, str, str]]:
    """Who said what in the round before the order: department, opinion, words."""
    round_ = case.then.steps[order.step].consultation
    for opinion in round_.opinions.values() if round_ else ():
        yield (
            case.words.department(case.definition, opinion.department),
            case.words.said(OPINIONS[opinion.kind]),
            opinion.text,
        )
