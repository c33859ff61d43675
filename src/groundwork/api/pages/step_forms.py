"""The fields of each command on a step, as a person fills them in, with what is known filled in."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from groundwork.api.pages import step_forms_work as work
from groundwork.api.pages.forms import LINES, Form
from groundwork.api.pages.step_fields import Field, Fields
from groundwork.api.pages.step_probes import StepCase, Tries
from groundwork.domain.definition import Mode
from groundwork.domain.names import MODES


def fields_of(case: StepCase, tries: Tries, form: Form | None = None) -> list[Field]:
    """The fields of a command; what was typed before stays in them."""
    made = _FIELDS.get(tries.verb, _reason_alone)(case, tries)
    return made if form is None else [_filled(one, form) for one in made]


def _filled(field: Field, form: Form) -> Field:
    return replace(field, value=form.get(field.name), values=form.all(field.name))


def _reason_alone(case: StepCase, tries: Tries) -> list[Field]:
    if tries.verb in {"accept", "begin_review", "open_consultation"}:
        return []
    return [Fields(case).reason()]


def _receive(case: StepCase, _: Tries) -> list[Field]:
    make, known = Fields(case), case.definition.materials
    there = {*case.bench.chain.launch.carried, *case.ready}
    found = [
        make.materials(
            "materials",
            make.say("已递交的材料", "Materials handed in"),
            known,
            values=[one.id for one in known if one.id in there],
            hint=make.say("材料袋中已有的已勾选。", "What the bag has is ticked.") if there else "",
        )
    ]
    may_follow = [one for one in known if one.cure and not case.definition.never_tolerable]
    if may_follow and case.step.mode is Mode.DEFICIENCY_TOLERANT:
        label = make.say("书面承诺后补的材料", "Promised in writing to follow")
        found.append(make.materials("promised", label, may_follow))
    return found


def _request_correction(case: StepCase, _: Tries) -> list[Field]:
    make = Fields(case)
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
            make.say("每行一项，一次说全。", "One on each line; tell everything.")
            + (make.say("缺少的材料已填好。", " What is missing is filled in.") if lacking else ""),
            value="\n".join(phrases),
            rows=5,
        )
    ]
    if handed_in:
        label = make.say("已递交但有问题的材料", "Handed in, but faulty")
        found.append(make.materials("materials", label, handed_in))
    return found


def _submit_correction(case: StepCase, _: Tries) -> list[Field]:
    make = Fields(case)
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


def _refuse_acceptance(case: StepCase, tries: Tries) -> list[Field]:
    make = Fields(case)
    grounds = [str(one) for one in tries.open_to("ground")] or list(_GROUNDS)
    shut = [(make.say(*_GROUNDS[str(one)][:2]), why) for one, why in tries.shut_to("ground")]
    options = [(one, make.say(*_GROUNDS[one][:2]), _GROUNDS[one][2]) for one in grounds]
    label = make.say("依据", "Ground")
    return [
        Field("radios", "ground", label, make.shut(shut), options=options),
        make.reason(make.say("写明具体情形", "Say what exactly it is")),
    ]


def _assign(case: StepCase, _: Tries) -> list[Field]:
    make = Fields(case)
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


def _choose_mode(case: StepCase, tries: Tries) -> list[Field]:
    make = Fields(case)
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


def _exempt(case: StepCase, _: Tries) -> list[Field]:
    make, exemption = Fields(case), case.definition.exemption
    hint = f"{make.page.said(exemption.when)} · {exemption.source}" if exemption else ""
    return [Field("area", "ground", make.say("豁免理由", "Ground"), hint)]


def _draft_commitment(case: StepCase, _: Tries) -> list[Field]:
    make, notice = Fields(case), case.definition.commitment
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


_FIELDS: Final[Mapping[str, Callable[[StepCase, Tries], list[Field]]]] = MappingProxyType(
    {
        "receive": _receive,
        "request_correction": _request_correction,
        "submit_correction": _submit_correction,
        "refuse_acceptance": _refuse_acceptance,
        "stop_clock": work.stop_clock,
        "replan_stop": work.replan_stop,
        "resume_clock": work.resume_clock,
        "extend": work.extend,
        "decide": work.decide,
        "conclude_recheck": work.conclude_recheck,
        "assign": _assign,
        "choose_mode": _choose_mode,
        "give_opinion": work.give_opinion,
        "schedule_visit": work.schedule_visit,
        "record_visit": work.record_visit,
        "request_rectification": work.request_rectification,
        "submit_rectification": work.submit_rectification,
        "exempt": _exempt,
        "draft_commitment": _draft_commitment,
    }
)
