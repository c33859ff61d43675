"""What a step waits for, and what can be done with it: the order in which pages offer it."""

from types import MappingProxyType
from typing import Final

from groundwork.api.languages import Language, said
from groundwork.domain.definition import Text
from groundwork.domain.model import RECEIVABLE, RUNNING, StepState
from groundwork.domain.names import ACTIONS

VERBS: Final = (
    "receive",
    "submit_correction",
    "accept",
    "decide",
    "begin_review",
    "conclude_recheck",
    "submit_rectification",
    "resume_clock",
    "request_correction",
    "refuse_acceptance",
    "give_opinion",
    "open_consultation",
    "schedule_visit",
    "record_visit",
    "request_rectification",
    "stop_clock",
    "replan_stop",
    "extend",
    "draft_commitment",
    "choose_mode",
    "assign",
    "exempt",
    "withdraw_step",
    "revoke",
    "annul",
)
"""Every command on a step, those first that a step lives through."""

RARE: Final = frozenset({"choose_mode", "assign", "exempt", "withdraw_step", "revoke", "annul"})
"""What stands under other actions although it can be done."""

GRAVE: Final = frozenset({"revoke", "annul"})
"""What is sent only after its preview was seen: it undoes what others built on."""

PLAIN: Final = frozenset({"begin_review", "assign", "schedule_visit", "record_visit"})
"""What changes so little that nobody needs a preview."""

BULK: Final = ("accept", "begin_review", "assign")
"""What can be asked of many steps at once."""

_AWAITED: Final = MappingProxyType(
    dict.fromkeys(RECEIVABLE, "receive")
    | dict.fromkeys(RUNNING, "decide")
    | {
        StepState.RECEIVED: "accept",
        StepState.CORRECTED: "accept",
        StepState.CORRECTION: "submit_correction",
        StepState.STOPPED: "resume_clock",
        StepState.RECHECK: "conclude_recheck",
    }
)


def awaited_verb(state: str) -> str | None:
    """The command that brings a step in that state forward; None when nothing does."""
    return _AWAITED.get(StepState(state))


def verb_name(verb: str, language: Language) -> str:
    """What a command is called on a button."""
    name = said(ACTIONS[verb], language)
    return name[:1].upper() + name[1:]


EXPLAINED: Final = MappingProxyType(
    {
        verb: Text(zh=zh, en=en)
        for verb, zh, en in (
            (
                "receive",
                "接件后五个工作日内须答复；逾期不答复的，自收到之日起视为受理。",
                "It must be answered within the acceptance window; silence accepts it from the day"
                " of receipt.",
            ),
            (
                "accept",
                "受理即开始计时，受理当日不计入。",
                "The clock starts with the acceptance; that day is not counted.",
            ),
            (
                "request_correction",
                "只能告知一次，须一次说全需要补正的全部内容。",
                "This can be done once: tell everything that must be corrected.",
            ),
            (
                "refuse_acceptance",
                "不予受理须说明理由；申请人可以重新申报。",
                "A refusal needs its reason; the applicant may hand in again.",
            ),
            (
                "begin_review",
                "供交换国家状态码，不影响时限。",
                "It is for the national status code and changes no date.",
            ),
            (
                "decide",
                "办结后即告知申请人，后续环节随之开始。",
                "The applicant is told, and what builds on it begins.",
            ),
            (
                "stop_clock",
                "停表须有法律依据，并书面告知申请人所需时间；到计划结束日自动恢复。",
                "A stop needs its legal basis and a written notice of the time needed; it ends by"
                " itself with the planned last day.",
            ),
            (
                "replan_stop",
                "顺延只有一次，提前不限；须在计划结束日之前办理。",
                "A stop can be prolonged once and shortened at will, before its planned end.",
            ),
            (
                "resume_clock",
                "恢复当日不计入时限。",
                "The day on which the clock resumes is not counted.",
            ),
            (
                "extend",
                "只能延期一次，须在届满前办理并告知申请人理由。",
                "It can be prolonged once, before it is over, and the applicant is told why.",
            ),
            (
                "give_opinion",
                "逾期未反馈视为无异议；有条件同意或不同意须写明。",
                "Silence counts as no objection; a condition or an objection needs its words.",
            ),
            (
                "open_consultation",
                "同时征求所有会商部门的意见。",
                "All departments consulted on the step are asked at once.",
            ),
            (
                "request_rectification",
                "只能告知一次，须一次说全；整改期间停表。",
                "This can be done once: tell everything. The clock stops meanwhile.",
            ),
            (
                "draft_commitment",
                "出具告知书和承诺书，由企业签署后生效。",
                "The notice and the letter are drawn up; they take effect once signed.",
            ),
            (
                "exempt",
                "确认本环节无须办理，后续环节可以开始。",
                "It says that the step is not needed; what builds on it may begin.",
            ),
            (
                "withdraw_step",
                "撤回本次申请，以后可以重新申报。",
                "This application is taken back; it can be handed in again.",
            ),
            (
                "revoke",
                "决定合法，但法律或客观情况变化：《行政许可法》第八条。以它为前提的决定转入复核。",
                "The decision was lawful, but law or facts changed. What was built on it goes to"
                " re-check.",
            ),
            (
                "annul",
                "决定违法：《行政许可法》第六十九条。以它为前提的决定转入复核，不会悄悄作废。",
                "The decision was unlawful. What was built on it goes to re-check and is never"
                " silently voided.",
            ),
            (
                "conclude_recheck",
                "维持原决定，或者撤销。",
                "The decision stands, or is annulled.",
            ),
            (
                "choose_mode",
                "接件之前可以改变办理方式。",
                "The mode can be changed until the application is handed in.",
            ),
        )
    }
)
"""What a person should know before doing it."""
