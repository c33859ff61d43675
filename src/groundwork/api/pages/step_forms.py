"""The fields of each command on a step, as a person fills them in, with what is known filled in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal

from groundwork.api.errors import Problem
from groundwork.api.pages.forms import LINES, Form
from groundwork.api.pages.step_probes import Case, Tries
from groundwork.domain.clockwork import STOP_BASIS
from groundwork.domain.definition import Material, Mode
from groundwork.domain.facts import OpinionKind
from groundwork.domain.model import DecisionResult
from groundwork.domain.names import MODES, OPINIONS, RESULTS, UNITS, WAITING_ON
from groundwork.domain.stops import STOP_KINDS

Kind = Literal["text", "area", "lines", "date", "number", "choice", "radios", "checks"]
Options = Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Field:
    """One field of a form; options are a value, what it is called, and what it means."""

    kind: Kind
    name: str
    label: str
    hint: str = ""
    required: bool = True
    options: Options = ()
    value: str = ""
    values: Sequence[str] = ()
    rows: int = 3
    maxlength: int = 2000

    @property
    def id(self) -> str:
        """Where a mistake in it points to."""
        return f"f-{self.name.removesuffix(LINES)}"


def fields_of(case: Case, tries: Tries, form: Form | None = None) -> list[Field]:
    """The fields of a command; what was typed before stays in them."""
    made = _FIELDS.get(tries.verb, _reason_alone)(case, tries)
    return made if form is None else [_filled(one, form) for one in made]


def _filled(field: Field, form: Form) -> Field:
    return replace(field, value=form.get(field.name), values=form.all(field.name))


class _Fields:
    """Makes fields in the reader's language."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.page = case.bench.page
        self.say = self.page.say

    def reason(self, hint: str = "") -> Field:
        """Why it is done."""
        return Field("area", "reason", self.say("理由", "Reason"), hint)

    def notice(self) -> Field:
        """How the applicant was told."""
        return Field(
            "text",
            "notice",
            self.say("告知书文号或内容", "Notice: its number or words"),
            self.say("书面告知申请人", "As the applicant was told in writing"),
            required=False,
            maxlength=2000,
        )

    def day(self, name: str, zh: str, en: str, hint: str = "", value: str = "") -> Field:
        """A day."""
        return Field("date", name, self.say(zh, en), hint, value=value)

    def document(self, zh: str, en: str) -> Field:
        """The number of a document."""
        return Field("text", "document", self.say(zh, en), required=False, maxlength=120)

    def materials(self, name: str, label: str, some: Iterable[Material], **more: Any) -> Field:
        """Some of the step's materials."""
        options = [(one.id, self.page.said(one.name), self.follows(one)) for one in some]
        return Field("checks", name, label, required=False, options=options, **more)

    def follows(self, material: Material) -> str:
        """Whether a material may follow later."""
        if material.cure is None or self.case.definition.never_tolerable:
            return self.say("必须齐备", "Must be there")
        unit = self.page.said(UNITS[material.cure.unit.value])
        amount = material.cure.amount
        return self.say(f"可以后补，{amount} {unit}内", f"May follow within {amount} {unit}")

    def shut(self, shut: Iterable[tuple[str, Problem]]) -> str:
        """Choices that are not open, and why."""
        between = self.say("：", ": ")
        return " ".join(f"{name}{between}{self.why(problem)}" for name, problem in shut)

    def why(self, problem: Problem) -> str:
        """What a problem says."""
        detail: str = problem.body(self.page.language, self.page.visit.request_id)["detail"]
        return detail


def _reason_alone(case: Case, tries: Tries) -> list[Field]:
    if tries.verb in {"accept", "begin_review", "open_consultation"}:
        return []
    return [_Fields(case).reason()]


def _receive(case: Case, _: Tries) -> list[Field]:
    make, known = _Fields(case), case.definition.materials
    carried = set(case.bench.chain.launch.carried)
    found = [
        make.materials(
            "materials",
            make.say("已递交的材料", "Materials handed in"),
            known,
            values=[one.id for one in known if one.id in carried],
        )
    ]
    may_follow = [one for one in known if one.cure and not case.definition.never_tolerable]
    if may_follow and case.step.mode is Mode.DEFICIENCY_TOLERANT:
        label = make.say("书面承诺后补的材料", "Promised in writing to follow")
        found.append(make.materials("promised", label, may_follow))
    return found


def _request_correction(case: Case, _: Tries) -> list[Field]:
    make = _Fields(case)
    known = case.definition.materials
    lacking = [
        one for one in known if one.id not in case.step.materials + tuple(case.step.promised)
    ]
    phrases = [
        make.say(f"请补充：{one.name.zh}", f"Please hand in: {one.name.en}") for one in lacking
    ]
    handed_in = [one for one in known if one.id in case.step.materials]
    found = [
        Field(
            "lines",
            "items" + LINES,
            make.say("需要补正的内容", "What must be corrected"),
            make.say(
                "每行一项；缺少的材料已填好，可以修改。",
                "One on each line; what is missing is filled in and can be changed.",
            ),
            value="\n".join(phrases),
            rows=5,
        )
    ]
    if handed_in:
        label = make.say("已递交但有问题的材料", "Handed in, but faulty")
        found.append(make.materials("materials", label, handed_in))
    return found


def _submit_correction(case: Case, _: Tries) -> list[Field]:
    make = _Fields(case)
    label = make.say("补正时递交的材料", "Materials handed in with the correction")
    lacking = [one for one in case.definition.materials if one.id not in case.step.materials]
    values = [one.id for one in lacking]
    return [make.materials("materials", label, case.definition.materials, values=values)]


_GROUNDS: Final = MappingProxyType(
    {
        "not_needed": (
            "依法不需要取得行政许可",
            "No licence is needed by law",
            "《行政许可法》第三十二条第一款第（一）项",
        ),
        "out_of_remit": (
            "不属于本机关职权范围",
            "Outside this authority's remit",
            "《行政许可法》第三十二条第一款第（二）项",
        ),
        "incomplete": (
            "材料不齐全或者不符合法定形式",
            "Incomplete or not in the legal form",
            "《行政许可法》第三十二条第一款第（四）项",
        ),
    }
)


def _refuse_acceptance(case: Case, tries: Tries) -> list[Field]:
    make = _Fields(case)
    grounds = [str(one) for one in tries.open_to("ground")] or list(_GROUNDS)
    shut = [(make.say(*_GROUNDS[str(one)][:2]), why) for one, why in tries.shut_to("ground")]
    options = [(one, make.say(*_GROUNDS[one][:2]), _GROUNDS[one][2]) for one in grounds]
    label = make.say("依据", "Ground")
    return [
        Field("radios", "ground", label, make.shut(shut), options=options),
        make.reason(make.say("写明具体情形", "Say what exactly it is")),
    ]


def _stop_clock(case: Case, tries: Tries) -> list[Field]:
    make = _Fields(case)
    reasons = tries.open_to("reason") or list(case.stop_reasons)
    options = [
        (
            one.value,
            make.page.said(STOP_KINDS[one].name),
            make.say("期间属于", "Time of the ")
            + make.page.said(WAITING_ON[STOP_KINDS[one].court.value])
            + make.say("。", ". ")
            + STOP_KINDS[one].source,
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


def _open_stops(case: Case, tries: Tries) -> Field:
    make = _Fields(case)
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


def _replan_stop(case: Case, tries: Tries) -> list[Field]:
    make = _Fields(case)
    return [
        _open_stops(case, tries),
        make.day("planned_end", "新的计划结束日", "New planned last day"),
        Field("area", "ground", make.say("理由", "Ground")),
        make.notice(),
    ]


def _resume_clock(case: Case, tries: Tries) -> list[Field]:
    return [_open_stops(case, tries)]


def _extend(case: Case, _: Tries) -> list[Field]:
    make, longest = _Fields(case), case.definition.extension
    unit = make.page.said(UNITS[longest.unit.value])
    return [
        Field(
            "number",
            "amount",
            make.say(f"延长多少{unit}", f"By how many {unit}"),
            make.say(f"最多 {longest.amount}；", f"At most {longest.amount}; ") + longest.source,
        ),
        make.reason(),
        make.notice(),
    ]


def _decide(case: Case, tries: Tries) -> list[Field]:
    make, page = _Fields(case), case.bench.page
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


def _conclude_recheck(case: Case, _: Tries) -> list[Field]:
    make = _Fields(case)
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


def _assign(case: Case, _: Tries) -> list[Field]:
    make = _Fields(case)
    options = [("", make.say("不指定", "Nobody"), "")]
    options += [(one.id, one.name, "") for one in case.colleagues]
    return [
        Field(
            "choice",
            "assignee",
            make.say("承办人", "Assignee"),
            options=options,
            value=case.step.assignee or make.page.actor.id,
        ),
        replace(make.reason(), value=make.say("分办", "Distribution of work"), rows=2),
    ]


def _choose_mode(case: Case, tries: Tries) -> list[Field]:
    make = _Fields(case)
    modes = tries.open_to("mode") or list(case.definition.modes)
    meanings = {
        Mode.STANDARD: make.say("材料须齐备后受理", "Accepted once every material is there"),
        Mode.COMMITMENT: make.say(
            "签署承诺书后先批；事后核查，违诺的撤销或转入复核，记入信用",
            "Decided on a signed promise that is verified afterwards; a breach goes on record",
        ),
        Mode.DEFICIENCY_TOLERANT: make.say(
            "可以后补的材料先收后补；逾期未补的退件或转入复核，记入信用",
            "What may follow can follow; if it does not, the case is sent back or re-checked",
        ),
        Mode.EXEMPT: make.say("确认无须办理", "Not needed at all"),
    }
    options = [(one.value, make.page.said(MODES[one.value]), meanings[one]) for one in modes]
    shut = [(make.page.said(MODES[one.value]), why) for one, why in tries.shut_to("mode")]
    label = make.say("办理方式", "Mode")
    return [Field("radios", "mode", label, make.shut(shut), options=options)]


def _give_opinion(case: Case, _: Tries) -> list[Field]:
    make = _Fields(case)
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


def _schedule_visit(case: Case, _: Tries) -> list[Field]:
    return [_Fields(case).day("visit_on", "踏勘日期", "Day of the visit")]


def _record_visit(case: Case, _: Tries) -> list[Field]:
    make = _Fields(case)
    today = make.page.moments.today.isoformat()
    return [
        make.day("visited_on", "踏勘日期", "Day of the visit", value=today),
        Field("area", "findings", make.say("踏勘情况", "Findings"), required=False),
    ]


def _request_rectification(case: Case, _: Tries) -> list[Field]:
    make = _Fields(case)
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


def _submit_rectification(case: Case, _: Tries) -> list[Field]:
    return [_Fields(case).document("整改报告编号", "Number of the report")]


def _exempt(case: Case, _: Tries) -> list[Field]:
    make, exemption = _Fields(case), case.definition.exemption
    hint = f"{make.page.said(exemption.when)} · {exemption.source}" if exemption else ""
    return [Field("area", "ground", make.say("豁免理由", "Ground"), hint)]


def _draft_commitment(case: Case, _: Tries) -> list[Field]:
    make, notice = _Fields(case), case.definition.commitment
    told = [make.page.said(one) for one in notice.conditions] if notice else []
    hint = make.say(
        "每行一项；不填则采用告知书的条件。",
        "One on each line; left empty, the notice's conditions.",
    )
    return [
        Field(
            "lines",
            "obligations" + LINES,
            make.say("承诺内容", "What is promised"),
            f"{hint} {make.say('；', '; ').join(told)}",
            required=notice is None,
        ),
        Field(
            "lines",
            "third_parties" + LINES,
            make.say("第三方统一社会信用代码", "Credit codes of third parties"),
            make.say(
                "申请所依据的报告的出具单位，最多五个，每行一个。",
                "Firms behind the reports that the application relies on, five at most.",
            ),
            required=False,
            rows=2,
        ),
    ]


_FIELDS: Final[Mapping[str, Callable[[Case, Tries], list[Field]]]] = MappingProxyType(
    {
        "receive": _receive,
        "request_correction": _request_correction,
        "submit_correction": _submit_correction,
        "refuse_acceptance": _refuse_acceptance,
        "stop_clock": _stop_clock,
        "replan_stop": _replan_stop,
        "resume_clock": _resume_clock,
        "extend": _extend,
        "decide": _decide,
        "conclude_recheck": _conclude_recheck,
        "assign": _assign,
        "choose_mode": _choose_mode,
        "give_opinion": _give_opinion,
        "schedule_visit": _schedule_visit,
        "record_visit": _record_visit,
        "request_rectification": _request_rectification,
        "submit_rectification": _submit_rectification,
        "exempt": _exempt,
        "draft_commitment": _draft_commitment,
    }
)
