"""Why the core says no.

One table holds every reason with its sentence in both languages: what is wrong, and what to do.
The API, the CLI and the pages show these sentences; `docs/errors.md` is checked against them.
"""

from enum import StrEnum
from types import MappingProxyType

from groundwork.domain.definition import Text
from groundwork.domain.names import worded


class Reason(StrEnum):
    """The code of a rejection: stable, for programs."""

    NOT_PERMITTED = "not_permitted"
    OTHER_DEPARTMENT = "other_department"
    CHAIN_CLOSED = "chain_closed"
    UNKNOWN_STEP = "unknown_step"
    UNKNOWN_DEFICIENCY = "unknown_deficiency"
    UNKNOWN_COMMITMENT = "unknown_commitment"
    UNKNOWN_ESCALATION = "unknown_escalation"
    UNKNOWN_MATERIAL = "unknown_material"
    WRONG_STATE = "wrong_state"
    ALREADY_CORRECTED = "already_corrected"
    MODE_NOT_OFFERED = "mode_not_offered"
    MATERIALS_MISSING = "materials_missing"
    TOO_MANY_TOLERATED = "too_many_tolerated"
    COMMITMENT_UNSIGNED = "commitment_unsigned"
    COMMITMENT_EXISTS = "commitment_exists"
    NO_CLOCK = "no_clock"
    STOP_NOT_OFFERED = "stop_not_offered"
    ALREADY_STOPPED = "already_stopped"
    NOT_STOPPED = "not_stopped"
    STOP_ENDS_IN_PAST = "stop_ends_in_past"
    STOP_TOO_LONG = "stop_too_long"
    LIMIT_OVER = "limit_over"
    ALREADY_EXTENDED = "already_extended"
    EXTENSION_TOO_LONG = "extension_too_long"
    TOLERANCE_NEEDED = "tolerance_needed"
    NOTHING_TO_TOLERATE = "nothing_to_tolerate"
    GATE_FIELDS_MISSING = "gate_fields_missing"
    REASON_MISSING = "reason_missing"
    CURE_TOO_LATE = "cure_too_late"
    ALREADY_ACKNOWLEDGED = "already_acknowledged"
    ANSWER_MISSING = "answer_missing"
    NOT_A_REFERRAL = "not_a_referral"
    UNKNOWN_CALENDAR = "unknown_calendar"
    KEY_REUSED = "key_reused"
    LAUNCH_INVALID = "launch_invalid"


SENTENCES = MappingProxyType(
    {
        Reason.NOT_PERMITTED: Text(
            zh="角色“{role}”不能执行“{action}”。请由有权限的人员办理。",
            en="The role {role} may not {action}. Ask someone who may.",
        ),
        Reason.OTHER_DEPARTMENT: Text(
            zh="环节 {step} 由“{department}”负责，请由该部门办理。",
            en="Step {step} belongs to {department}. Ask that department.",
        ),
        Reason.CHAIN_CLOSED: Text(
            zh="该链条已结束（{state}），不能再变更。",
            en="The chain has ended ({state}) and cannot change any more.",
        ),
        Reason.UNKNOWN_STEP: Text(
            zh="链条中没有环节 {step}。可用的环节：{known}。",
            en="The chain has no step {step}. Its steps: {known}.",
        ),
        Reason.UNKNOWN_DEFICIENCY: Text(
            zh="链条中没有容缺事项 {deficiency}。",
            en="The chain has no deficiency {deficiency}.",
        ),
        Reason.UNKNOWN_COMMITMENT: Text(
            zh="链条中没有承诺 {commitment}。",
            en="The chain has no commitment {commitment}.",
        ),
        Reason.UNKNOWN_ESCALATION: Text(
            zh="链条中没有督办记录 {escalation}。",
            en="The chain has no escalation {escalation}.",
        ),
        Reason.UNKNOWN_MATERIAL: Text(
            zh="环节 {step} 没有材料“{material}”。可用的材料：{known}。",
            en="Step {step} has no material {material}. Its materials: {known}.",
        ),
        Reason.WRONG_STATE: Text(
            zh="环节 {step} 目前为“{state}”，不能执行“{action}”；须处于：{needed}。",
            en="Step {step} is {state}: it is not possible to {action} now. Needed: {needed}.",
        ),
        Reason.ALREADY_CORRECTED: Text(
            zh="环节 {step} 已发出过一次性补正告知，不得再次要求补正。请受理或不予受理。",
            en="Step {step} already had its one correction notice. Accept or refuse it instead.",
        ),
        Reason.MODE_NOT_OFFERED: Text(
            zh="环节 {step} 不提供“{mode}”方式。可选方式：{known}。",
            en="Step {step} does not offer the mode {mode}. It offers: {known}.",
        ),
        Reason.MATERIALS_MISSING: Text(
            zh="环节 {step} 缺少不可容缺的材料：{missing}。请发出补正告知。",
            en="Step {step} lacks what may not be lacking: {missing}. Request correction.",
        ),
        Reason.TOO_MANY_TOLERATED: Text(
            zh="环节 {step} 缺少 {count} 项材料，最多容缺 {limit} 项。请先补齐。",
            en="Step {step} lacks {count} materials; at most {limit} may be. Hand in more.",
        ),
        Reason.COMMITMENT_UNSIGNED: Text(
            zh="环节 {step} 选择了告知承诺，请先由企业签署承诺书。",
            en="Step {step} is in commitment mode: the enterprise must sign the commitment first.",
        ),
        Reason.COMMITMENT_EXISTS: Text(
            zh="环节 {step} 的承诺书已签署（{commitment}）。",
            en="The commitment of step {step} is already signed ({commitment}).",
        ),
        Reason.NO_CLOCK: Text(
            zh="环节 {step} 没有计时中的时限。",
            en="Step {step} has no running limit.",
        ),
        Reason.STOP_NOT_OFFERED: Text(
            zh="环节 {step} 不能以“{reason}”为由暂停计时。可用的理由：{known}。",
            en="Step {step} cannot be stopped for {reason}. Its reasons: {known}.",
        ),
        Reason.ALREADY_STOPPED: Text(
            zh="环节 {step} 已因“{reason}”暂停计时。请先恢复计时。",
            en="Step {step} is already stopped for {reason}. Resume it first.",
        ),
        Reason.NOT_STOPPED: Text(
            zh="环节 {step} 没有因“{reason}”暂停计时。",
            en="Step {step} is not stopped for {reason}.",
        ),
        Reason.STOP_ENDS_IN_PAST: Text(
            zh="计划结束日 {planned_end} 不晚于今日。请填写今日之后的日期。",
            en="The planned end {planned_end} is not after today. Name a later day.",
        ),
        Reason.STOP_TOO_LONG: Text(
            zh="计划结束日 {planned_end} 超过一年。请填写一年以内的日期，到期可再次停表。",
            en="The planned end {planned_end} is over a year away. Name an earlier day; the clock"
            " can be stopped again then.",
        ),
        Reason.LIMIT_OVER: Text(
            zh="环节 {step} 的时限已于 {due_on} 届满，不能再停表或延期。",
            en="The limit of step {step} ran out on {due_on}: no stop or extension any more.",
        ),
        Reason.ALREADY_EXTENDED: Text(
            zh="环节 {step} 已延期一次，不能再次延期。",
            en="Step {step} was already extended once and cannot be extended again.",
        ),
        Reason.EXTENSION_TOO_LONG: Text(
            zh="环节 {step} 最多可延期 {limit}，不能延期 {amount}。",
            en="Step {step} can be extended by {limit} at most, not by {amount}.",
        ),
        Reason.TOLERANCE_NEEDED: Text(
            zh="环节 {step} 尚有未补正的容缺材料，只能“容缺通过”或“不通过”。",
            en="Step {step} still has open deficiencies: pass it with tolerance, or fail it.",
        ),
        Reason.NOTHING_TO_TOLERATE: Text(
            zh="环节 {step} 没有未补正的容缺材料，请选择“通过”或“不通过”。",
            en="Step {step} has no open deficiency: pass or fail it.",
        ),
        Reason.GATE_FIELDS_MISSING: Text(
            zh="环节 {step} 是转正门，须填写竞得人统一社会信用代码（winner_uscc）"
            "和规划条件是否变化（planning_conditions_changed）。",
            en="Step {step} is the conversion gate: winner_uscc and planning_conditions_changed"
            " must be given.",
        ),
        Reason.REASON_MISSING: Text(
            zh="请填写“{field}”，说明理由。",
            en="Give the field {field}: the reason is required.",
        ),
        Reason.CURE_TOO_LATE: Text(
            zh="容缺事项 {deficiency} 的补正期限已于 {cure_by} 届满。",
            en="The term of deficiency {deficiency} ended on {cure_by}.",
        ),
        Reason.ALREADY_ACKNOWLEDGED: Text(
            zh="督办记录 {escalation} 目前为“{state}”，不能再执行此操作。",
            en="Escalation {escalation} is {state}; this is not possible any more.",
        ),
        Reason.ANSWER_MISSING: Text(
            zh="督办记录 {escalation} 须附书面说明，请填写 answer。",
            en="Escalation {escalation} asks for an explanation: give the field answer.",
        ),
        Reason.NOT_A_REFERRAL: Text(
            zh="督办记录 {escalation} 不是移送研判，无须决定是否移送。",
            en="Escalation {escalation} is not a referral; there is nothing to decide.",
        ),
        Reason.UNKNOWN_CALENDAR: Text(
            zh="没有版本为 {version} 的工作日日历。请核对版本；刚导入的，请稍候再试。",
            en="There is no calendar {version}. Compare the version; one that was just added may"
            " take a moment.",
        ),
        Reason.KEY_REUSED: Text(
            zh="该幂等键已用于另一内容的请求。请换用新的 Idempotency-Key。",
            en="This idempotency key was used for another request. Use a new Idempotency-Key.",
        ),
        Reason.LAUNCH_INVALID: Text(
            zh="启动参数有误：{detail_zh}",
            en="The launch is not valid: {detail_en}",
        ),
    }
)


class Rejection(Exception):
    """Raised inside the core to leave a decision at once; `handle` returns it as a value."""

    def __init__(self, code: Reason, /, **params: str | int) -> None:
        super().__init__(code.value)
        self.reason = code
        self.params = {name: str(value) for name, value in params.items()}

    def sentence(self, language: str) -> str:
        """What is wrong and what to do, in `zh` or `en`."""
        return sentence(self.reason, self.params, language)


def sentence(reason: Reason, params: dict[str, str], language: str) -> str:
    """The sentence of a reason with its particulars filled in, in `zh` or `en`."""
    text = SENTENCES[reason]
    return (text.zh if language == "zh" else text.en).format_map(worded(params, language))
