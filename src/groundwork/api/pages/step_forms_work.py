"""The fields of work on a case: stops, extension, decision, opinions, joint acceptance."""

from collections.abc import Iterable

from groundwork.api.errors import Problem
from groundwork.api.pages.forms import LINES
from groundwork.api.pages.step_fields import Field, Fields
from groundwork.api.pages.step_probes import StepCase, Tries
from groundwork.domain.clockwork import STOP_BASIS
from groundwork.domain.facts import OpinionKind
from groundwork.domain.model import DecisionResult
from groundwork.domain.names import OPINIONS, RESULTS, UNITS, WAITING_ON
from groundwork.domain.stops import STOP_KINDS


def stop_clock(case: StepCase, tries: Tries) -> list[Field]:
    """Why, on which basis, until when."""
    make = Fields(case)
    reasons = tries.open_to("reason") or list(case.stop_reasons)
    options = [
        (
            one.value,
            make.page.said(STOP_KINDS[one].name),
            make.say("期间属于", "Time of the ")
            + make.page.said(WAITING_ON[STOP_KINDS[one].court.value])
            + make.say("。", ". ")
            + make.source(STOP_KINDS[one].source),
        )
        for one in reasons
    ]
    first = options[0][0] if options else ""
    return [
        Field("radios", "reason", make.say("停表理由", "Why"), options=options, value=first),
        Field(
            "text",
            "basis",
            make.say("法律依据", "Legal basis"),
            make.say(
                "请写明本情形适用的条款", "Name the provision that applies to this circumstance"
            ),
            value=STOP_BASIS,
        ),
        make.day(
            "planned_end",
            "计划结束日",
            "Planned last day",
            make.say("到日自动恢复计时", "The clock resumes by itself after it"),
        ),
        make.notice(),
    ]


def _open_stops(case: StepCase, tries: Tries) -> Field:
    make = Fields(case)
    allowed = set(tries.open_to("reason")) or {one.reason for one in case.open_stops}
    options = [
        (
            one.reason.value,
            make.page.said(one.name),
            make.say("计划至", "Planned until ") + make.page.moments.day(one.planned_end),
        )
        for one in case.open_stops
        if one.reason in allowed
    ]
    value = options[0][0] if options else ""
    return Field(
        "radios", "reason", make.say("哪一次停表", "Which stop"), options=options, value=value
    )


def replan_stop(case: StepCase, tries: Tries) -> list[Field]:
    """Which stop, until when now, and why."""
    make = Fields(case)
    return [
        _open_stops(case, tries),
        make.day("planned_end", "新的计划结束日", "New planned last day"),
        Field("area", "ground", make.say("理由", "Ground")),
        make.notice(),
    ]


def resume_clock(case: StepCase, tries: Tries) -> list[Field]:
    """Which stop ends."""
    return [_open_stops(case, tries)]


def extend(case: StepCase, _: Tries) -> list[Field]:
    """By how much, and why."""
    make, longest = Fields(case), case.definition.extension
    unit = make.page.said(UNITS[longest.unit.value])
    return [
        Field(
            "number",
            "amount",
            make.say(f"延长多少{unit}", f"By how many {unit}"),
            make.say(f"最多 {longest.amount}；", f"At most {longest.amount}; ")
            + make.source(longest.source),
        ),
        make.reason(),
        make.notice(),
    ]


def decide(case: StepCase, tries: Tries) -> list[Field]:
    """The result, as far as the core allows it; at the conversion gate its two questions."""
    make, page = Fields(case), case.bench.page
    results: list[str] = [str(one) for one in tries.open_to("result")]
    shut = [(page.said(RESULTS[str(one)]), why) for one, why in tries.shut_to("result")]
    if not results:
        results, shut = [str(one) for one in DecisionResult], []
    options = [(one, page.said(RESULTS[one]), "") for one in results]
    # The letter of an approval is written oftener than that of a refusal.
    found = [
        Field(
            "radios",
            "result",
            make.say("决定", "Decision"),
            make.shut(_known(shut)),
            options=options,
            value=next((one for one in results if one != "fail"), ""),
        ),
        Field(
            "area",
            "opinion",
            make.say("意见", "Opinion"),
            make.say("不通过的须写明理由", "A refusal needs its reason"),
            required=False,
        ),
        make.document("批准文件文号", "Number of the document"),
    ]
    if case.definition.conversion_gate:
        found += [
            Field(
                "text",
                "winner_uscc",
                make.say("竞得人统一社会信用代码", "Unified social credit code of the winner"),
                make.say(
                    "与预审申请人不一致的，预审不能转正，链条终止。",
                    "If it is not the applicant of the pre-review, the chain ends.",
                ),
                maxlength=18,
            ),
            Field(
                "radios",
                "planning_conditions_changed",
                make.say("规划条件是否变化", "Did the planning conditions change"),
                options=[
                    ("false", make.say("没有变化", "No"), ""),
                    (
                        "true",
                        make.say("有变化", "Yes"),
                        make.say("预审不能转正，链条终止", "The chain ends"),
                    ),
                ],
            ),
        ]
    return found


def _known(shut: Iterable[tuple[str, Problem]]) -> list[tuple[str, Problem]]:
    """Without what says nothing: that something is to tolerate only where something lacks."""
    return [(name, why) for name, why in shut if why.code != "nothing_to_tolerate"]


def conclude_recheck(case: StepCase, _: Tries) -> list[Field]:
    """Whether the decision stands."""
    make = Fields(case)
    options = [
        ("true", make.say("维持原决定", "The decision stands"), ""),
        (
            "false",
            make.say("撤销原决定", "It is annulled"),
            make.say("以它为前提的决定转入复核", "What was built on it goes to re-check"),
        ),
    ]
    label = make.say("结论", "Conclusion")
    return [Field("radios", "upheld", label, options=options), make.reason()]


def give_opinion(case: StepCase, _: Tries) -> list[Field]:
    """What the department says."""
    make = Fields(case)
    kinds = (OpinionKind.AGREE, OpinionKind.AGREE_WITH_CONDITIONS, OpinionKind.DISAGREE)
    options = [(one.value, make.page.said(OPINIONS[one.value]), "") for one in kinds]
    return [
        Field("radios", "opinion", make.say("本部门意见", "Opinion"), options=options),
        Field(
            "area",
            "text",
            make.say("说明", "Words"),
            make.say("有条件同意或不同意的必填", "Needed for a condition or an objection"),
            required=False,
        ),
    ]


def schedule_visit(case: StepCase, _: Tries) -> list[Field]:
    """When the site is visited."""
    return [Fields(case).day("visit_on", "踏勘日期", "Day of the visit")]


def record_visit(case: StepCase, _: Tries) -> list[Field]:
    """When it was visited, by whom, and what was found."""
    make, terms = Fields(case), case.visit_terms
    today = make.page.moments.today.isoformat()
    hint = make.say("可不填。", "May be left empty.")
    if terms is not None:
        hint = make.say(
            f"须有本部门 {terms.officers} 名以上工作人员到场；",
            f"At least {terms.officers} of the department; ",
        ) + make.source(terms.source)
    return [
        make.day("visited_on", "踏勘日期", "Day of the visit", value=today),
        Field(
            "checks",
            "officers",
            make.say("踏勘人员", "Officers on site"),
            hint,
            required=terms is not None,
            options=[(one.id, one.name, "") for one in case.colleagues],
        ),
        Field("area", "findings", make.say("踏勘情况", "Findings"), required=False),
    ]


def request_rectification(case: StepCase, _: Tries) -> list[Field]:
    """What must be put right, and by when."""
    make = Fields(case)
    return [
        Field(
            "lines",
            "items" + LINES,
            make.say("整改内容", "What must be put right"),
            make.say("每行一项，一次说全", "One on each line; tell everything"),
            rows=5,
        ),
        make.day("planned_end", "整改期限", "To be put right by"),
    ]


def submit_rectification(case: StepCase, _: Tries) -> list[Field]:
    """Where the report is."""
    return [Fields(case).document("整改报告编号", "Number of the report")]
