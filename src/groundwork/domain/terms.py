"""Why every term besides a step's own limit ends when it does, day by day.

Acceptance windows, cures, commitments and answers cannot be stopped. Nothing is decided here: the
events carry the days, and these are the reckonings behind them.
"""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pydantic import AwareDatetime

from groundwork.domain.base import Frozen
from groundwork.domain.clock import DayMark, Due
from groundwork.domain.commitments import commitment_limit
from groundwork.domain.deficiencies import cure_limit
from groundwork.domain.definition import Limit, LimitUnit, Text
from groundwork.domain.ladder import rung_of
from groundwork.domain.model import (
    Chain,
    Commitment,
    Deficiency,
    Escalation,
    Step,
)
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules


class TermKind(StrEnum):
    """What a term belongs to."""

    ACCEPTANCE = "acceptance"
    DEFICIENCY = "deficiency"
    COMMITMENT = "commitment"
    ESCALATION = "escalation"


class DayRule(Frozen):
    """Why days of one mark are counted or left out, and by which source; no mark: how it ends."""

    mark: DayMark | None
    text: Text
    source: str


class Term(Frozen):
    """A term, from what it counts and since when to the day on which it is over.

    `closes_on` is the day on record and `closes` the first instant that is too late. `due` leads
    there; it is None where the record does not say when the term began, or where the day was told
    by another calendar than the one in force.
    """

    kind: TermKind
    subject: str
    step: str
    name: Text
    state: str
    limit: Limit
    extended: bool = False
    began: AwareDatetime | None
    closes_on: date
    closes: AwareDatetime
    provisional: bool = False
    due: Due | None
    rules: tuple[DayRule, ...]


def explain_term(rules: Rules, chain: Chain, term: str) -> Term:
    """Why a term ends when it does: `acceptance:L17`, `deficiency:ID`, and so on.

    Raises Rejection (unknown_term) when the chain has no such term.
    """
    kind, _, subject = term.partition(":")
    found = _TERMS[TermKind(kind)](rules, chain, subject) if kind in set(TermKind) else None
    if found is None:
        raise Rejection(Reason.UNKNOWN_TERM, term=term)
    reckoned = found.due
    if reckoned and (reckoned.on, reckoned.moment) != (found.closes_on, found.closes):
        # It ended under an earlier calendar, or with the day on which this one was adopted.
        return found.model_copy(update={"due": None, "rules": ()})
    return found


def acceptance_term(rules: Rules, step: Step) -> Term | None:
    """By when an application must be answered; None before it is handed in, or once it was."""
    correction = step.correction
    handed_in = correction.submitted_at if correction else step.received_at
    if step.accept_by is None or handed_in is None:
        return None
    limit = rules.definition.windows.acceptance
    due = rules.window(handed_in, limit, step.key)
    return Term(
        kind=TermKind.ACCEPTANCE,
        subject=step.key,
        step=step.key,
        name=Text(zh="受理期限", en="Time to accept"),
        state=step.state.value,
        limit=limit,
        began=handed_in,
        closes_on=due.on,
        closes=step.accept_by,
        provisional=due.provisional,
        due=due,
        rules=day_rules(rules, limit, due),
    )


def cure_term(rules: Rules, deficiency: Deficiency) -> Term:
    """By when a lacking material must follow."""
    material = rules.step(deficiency.step).material(deficiency.material)
    limit = cure_limit(rules, deficiency)
    due = rules.window(deficiency.opened_at, limit, deficiency.step)
    return Term(
        kind=TermKind.DEFICIENCY,
        subject=deficiency.id,
        step=deficiency.step,
        name=material.name if material else Text(zh=deficiency.material, en=deficiency.material),
        state=deficiency.state.value,
        limit=limit,
        extended=deficiency.extended,
        began=deficiency.opened_at,
        closes_on=deficiency.cure_by,
        closes=deficiency.cure_before,
        provisional=deficiency.provisional,
        due=due,
        rules=day_rules(rules, limit, due),
    )


def commitment_term(rules: Rules, commitment: Commitment) -> Term | None:
    """By when a commitment must be kept or, once that was ordered, its faults put right.

    None while it is only drawn up: its term begins when it is signed.
    """
    ordered, signed = commitment.rectify_since, commitment.signed_at
    if signed is None or commitment.due_on is None or commitment.due_before is None:
        return None
    if commitment.rectified:
        limit = rules.definition.windows.rectification
        name = Text(zh="限期整改", en="Putting faults right")
    else:
        limit = commitment_limit(rules, commitment.step, signed)
        name = Text(zh="履行承诺", en="Keeping the commitment")
    began = ordered if commitment.rectified else signed
    # Chains that were continued from an earlier release do not know when the order was given.
    due = rules.window(began, limit, commitment.step) if began else None
    return Term(
        kind=TermKind.COMMITMENT,
        subject=commitment.id,
        step=commitment.step,
        name=name,
        state=commitment.state.value,
        limit=limit,
        began=began,
        closes_on=commitment.due_on,
        closes=commitment.due_before,
        provisional=commitment.provisional,
        due=due,
        rules=day_rules(rules, limit, due) if due else (),
    )


def answer_term(rules: Rules, escalation: Escalation) -> Term | None:
    """By when an escalation must be answered in writing; None where none is asked for."""
    limit = rung_of(rules, escalation).answer_within
    if escalation.answer_by is None or escalation.answer_over is None or limit is None:
        return None
    due = rules.window(escalation.at, limit, escalation.step)
    return Term(
        kind=TermKind.ESCALATION,
        subject=escalation.id,
        step=escalation.step,
        name=Text(zh="书面说明", en="Written explanation"),
        state=escalation.state.value,
        limit=limit,
        began=escalation.at,
        closes_on=escalation.answer_by,
        closes=escalation.answer_over,
        provisional=due.provisional,
        due=due,
        rules=day_rules(rules, limit, due),
    )


_Finder = Callable[[Rules, Chain, str], Term | None]


def _acceptance(rules: Rules, chain: Chain, key: str) -> Term | None:
    return acceptance_term(rules, chain.steps[key]) if key in chain.steps else None


def _cure(rules: Rules, chain: Chain, key: str) -> Term | None:
    return cure_term(rules, chain.deficiencies[key]) if key in chain.deficiencies else None


def _commitment(rules: Rules, chain: Chain, key: str) -> Term | None:
    return commitment_term(rules, chain.commitments[key]) if key in chain.commitments else None


def _escalation(rules: Rules, chain: Chain, key: str) -> Term | None:
    return answer_term(rules, chain.escalations[key]) if key in chain.escalations else None


_TERMS: Final[Mapping[TermKind, _Finder]] = MappingProxyType(
    {
        TermKind.ACCEPTANCE: _acceptance,
        TermKind.DEFICIENCY: _cure,
        TermKind.COMMITMENT: _commitment,
        TermKind.ESCALATION: _escalation,
    }
)

_LICENSING_45: Final = "《行政许可法》第四十五条 · Administrative Licensing Law art. 45"
_LICENSING_82: Final = "《行政许可法》第八十二条 · Administrative Licensing Law art. 82"
_CIVIL_200: Final = "《民法典》第二百条 · Civil Code art. 200"
_CIVIL_201: Final = "《民法典》第二百零一条 · Civil Code art. 201"
_CIVIL_203: Final = "《民法典》第二百零三条 · Civil Code art. 203"

_COUNTED: Final = MappingProxyType(
    {
        LimitUnit.WORKING_DAYS: (
            Text(zh="工作日逐日计入。", en="Every working day counts."),
            _LICENSING_82,
        ),
        LimitUnit.CALENDAR_DAYS: (
            Text(zh="逐日计入，休息日也计入。", en="Every day counts, rest days too."),
            _CIVIL_200,
        ),
        LimitUnit.HOURS: (
            Text(zh="自起算时刻起按小时连续计算。", en="Hours run on from the moment it began."),
            _CIVIL_201,
        ),
    }
)


def day_rules(rules: Rules, limit: Limit, due: Due) -> tuple[DayRule, ...]:
    """The rules by which the days of a ledger are counted or left out, and by which it ends."""
    told = [_day_rule(rules, limit, mark) for mark in dict.fromkeys(e.mark for e in due.ledger)]
    return (*told, _end_rule(limit))


def _day_rule(rules: Rules, limit: Limit, mark: DayMark) -> DayRule:
    if mark is DayMark.EVENT_DAY:
        text = Text(
            zh="起算事件当日不计入，自次日起算；当日几时发生，没有影响。",
            en="The day of the event does not count, whatever its hour; counting begins the day"
            " after.",
        )
        return DayRule(mark=mark, text=text, source=_CIVIL_201)
    if mark is DayMark.STOPPED:
        text = Text(
            zh="停表期间不计入；几个停表重叠的，只扣一次。",
            en="What was stopped does not count; stops that overlap are left out once.",
        )
        return DayRule(mark=mark, text=text, source=_LICENSING_45)
    if mark is DayMark.ROLLED:
        text = Text(zh="时限顺延，于此日届满。", en="The limit rolls forward and ends on this day.")
        return DayRule(mark=mark, text=text, source=_CIVIL_203)
    if mark is DayMark.REST_DAY:
        by_working_days = limit.unit is LimitUnit.WORKING_DAYS
        text = Text(
            zh="休息日和节假日不计入。" if by_working_days else "最后一日逢休息日，顺延。",
            en="Rest days and holidays do not count."
            if by_working_days
            else "A limit does not end on a rest day.",
        )
        law = _LICENSING_82 if by_working_days else _CIVIL_203
        return DayRule(mark=mark, text=text, source=f"{law}；{rules.calendar.source}")
    text, source = _COUNTED[limit.unit]
    if limit.counts_first_day:
        text = Text(zh=f"{text.zh}本时限首日即计入。", en=f"{text.en} So does the first day.")
        source = f"{source}；{limit.source}"
    return DayRule(mark=mark, text=text, source=source)


def _end_rule(limit: Limit) -> DayRule:
    if limit.unit is LimitUnit.HOURS:
        text = Text(zh="满时即止。", en="It is over to the minute.")
        return DayRule(mark=None, text=text, source=_CIVIL_201)
    if limit.cut_off is None:
        text = Text(zh="最后一日至 24:00 止。", en="The last day runs to 24:00.")
        return DayRule(mark=None, text=text, source=_CIVIL_203)
    text = Text(
        zh=f"最后一日至下班时间 {limit.cut_off.at:%H:%M} 止。",
        en=f"The last day ends at {limit.cut_off.at:%H:%M}, when business closes.",
    )
    return DayRule(mark=None, text=text, source=f"{_CIVIL_203}；{limit.cut_off.source}")
