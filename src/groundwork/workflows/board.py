"""What an operator sees of a chain in the Temporal UI: search attributes, details, summaries.

Nothing here is a personal datum: search attributes are never encrypted, and details travel through
access logs.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypeAlias

from temporalio.common import SearchAttributeKey, SearchAttributePair

from groundwork.domain.calendar import SHANGHAI, start_of
from groundwork.domain.core import next_due
from groundwork.domain.definition import Text
from groundwork.domain.due import DueMoment
from groundwork.domain.facts import CreditOccasion
from groundwork.domain.model import OPEN, Chain, DefinitionRef, Light, Step, StepState, WaitingOn
from groundwork.domain.names import CHAIN_STATES, PROMISE_STATES, STATES
from groundwork.domain.rules import Rules
from groundwork.domain.views import (
    chain_light,
    chain_waiting_on,
    open_commitments,
    open_deficiencies,
    pending_filings,
    step_light,
    waiting_on,
)
from groundwork.workflows import attributes as sa
from groundwork.workflows.about import details_of, fitted
from groundwork.workflows.ports import Failing

LIGHT_WORDS = {
    Light.TODO: "○ 未开始 not begun",
    Light.GREEN: "● 正常办理 green",
    Light.YELLOW: "▲ 即将到期 yellow",
    Light.RED: "■ 已超期 red",
    Light.PAUSED: "Ⅱ 停表 clock stopped",
    Light.DONE: "✓ 已办结 done",
}

_WHAT = {
    "lapse": "容缺补正到期 cure lapses",
    "verify": "待核查 to be verified",
    "breach": "整改到期 rectification ends",
    "silence": "视为受理 deemed accepted",
    "no_objection": "视为无异议 no objection",
    "remind": "到期提醒 reminder",
    "unverified": "核查到期 verification ends",
    "overdue": "逾期未履行 overdue, filed",
    "resume": "恢复计时 clock resumes",
    "unanswered": "督办答复到期 answer due",
}

_OCCASIONS = {
    CreditOccasion.LAUNCH: "启动 launch",
    CreditOccasion.SIGNING: "签署承诺 signing",
    CreditOccasion.TOLERANCE: "容缺受理 tolerance",
}
_OF_THE_CHAIN = "整链 whole chain"

WITH = {
    WaitingOn.DEPARTMENT: "部门 department",
    WaitingOn.APPLICANT: "企业 applicant",
    WaitingOn.OTHER: "其他 other",
    WaitingOn.NOBODY: "无 nobody",
}
"""In whose hands a step is, with the words of the search attribute `WaitingOn`."""

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
        **(_definition(chain.definition) if chain.adopted_definition else {}),
    }


def _definition(pinned: DefinitionRef) -> Picture:
    return {sa.DEFINITION: f"{pinned.id}@{pinned.version}"}


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
    """The attributes that a launch sets; only the definition may be another one later."""
    launch = chain.launch
    return {
        sa.PROJECT_CODE: launch.project_code,
        sa.HOUSEKEEPER: launch.housekeeper,
        sa.DISTRICT: launch.district,
        **_definition(launch.definition),
    }


def pairs(shown: Picture) -> list[SearchAttributePair[Any]]:
    """The attributes of a picture that have a value, for the start of a chain."""
    return [SearchAttributePair(key, value) for key, value in shown.items() if value is not None]


def put_pages(address: str | None) -> None:
    """Say where this process's people reach the pages; details then link to them."""
    _pages.clear()
    if address is not None:
        _pages.append(address)


_pages: list[str] = []


def link(pages: str, chain_id: str) -> str:
    """The way to the page of a case (Markdown)."""
    return f"[打开办件 · Open the case]({pages}/chains/{chain_id})"


def introduction(rules: Rules, chain_id: str, pages: str | None) -> str:
    """The details with which a chain starts: its page, and what kind it is (Markdown)."""
    about = details_of(rules.definition.workflow_type)
    return f"{link(pages, chain_id)}\n\n{about}" if pages else about


def details(rules: Rules, chain: Chain, failing: Iterable[Failing] = ()) -> str:
    """The current details: what the chain waits for, in whose hands, until when (Markdown)."""
    state = CHAIN_STATES[chain.state]
    deficiencies, commitments = len(open_deficiencies(chain)), len(open_commitments(chain))
    parts = [
        f"**{LIGHT_WORDS[chain_light(chain)]}** · {state.zh} {state.en}"
        f" · 待补正 deficiencies {deficiencies} · 未核销承诺 commitments {commitments}"
    ]
    parts += [link(one, chain.id) for one in _pages]
    awaited = [*_failing(failing), *_next(rules, chain), *_awaited_credit(chain)]
    if awaited := [*awaited, *_open_promises(chain)]:
        parts.append("\n".join(f"- {one}" for one in awaited))
    if chain.ending:
        parts.append(chain.ending)
    if rows := [_row(rules, step) for step in open_steps(chain)]:
        parts.append("\n".join([_HEADINGS, "|---|---|---|---|---|---|", *rows]))
    parts.append(details_of(rules.definition.workflow_type))
    return "\n\n".join(parts)


_HEADINGS = "| 环节 Step | 部门 Department | 在谁手中 With | 状态 State | 到期 Due | 灯 Light |"


def worst(failing: Iterable[Failing]) -> str | None:
    """What has failed longest, as the attribute says it: the activity and the kind of error."""
    oldest = min(failing, key=lambda one: one.since, default=None)
    return f"{oldest.activity}: {oldest.error}" if oldest else None


def _failing(failing: Iterable[Failing]) -> Iterator[str]:
    """What keeps failing, with what kind of error and since when."""
    for one in failing:
        since = _when(one.since)
        yield f"**⚠ 反复失败 keeps failing**：`{one.activity}` · `{one.error}` · since {since}"


def _next(rules: Rules, chain: Chain) -> Iterator[str]:
    """What time will lead to next, while the chain runs."""
    due = next_due(rules, chain)
    if due is not None:
        yield f"下一时点 next：{alarm_summary(rules, chain, due)}"


def _awaited_credit(chain: Chain) -> Iterator[str]:
    """What the credit source has not answered or taken yet, on what occasion and since when."""
    for check in chain.checks.values():
        if check.pending:
            about = check.commitment or check.step or _OF_THE_CHAIN
            occasion, since = _OCCASIONS[check.occasion], _when(check.asked_at)
            yield f"等待信用核查 awaiting credit：{occasion} · {about} · {check.id} · since {since}"
    for key in pending_filings(chain):
        since = _when(chain.filings[key].due_at)
        yield f"等待信用归集 awaiting filing：{key} · since {since}"


def _open_promises(chain: Chain) -> Iterator[str]:
    """The deficiencies and commitments that are open, each with its state and last day."""
    for key in open_deficiencies(chain):
        one = chain.deficiencies[key]
        state = PROMISE_STATES[one.state]
        yield f"容缺 deficiency：{key} · {state.zh} {state.en} · {one.cure_by:%Y-%m-%d}"
    for key in open_commitments(chain):
        promise = chain.commitments[key]
        state = PROMISE_STATES[promise.state]
        until = f" · {promise.due_on:%Y-%m-%d}" if promise.due_on is not None else ""
        yield f"承诺 commitment：{key} · {state.zh} {state.en}{until}"


def _when(moment: datetime) -> str:
    """A moment as the city's clocks show it, without words."""
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"


def _row(rules: Rules, step: Step) -> str:
    definition = rules.step(step.key)
    lead = rules.definition.department(definition.lead).short
    due = "—"
    if step.due_on is not None:
        due = f"{step.due_on:%Y-%m-%d}{'（暂定 provisional）' if step.due_provisional else ''}"
    name, state = definition.name, STATES[step.state]
    cells = (
        f"{step.key} {name.zh} · {name.en}",
        f"{lead.zh} · {lead.en}",
        WITH[waiting_on(step, applicant_owned=definition.applicant_owned)],
        f"{state.zh} · {state.en}",
        due,
        LIGHT_WORDS[step_light(step)],
    )
    return f"| {' | '.join(cells)} |"


def alarm_summary(rules: Rules, chain: Chain, due: DueMoment) -> str:
    """What the one timer waits for, in a line; what may be cut off stands last."""
    when = _when(due.moment)
    if due.key not in chain.steps:
        return fitted(f"{_WHAT[due.what]} · {due.key} · {when}")
    definition = rules.step(due.key)
    rung = next((one.name for one in rules.ladder(due.key) if one.id == due.what), None)
    what = _both(rung) if rung else _WHAT[due.what]
    department = _both(rules.definition.department(definition.lead).short)
    return fitted(f"{what} · {when} · {due.key} {_both(definition.name)} · {department}")


def record_summary(first: int, last: int) -> str:
    """Which events are being written, in a line."""
    which = f"{first}" if first == last else f"{first}–{last}"
    return f"写入台账 record · 第 {which} 号事件 event{'s' * (first != last)} {which}"


def _both(name: Text) -> str:
    return name.zh if name.zh == name.en else f"{name.zh} {name.en}"
