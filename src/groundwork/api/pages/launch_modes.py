"""What a way of handling a step means, in words and in days."""

from collections.abc import Mapping
from typing import Any, Final

from groundwork.api.pages.drafts import Draft
from groundwork.api.pages.frame import Page
from groundwork.api.pages.launch_reckoning import reckoned
from groundwork.domain.credit_law import SEVERITY_NAMES
from groundwork.domain.crediting import RECORDED_AS
from groundwork.domain.definition import (
    BreachKind,
    ChainDefinition,
    Consequence,
    Limit,
    LimitUnit,
    Mode,
    StepDefinition,
)
from groundwork.domain.names import BREACHES
from groundwork.domain.rules import Rules

Json = dict[str, Any]

_UNITS: Final = {
    LimitUnit.WORKING_DAYS: ("个工作日", "working days"),
    LimitUnit.CALENDAR_DAYS: ("个日历天", "calendar days"),
    LimitUnit.HOURS: ("小时", "hours"),
    LimitUnit.MONTHS: ("个月", "months"),
}
_CONSEQUENCES: Final = {
    Consequence.ANNUL: ("撤销决定", "the decision is annulled"),
    Consequence.RECHECK: ("转入复核", "the decision is checked again"),
}


def mode_rows(page: Page, rules: Rules, draft: Draft) -> list[Json]:
    """Every step with the modes it offers; the first is the usual one.

    `saves` are the working days by which the forecast ends earlier than with the usual mode of the
    step, everything else as chosen. Raises Rejection for choices that do not fit.
    """
    definition = rules.definition
    chosen, choices = draft.modes, draft.choices

    def days(modes: Mapping[str, Mode]) -> int:
        wanted = choices.model_copy(update={"modes": dict(modes)})
        return reckoned(rules, wanted, page.moments.today).working_days

    def saves(step: StepDefinition, mode: Mode) -> int | None:
        if mode is step.modes[0]:
            return None
        usual = {key: one for key, one in chosen.items() if key.partition(".")[0] != step.id}
        return days(usual) - days({**usual, step.id: mode})

    return [
        {
            "step": step,
            "lead": definition.department(step.lead),
            "modes": [
                {"mode": mode, "facts": _facts(page, step, mode)}
                | {"saves": saves(step, mode) if len(step.modes) > 1 else None}
                for mode in step.modes
            ],
        }
        for step in definition.steps
        if not step.settles_cures
    ]


def amount(page: Page, limit: Limit) -> str:
    """`5 个工作日`."""
    zh, en = _UNITS[limit.unit]
    return page.say(f"{limit.amount} {zh}", f"{limit.amount} {en}")


def meanings(page: Page, definition: ChainDefinition) -> list[tuple[Mode, list[tuple[str, str]]]]:
    """What each mode means on every step of the chain: who decides, what is signed, a breach."""
    say = page.say
    decides, signs = say("谁决定", "Who decides"), say("签什么", "To be signed")
    most = definition.windows.max_tolerated_materials
    every = {
        Mode.STANDARD: [
            (decides, say("主办部门审查全部材料后决定", "the department, on all the papers")),
            (signs, say("无", "nothing")),
        ],
        Mode.COMMITMENT: [
            (decides, say("主办部门凭承诺书决定", "the department, on the letter")),
            (signs, say("项目经理签署告知承诺书", "the commitment letter, by the project manager")),
            *_verified(page, definition),
            *_breaches(page, definition),
        ],
        Mode.DEFICIENCY_TOLERANT: [
            (decides, say("主办部门容缺受理后决定", "the department, with papers missing")),
            (signs, say("提交时书面承诺补齐", "a written promise with what is handed in")),
            (
                say("最多", "At most"),
                say(f"同时容缺 {most} 项", f"{most} materials may be lacking at once"),
            ),
            (
                say("逾期未补", "Not in time"),
                say(
                    "退件或转入复核，并记入信用记录",
                    "returned or checked again, and it goes on the credit record",
                ),
            ),
        ],
        Mode.EXEMPT: [
            (
                decides,
                say(
                    "不需审批，轮到时自动豁免，不占时间",
                    "nobody: it is exempt as soon as its turn comes, and takes no time",
                ),
            ),
            (signs, say("无", "nothing")),
        ],
    }
    offered = {mode for step in definition.steps for mode in step.modes}
    return [(mode, facts) for mode, facts in every.items() if mode in offered]


def _facts(page: Page, step: StepDefinition, mode: Mode) -> list[tuple[str, str]]:
    """What is particular to the mode on this step."""
    if mode is Mode.EXEMPT and step.exemption:
        return [(page.say("适用情形", "Where"), page.said(step.exemption.when))]
    if mode is Mode.COMMITMENT:
        return [*_may_follow(page, step), *_checks(page, step)]
    if mode is Mode.DEFICIENCY_TOLERANT:
        return _may_follow(page, step)
    return _limit(page, step)


def _limit(page: Page, step: StepDefinition) -> list[tuple[str, str]]:
    promised = sorted(step.promised.items())
    if not promised:
        return []
    told = page.say("；", "; ").join(
        page.say("极速 ", "fast ") + amount(page, limit)
        if variant.value == "fast"
        else page.say("标准 ", "standard ") + amount(page, limit)
        for variant, limit in promised[::-1]
    )
    return [(page.say("承诺时限", "Promised"), told)]


def _may_follow(page: Page, step: StepDefinition) -> list[tuple[str, str]]:
    later = [one for one in step.materials if one.cure is not None and not step.never_tolerable]
    if not later:
        return []
    names = "、" if page.language == "zh" else ", "
    told = names.join(
        page.say(
            f"{page.said(one.name)}（{amount(page, one.cure)}内）",
            f"{page.said(one.name)} (within {amount(page, one.cure)})",
        )
        for one in later
        if one.cure is not None
    )
    return [(page.say("可以后补", "May follow"), told)]


def _checks(page: Page, step: StepDefinition) -> list[tuple[str, str]]:
    if step.commitment is None:
        return []
    how = page.say("；", "; ")
    told = how.join(page.said(one) for one in step.commitment.checks)
    return [(page.say("如何核查", "How it is checked"), told)]


def _verified(page: Page, definition: ChainDefinition) -> list[tuple[str, str]]:
    terms = definition.promises
    if terms is None:
        return []
    within = amount(page, terms.verification)
    told = page.say(
        f"到期后 {within}内，由 {terms.officers} 人以上核查",
        f"within {within} of its day, by {terms.officers} people",
    )
    return [(page.say("核查", "Verified"), told)]


def _breaches(page: Page, definition: ChainDefinition) -> list[tuple[str, str]]:
    terms, policy = definition.promises, definition.credit
    if terms is None:
        return []
    told = []
    for kind, follows in terms.consequences.items():
        colon = page.say("：", ": ")
        words = f"{page.said(BREACHES[kind.value])}{colon}{page.say(*_CONSEQUENCES[follows])}"
        if policy is not None and (one := policy.breaches.get(RECORDED_AS[BreachKind(kind)])):
            words += page.say("，记", ", recorded as ") + page.said(SEVERITY_NAMES[one.severity])
        told.append(words)
    if policy is not None:
        months = amount(page, policy.loss.months)
        told.append(page.say(f"{months}内不得再用承诺制", f"no other commitment within {months}"))
    return [
        (
            page.say("违诺后果", "If it is broken"),
            page.say("；", "; ").join(told),
        )
    ]
