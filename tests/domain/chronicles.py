"""What people try in random chronicles, by which calendars time counts, and what then stands."""

from datetime import date
from typing import Any

from pydantic import TypeAdapter

from groundwork.domain import commands as cmd
from groundwork.domain.model import RUNNING, Chain, DeficiencyState, EscalationState, StepState
from tests.domain.worlds import small_rules

# What a person at a step in that state would sensibly try; now and then anything is tried anywhere.
FITTING = {
    StepState.WAITING: ("choose_mode",),
    StepState.READY: ("choose_mode", "receive", "receive", "receive", "exempt"),
    StepState.RECEIVED: (
        *("accept", "accept", "accept", "sign_commitment", "sign_commitment"),
        *("request_correction", "refuse_acceptance", "withdraw_step", "decide"),
    ),
    StepState.CORRECTION: ("submit_correction", "submit_correction", "withdraw_step", "assign"),
    StepState.CORRECTED: ("accept", "accept", "sign_commitment", "request_correction"),
    StepState.ACCEPTED: ("begin_review", "stop_clock", "extend", "decide", "decide", "decide"),
    StepState.IN_REVIEW: ("stop_clock", "extend", "decide", "decide", "withdraw_step"),
    StepState.STOPPED: (
        "stop_clock",
        "replan_stop",
        "resume_clock",
        "resume_clock",
        "withdraw_step",
        "assign",
    ),
    StepState.RESUMED: ("resume_clock", "stop_clock", "extend", "decide", "decide"),
    StepState.PASSED: ("revoke", "annul"),
    StepState.PASSED_WITH_TOLERANCE: ("revoke", "annul"),
    StepState.RECHECK: ("conclude_recheck", "conclude_recheck", "annul", "assign"),
}
VERBS = frozenset(verb for verbs in FITTING.values() for verb in verbs)
WITH_REASON = frozenset(
    {
        "refuse_acceptance",
        "extend",
        "withdraw_step",
        "revoke",
        "annul",
        "conclude_recheck",
        "assign",
    }
)
COMMANDS: TypeAdapter[Any] = TypeAdapter(cmd.AnyCommand)


OLD = small_rules().calendar
_NAME = OLD.days_off[date(2026, 10, 1)]
CALENDARS = {
    one.version: one
    for one in (
        OLD,
        # A holiday prolonged, a typhoon, and an office that moves house.
        OLD.model_copy(
            update={
                "version": "cn-2026.7",
                "days_off": {**OLD.days_off, date(2026, 10, 8): _NAME, date(2026, 10, 9): _NAME},
                "closed": {date(2026, 9, day): _NAME for day in (10, 11, 24)},
                "closed_for": {"review": {date(2026, 9, 15): _NAME, date(2026, 9, 30): _NAME}},
            }
        ),
        # A holiday cut short.
        OLD.model_copy(
            update={
                "version": "cn-2026.8",
                "days_off": {k: v for k, v in OLD.days_off.items() if k < date(2026, 10, 5)},
            }
        ),
    )
}
"""The calendars that a chain may come to be counted by."""

GONE = frozenset({StepState.WITHDRAWN, StepState.TERMINATED})
HOWEVER_LATE = VERBS | {"submit_cure", "confirm_cure", "refuse_cure", "extend_cure"}
HOWEVER_LATE |= {"acknowledge", "appeal_escalation", "uphold_escalation", "annul_escalation"}
HOWEVER_LATE -= {"conclude_recheck", "assign"}
"""The commands that come to the same whenever they are processed."""


def standing(chain: Chain) -> dict[str, Any]:
    """What holds on a chain now, whatever was reversed or dropped on the way."""
    return {
        "state": chain.state,
        "steps": {
            key: (s.state, s.attempt, s.level, s.light)
            + ((s.accepted_at, s.clock) if s.state not in GONE else ())
            + ((s.due_on,) if s.state in RUNNING else ())
            for key, s in chain.steps.items()
        },
        "deficiencies": sorted(
            (d.step, d.material, d.state, d.cure_by)
            for d in chain.deficiencies.values()
            if d.state is not DeficiencyState.DROPPED
        ),
        "commitments": sorted((c.id, c.state, c.due_on) for c in chain.commitments.values()),
        "escalations": sorted(
            (e.step, e.rung, e.at, e.answer_overdue, e.appeal is not None)
            for e in chain.escalations.values()
            if e.state is not EscalationState.REVERSED
        ),
    }
