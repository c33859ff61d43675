"""Why a step is due when it is, day by day; why it has no date; which terms run besides.

Nothing is decided here: these are the reckonings behind the figures that the events carry.
"""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pydantic import AwareDatetime

from groundwork.domain.base import Frozen
from groundwork.domain.clock import Clock, Due, Split, due
from groundwork.domain.courts import ENDED_UNDECIDED, step_split
from groundwork.domain.definition import Limit, LimitUnit, StatutoryLimit, StopReason, Text
from groundwork.domain.model import (
    SETTLED,
    Chain,
    CommitmentState,
    DeficiencyState,
    EscalationState,
    Extension,
    Step,
    StepState,
)
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules
from groundwork.domain.stops import STOP_KINDS, Court, Stop
from groundwork.domain.terms import (
    DayRule,
    Term,
    acceptance_term,
    answer_term,
    commitment_term,
    cure_term,
    day_rules,
)


class NoDateReason(StrEnum):
    """Why a step has no due date: stable, for programs."""

    WAITING = "waiting"
    NOT_HANDED_IN = "not_handed_in"
    NOT_ACCEPTED_YET = "not_accepted_yet"
    BEING_CORRECTED = "being_corrected"
    APPLICANTS_TIME = "applicants_time"
    NOTHING_PROMISED = "nothing_promised"
    EXEMPT = "exempt"
    APPLICATION_ENDED = "application_ended"


class NoDate(Frozen):
    """The plain statement that there is no due date, and why."""

    reason: NoDateReason
    text: Text


class StatutoryTerm(Frozen):
    """One figure of the law, with the date on which it is over where it has one.

    Without a date, `remark` says why; with one it says what the date leaves out.
    """

    limit: StatutoryLimit
    due_on: date | None = None
    provisional: bool = False
    projected: bool = False
    remark: Text | None = None


class WindowKind(StrEnum):
    """What ends when a window closes."""

    ACCEPTANCE = "acceptance"
    STOP = "stop"
    CURE = "cure"
    COMMITMENT = "commitment"
    RECTIFICATION = "rectification"
    ANSWER = "answer"


class OpenWindow(Frozen):
    """A term that runs on the step now, besides its own limit.

    `subject` is the id of the deficiency, commitment or escalation it belongs to. It closes with
    the end of the local date `closes_on`; `closes` is the first instant that is too late.
    """

    kind: WindowKind
    name: Text
    subject: str | None = None
    closes_on: date
    closes: AwareDatetime
    provisional: bool = False
    due: Due | None = None


class ToldStop(Frozen):
    """A stop of the clock as it is told: why, by whom, until when, and whose time it takes."""

    reason: StopReason
    name: Text
    court: Court
    court_source: str
    basis: str
    approver: str
    notice: str
    since: AwareDatetime
    planned_end: date
    until: AwareDatetime | None
    prolonged: bool
    ended_by_itself: bool


class Explanation(Frozen):
    """Everything that leads to a step's due date, or to its having none.

    `promised` is the limit that counts, with its provenance and source. Exactly one of `due` and
    `no_date` is given. `due` keeps standing for a decided step: it says whether it was in time.
    `split` says whose time was used by the moment asked for, or by the decision if that came first.
    `rules` say why the days of the ledger are counted or left out.
    """

    step: str
    name: Text
    state: StepState
    promised: Limit | None
    extension: Extension | None
    accepted_at: AwareDatetime | None
    by_silence: bool
    due: Due | None
    no_date: NoDate | None
    split: Split | None
    left: int | None
    statutory: tuple[StatutoryTerm, ...]
    windows: tuple[OpenWindow, ...]
    stops: tuple[ToldStop, ...]
    rules: tuple[DayRule, ...]


_NO_DATE: Final = MappingProxyType(
    {
        NoDateReason.WAITING: Text(
            zh="尚在等待前置环节（{steps}），未开始计时。",
            en="It waits for earlier steps ({steps}); no clock runs yet.",
        ),
        NoDateReason.NOT_HANDED_IN: Text(
            zh="申请尚未提交，受理后开始计时。",
            en="Nothing is handed in yet; the clock starts with the acceptance.",
        ),
        NoDateReason.NOT_ACCEPTED_YET: Text(
            zh="已接件、尚未受理，受理后开始计时；逾期不答复的，自收到之日起即为受理。",
            en="It is handed in but not accepted; the clock starts with the acceptance, and silence"
            " past the window accepts from the day of receipt.",
        ),
        NoDateReason.BEING_CORRECTED: Text(
            zh="已一次性告知补正，等待申请人补正，未开始计时。",
            en="The applicant was told what to correct; no clock runs until it is handed in.",
        ),
        NoDateReason.APPLICANTS_TIME: Text(
            zh="本环节由企业自行办理，不计审批时限。",
            en="The enterprise does this step itself; no department's limit runs.",
        ),
        NoDateReason.NOTHING_PROMISED: Text(
            zh="本环节没有承诺时限，因此没有到期日。",
            en="No limit is promised for this step, so there is no due date.",
        ),
        NoDateReason.EXEMPT: Text(
            zh="本环节已豁免，无须办理。",
            en="The step is exempt: nothing has to be done.",
        ),
        NoDateReason.APPLICATION_ENDED: Text(
            zh="本次申请已结束而未办结，时限不再计算。",
            en="This application ended without a decision; its limit counts no more.",
        ),
    }
)

_NEVER_TIMED: Final = MappingProxyType(
    {StepState.WAITING: NoDateReason.WAITING, StepState.EXEMPT: NoDateReason.EXEMPT}
)
_NOT_TIMED_YET: Final = MappingProxyType(
    {
        StepState.READY: NoDateReason.NOT_HANDED_IN,
        StepState.RECEIVED: NoDateReason.NOT_ACCEPTED_YET,
        StepState.CORRECTED: NoDateReason.NOT_ACCEPTED_YET,
        StepState.CORRECTION: NoDateReason.BEING_CORRECTED,
    }
)

_NO_MONTHS: Final = Text(
    zh="以月计的法定时限不在此推算日期。", en="Given in months; no date is reckoned for it here."
)
_ONLY_A_PART: Final = Text(
    zh="只约束本环节的一部分，不从受理之日起算。",
    en="It binds a part of the step only and does not count from the acceptance.",
)
_A_MINIMUM: Final = Text(zh="是最短期限，不是到期日。", en="It is a minimum and no deadline.")
_NOT_RUNNING: Final = Text(zh="尚未受理，未开始计算。", en="It counts from the acceptance.")
_WITHOUT_EXTENSION: Final = Text(
    zh="未计入延期：延期只移动承诺的到期日。",
    en="Without the extension, which moves the promised due date only.",
)


_KEPT_BY: Final = MappingProxyType(
    {
        CommitmentState.IN_FORCE: WindowKind.COMMITMENT,
        CommitmentState.RECTIFYING: WindowKind.RECTIFICATION,
    }
)


def explain(rules: Rules, chain: Chain, key: str, at: datetime | None = None) -> Explanation:
    """Why the step is due when it is, or why it has no date.

    With `at` the answer also says whose time was used by then and how much of the limit is left.
    Raises Rejection (unknown_step) when the chain has no such step.
    """
    step = chain.steps.get(key)
    if step is None:
        raise Rejection(Reason.UNKNOWN_STEP, step=key, known=", ".join(chain.steps))
    definition = rules.step(key)
    clock = None if step.state in ENDED_UNDECIDED else step.clock
    promised = rules.running_limit(definition, chain.launch.variant)
    split = step_split(rules, chain, key, at) if at is not None else None
    left = max(0, clock.budget - split.department_days) if clock and split else None
    answer = due(clock, rules.calendar_of(step.key)) if clock else None
    return Explanation(
        step=key,
        name=definition.name,
        state=step.state,
        promised=step.clock.limit if step.clock else promised,
        extension=step.extension,
        accepted_at=step.accepted_at,
        by_silence=step.accepted_by_silence,
        due=answer,
        no_date=None if clock else _no_date(rules, chain, step),
        split=split,
        left=left,
        statutory=tuple(_statutory(rules, step, limit) for limit in definition.statutory),
        windows=tuple(_windows(rules, chain, step)),
        stops=tuple(_told(stop) for stop in clock.stops) if clock else (),
        rules=day_rules(rules, clock.limit, answer) if clock and answer else (),
    )


def _told(stop: Stop) -> ToldStop:
    return ToldStop(
        reason=stop.reason,
        name=stop.name,
        court=stop.court,
        court_source=STOP_KINDS[stop.reason].source,
        basis=stop.basis,
        approver=stop.approver,
        notice=stop.notice,
        since=stop.since,
        planned_end=stop.planned_end,
        until=stop.until,
        prolonged=stop.prolonged,
        ended_by_itself=stop.ended_by_itself,
    )


def _no_date(rules: Rules, chain: Chain, step: Step) -> NoDate:
    reason = _why_no_date(rules, step)
    text = _NO_DATE[reason]
    if reason is NoDateReason.WAITING:
        missing = [
            key
            for key in rules.predecessors(step.key, chain)
            if chain.steps[key].state not in SETTLED
        ]
        text = Text(
            zh=text.zh.format(steps="、".join(missing) or "—"),
            en=text.en.format(steps=", ".join(missing) or "—"),
        )
    return NoDate(reason=reason, text=text)


def _why_no_date(rules: Rules, step: Step) -> NoDateReason:
    if step.state in ENDED_UNDECIDED:
        return NoDateReason.APPLICATION_ENDED
    if rules.step(step.key).applicant_owned and step.state not in _NEVER_TIMED:
        return NoDateReason.APPLICANTS_TIME
    by_state = _NEVER_TIMED.get(step.state) or _NOT_TIMED_YET.get(step.state)
    return by_state or NoDateReason.NOTHING_PROMISED


def _statutory(rules: Rules, step: Step, limit: StatutoryLimit) -> StatutoryTerm:
    """The legal figure as it runs on the step: from the acceptance, without what was stopped."""
    if limit.unit is LimitUnit.MONTHS:
        return StatutoryTerm(limit=limit, remark=_NO_MONTHS)
    if limit.at_least:
        return StatutoryTerm(limit=limit, remark=_A_MINIMUM)
    if not limit.binds_whole_step:
        return StatutoryTerm(limit=limit, remark=_ONLY_A_PART)
    if step.accepted_at is None:
        return StatutoryTerm(limit=limit, remark=_NOT_RUNNING)
    stops = step.clock.stops if step.clock else ()
    term = due(
        Clock(started=step.accepted_at, limit=limit, stops=stops), rules.calendar_of(step.key)
    )
    return StatutoryTerm(
        limit=limit,
        due_on=term.on,
        provisional=term.provisional,
        projected=term.projected,
        remark=_WITHOUT_EXTENSION if step.extension else None,
    )


def _windows(rules: Rules, chain: Chain, step: Step) -> Iterator[OpenWindow]:
    waits = step.state in {StepState.RECEIVED, StepState.CORRECTED}
    if waits and (term := acceptance_term(rules, step)):
        yield _window(WindowKind.ACCEPTANCE, term)
    if step.state is StepState.STOPPED and step.clock is not None:
        for stop in step.clock.open_stops:
            yield OpenWindow(
                kind=WindowKind.STOP,
                name=stop.name,
                closes_on=stop.planned_end,
                closes=stop.ends,
                provisional=rules.calendar.is_provisional(stop.planned_end),
            )
    for deficiency in chain.deficiencies.values():
        if deficiency.step == step.key and deficiency.state is DeficiencyState.OPEN:
            yield _window(WindowKind.CURE, cure_term(rules, deficiency))
    for commitment in chain.commitments.values():
        awaited = commitment.step == step.key and commitment.state in _KEPT_BY
        term = commitment_term(rules, commitment) if awaited else None
        if term is not None:
            yield _window(_KEPT_BY[commitment.state], term)
    for escalation in chain.escalations.values():
        waits = escalation.state is EscalationState.OPEN and escalation.step == step.key
        if waits and (term := answer_term(rules, escalation)):
            yield _window(WindowKind.ANSWER, term)


def _window(kind: WindowKind, term: Term) -> OpenWindow:
    return OpenWindow(
        kind=kind,
        name=term.name,
        subject=None if kind is WindowKind.ACCEPTANCE else term.subject,
        closes_on=term.closes_on,
        closes=term.closes,
        provisional=term.provisional,
        due=term.due,
    )
