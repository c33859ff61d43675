"""What an operator sees of a chain in the Temporal UI: search attributes, details, summaries.

Nothing here is a personal datum: search attributes are never encrypted, and details travel through
access logs.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeAlias

from temporalio.common import SearchAttributeKey, SearchAttributePair

from groundwork.domain.calendar import SHANGHAI, start_of
from groundwork.domain.core import next_due
from groundwork.domain.due import DueMoment
from groundwork.domain.facts import CreditOccasion
from groundwork.domain.model import OPEN, Chain, Light, Step, StepState
from groundwork.domain.names import CHAIN_STATES, PROMISE_STATES, STATES
from groundwork.domain.rules import Rules
from groundwork.domain.views import (
    chain_light,
    chain_waiting_on,
    open_commitments,
    open_deficiencies,
    pending_filings,
    step_light,
)
from groundwork.workflows import attributes as sa

LIGHT_WORDS = {
    Light.TODO: "○ 未开始",
    Light.GREEN: "● 正常办理",
    Light.YELLOW: "▲ 即将到期",
    Light.RED: "■ 已超期",
    Light.PAUSED: "Ⅱ 停表",
    Light.DONE: "✓ 已办结",
}

_WHAT = {
    "lapse": "容缺补正到期",
    "verify": "承诺到期待核查",
    "breach": "整改到期",
    "silence": "逾期视为受理",
    "no_objection": "逾期未反馈视为无异议",
    "remind": "到期提醒",
    "unverified": "核查到期",
    "overdue": "逾期未履行，记入信用",
    "resume": "停表到期恢复计时",
    "unanswered": "督办答复到期",
}

_OCCASIONS = {
    CreditOccasion.LAUNCH: "启动",
    CreditOccasion.SIGNING: "签署承诺",
    CreditOccasion.TOLERANCE: "容缺受理",
}
_OF_THE_CHAIN = "整链"

Picture: TypeAlias = dict[SearchAttributeKey[Any], Any]


def open_steps(chain: Chain) -> list[Step]:
    """The steps on which somebody has something to do."""
    return [step for step in chain.steps.values() if step.state in OPEN]


def shown(rules: Rules, chain: Chain) -> Picture:
    """All attributes that change while a chain runs, as they are now."""
    active = open_steps(chain)
    lead = {step.key: rules.step(step.key).lead for step in active}
    dates = [step.due_on for step in active if step.due_on is not None]
    due = next_due(rules, chain)
    return {
        sa.LIGHT: chain_light(chain).value,
        sa.CHAIN_STATE: chain.state.value,
        sa.WAITING_ON: chain_waiting_on(chain, rules.definition).value,
        sa.RED_DEPTS: sorted({lead[one.key] for one in active if step_light(one) is Light.RED}),
        sa.OPEN_DEPTS: sorted(set(lead.values())),
        sa.OPEN_STEPS: sorted(lead),
        sa.ESCALATION_LEVEL: max((step.level for step in active), default=0),
        sa.OPEN_COMMITMENTS: len(open_commitments(chain)),
        sa.OPEN_DEFICIENCIES: len(open_deficiencies(chain)),
        sa.CLOCK_STOPPED: any(step.state is StepState.STOPPED for step in active),
        sa.NEXT_DUE_AT: start_of(min(dates)) if dates else None,
        sa.NEXT_ESCALATION_AT: due.moment if due is not None else None,
    }


_MOMENTS = (sa.NEXT_DUE_AT, sa.NEXT_ESCALATION_AT)
_MAY_LAG = (sa.OPEN_STEPS, *_MOMENTS)


def misleads(before: Picture, now: Picture) -> bool:
    """Whether what is shown would lead an operator astray.

    Setting attributes costs an event each time, and the open steps change with nearly every
    decision. So these and the next moments may lag, as long as a moment shown is never later than
    the true one; everything else is exact (docs/adr/0004).
    """
    if any(before.get(key) != value for key, value in now.items() if key not in _MAY_LAG):
        return True
    return any(
        now[key] is not None and (before[key] is None or now[key] < before[key]) for key in _MOMENTS
    )


def changed(before: Picture, now: Picture) -> Picture:
    """The attributes to set so that what is shown becomes the picture of now."""
    return {key: value for key, value in now.items() if key not in before or before[key] != value}


def fixed(chain: Chain) -> Picture:
    """The attributes that never change after the launch."""
    launch = chain.launch
    return {
        sa.PROJECT_CODE: launch.project_code,
        sa.HOUSEKEEPER: launch.housekeeper,
        sa.DISTRICT: launch.district,
        sa.DEFINITION: f"{launch.definition.id}@{launch.definition.version}",
    }


def pairs(shown: Picture) -> list[SearchAttributePair[Any]]:
    """The attributes of a picture that have a value, for the start of a chain."""
    return [SearchAttributePair(key, value) for key, value in shown.items() if value is not None]


def details(rules: Rules, chain: Chain) -> str:
    """The current details: what the chain waits for, in whose hands, until when (Markdown)."""
    rows = [_row(rules, step) for step in open_steps(chain)]
    counts = (
        f"待补正 {len(open_deficiencies(chain))} 项 · 未核销承诺 {len(open_commitments(chain))} 项"
    )
    head = f"**{LIGHT_WORDS[chain_light(chain)]}** · {CHAIN_STATES[chain.state].zh} · {counts}"
    if awaited := [*_awaited_credit(chain), *_open_promises(chain)]:
        head += "\n\n" + "\n".join(f"- {one}" for one in awaited)
    if chain.ending:
        head += f"\n\n{chain.ending}"
    if not rows:
        return head
    table = "| 环节 | 部门 | 状态 | 到期 | 灯 |\n|---|---|---|---|---|\n" + "\n".join(rows)
    return f"{head}\n\n{table}"


def _awaited_credit(chain: Chain) -> Iterator[str]:
    """What the credit source has not answered or taken yet, on what occasion and since when."""
    for check in chain.checks.values():
        if check.eligible is None:
            about = check.commitment or check.step or _OF_THE_CHAIN
            occasion = _OCCASIONS[check.occasion]
            yield f"等待信用核查：{occasion} · {about} · {check.id} · {_when(check.asked_at)}起"
    for key in pending_filings(chain):
        yield f"等待信用归集：{key} · {_when(chain.filings[key].due_at)}起"


def _open_promises(chain: Chain) -> Iterator[str]:
    """The deficiencies and commitments that are open, each with its state and last day."""
    for key in open_deficiencies(chain):
        one = chain.deficiencies[key]
        yield f"容缺：{key} · {PROMISE_STATES[one.state].zh} · {one.cure_by:%Y-%m-%d} 止"
    for key in open_commitments(chain):
        promise = chain.commitments[key]
        until = f" · {promise.due_on:%Y-%m-%d} 止" if promise.due_on is not None else ""
        yield f"承诺：{key} · {PROMISE_STATES[promise.state].zh}{until}"


def _when(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def _row(rules: Rules, step: Step) -> str:
    definition = rules.step(step.key)
    department = rules.definition.department(definition.lead).short.zh
    due = "—"
    if step.due_on is not None:
        due = f"{step.due_on:%Y-%m-%d}{'（暂定）' if step.due_provisional else ''}"
    light, state = LIGHT_WORDS[step_light(step)], STATES[step.state].zh
    return f"| {step.key} {definition.name.zh} | {department} | {state} | {due} | {light} |"


def alarm_summary(rules: Rules, chain: Chain, due: DueMoment) -> str:
    """What the one timer waits for, in a line."""
    when = _when(due.moment)
    if due.key not in chain.steps:
        return f"{_WHAT[due.what]} · {due.key} · {when}"
    definition = rules.step(due.key)
    rung = next((one.name.zh for one in rules.ladder(due.key) if one.id == due.what), "")
    department = rules.definition.department(definition.lead).short.zh
    return f"{rung or _WHAT[due.what]} · {due.key} {definition.name.zh} · {department} · {when}"
