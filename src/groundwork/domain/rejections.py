"""Why the core says no.

One table holds every reason with its sentence in both languages: what is wrong, and what to do.
The API, the CLI and the pages show these sentences; `docs/errors.md` is checked against them.
"""

from types import MappingProxyType

from groundwork.domain.definition import Text
from groundwork.domain.names import worded
from groundwork.domain.reasons import Reason

__all__ = ["SENTENCES", "Reason", "Rejection", "sentence"]

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
        Reason.UNKNOWN_TERM: Text(
            zh="链条中没有期限“{term}”。请写 acceptance:环节、deficiency:编号、commitment:编号"
            "或 escalation:编号；督办须限期说明，环节须已接件。",
            en="The chain has no term {term}. Write acceptance:STEP, deficiency:ID, commitment:ID"
            " or escalation:ID, of a step handed in or an escalation that asks for an answer.",
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
        Reason.STOP_PLAN_UNCHANGED: Text(
            zh="环节 {step} 停表的计划结束日已是 {planned_end}。请填写另一日期。",
            en="The stop of step {step} already ends on {planned_end}. Name another day.",
        ),
        Reason.ALREADY_PROLONGED: Text(
            zh="环节 {step} 因“{reason}”的停表已顺延一次，不能再顺延；可提前结束。",
            en="The stop of step {step} for {reason} was already prolonged once. It can only end"
            " earlier.",
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
            zh="缺少“{field}”，请填写。",
            en="The field {field} is missing: it must be given.",
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
        Reason.NOT_APPEALABLE: Text(
            zh="督办记录 {escalation} 不能申诉：督办阶梯未对该级规定申诉期限。",
            en="Escalation {escalation} cannot be appealed: the ladder gives it no term for that.",
        ),
        Reason.APPEAL_TOO_LATE: Text(
            zh="督办记录 {escalation} 的申诉期限已过，最迟可于 {until} 提出。"
            "如确有错误，请向营商办书面反映。",
            en="Escalation {escalation} could be appealed until {until}. If it is wrong, write to"
            " the business environment office.",
        ),
        Reason.ALREADY_APPEALED: Text(
            zh="督办记录 {escalation} 已申诉过一次，不能再次申诉。",
            en="Escalation {escalation} was already appealed; that is possible once.",
        ),
        Reason.NO_APPEAL: Text(
            zh="督办记录 {escalation} 没有待决的申诉。",
            en="Escalation {escalation} has no appeal to decide.",
        ),
        Reason.NOT_A_REFERRAL: Text(
            zh="督办记录 {escalation} 不是移送研判，无须决定是否移送。",
            en="Escalation {escalation} is not a referral; there is nothing to decide.",
        ),
        Reason.HELD_BY_ANOTHER: Text(
            zh="环节 {step} 由他人承办。请由承办人本人移交，或请股室负责人调整。",
            en="Step {step} is in another's charge: they or the section head hand it over.",
        ),
        Reason.ASSIGNEE_CHANGED: Text(
            zh="环节 {step} 的承办人已变更，未作移交。请核对后重试。",
            en="Step {step} was given to somebody else meanwhile; it stays there. Look again.",
        ),
        Reason.ALREADY_ASSIGNED: Text(
            zh="环节 {step} 的承办人已是如此，无须调整。",
            en="Step {step} is in that charge already; there is nothing to change.",
        ),
        Reason.REMINDED_TODAY: Text(
            zh="{subject} 今天已经催办过（{last}），同一事项每天只催办一次。",
            en="A reminder of {subject} was sent today ({last}): once a day is enough.",
        ),
        Reason.NOBODY_TO_REMIND: Text(
            zh="{subject} 现在不等待部门或企业办理，无须催办。",
            en="{subject} waits for neither a department nor the enterprise: nobody to remind.",
        ),
        Reason.OTHER_PERSON: Text(
            zh="只能为本人或本部门职级低于您的人员办理“{action}”。请由其本人、其上级或管理员办理。",
            en="You may {action} for yourself and for those below you in your department. Ask the"
            " person, their head or an administrator.",
        ),
        Reason.NO_MANDATE: Text(
            zh="您目前不能代 {person} 执行“{action}”：没有生效的代理或委托。",
            en="You may not {action} for {person} now: no absence or delegation lets you.",
        ),
        Reason.UNKNOWN_CALENDAR: Text(
            zh="没有版本为 {version} 的工作日日历。请核对版本；刚导入的，请稍候再试。",
            en="There is no calendar {version}. Compare the version; one that was just added may"
            " take a moment.",
        ),
        Reason.UNKNOWN_DEFINITION: Text(
            zh="没有内容哈希为 {hash} 的链条定义。请核对版本；刚发布的，请稍候再试。",
            en="There is no definition with the content hash {hash}. Compare the version; one that"
            " was just stored may take a moment.",
        ),
        Reason.DEFINITION_UNFIT: Text(
            zh="该链条不能改用定义 {version}：{detail_zh}",
            en="The chain cannot go by definition {version}: {detail_en}",
        ),
        Reason.KEY_REUSED: Text(
            zh="该幂等键已用于另一内容的请求。请换用新的 Idempotency-Key。",
            en="This idempotency key was used for another request. Use a new Idempotency-Key.",
        ),
        Reason.LAUNCH_INVALID: Text(
            zh="启动参数有误：{detail_zh}",
            en="The launch is not valid: {detail_en}",
        ),
        Reason.NOBODY_TO_CONSULT: Text(
            zh="环节 {step} 没有协同部门可征求意见。",
            en="Step {step} has no departments to consult.",
        ),
        Reason.ALREADY_CONSULTED: Text(
            zh="环节 {step} 已征求过协同部门意见。",
            en="The departments consulted on step {step} were asked already.",
        ),
        Reason.NOT_ASKED_YET: Text(
            zh="环节 {step} 尚未征求意见。请先受理或发起征求意见（open_consultation）。",
            en="Nobody was consulted on step {step} yet. Accept it or open the consultation "
            "first (open_consultation).",
        ),
        Reason.NOT_CONSULTED: Text(
            zh="环节 {step} 本轮征求意见的部门是：{departments}，请由这些部门反馈。",
            en="On step {step} this round asks: {departments}. Only they may reply.",
        ),
        Reason.OPINION_TOO_LATE: Text(
            zh="环节 {step} 的反馈期限已于 {reply_on} 届满，未反馈视为无异议。请直接联系牵头部门。",
            en="The term for opinions on step {step} ended on {reply_on}; silence counted as no "
            "objection. Speak to the lead department.",
        ),
        Reason.CONSULTATION_PENDING: Text(
            zh="环节 {step} 尚待下列部门反馈意见：{departments}（{reply_on} 前）。",
            en="On step {step} these departments have still to reply, by {reply_on}: "
            "{departments}.",
        ),
        Reason.OPINION_AGAINST: Text(
            zh="环节 {step} 有部门不同意：{departments}。请一次性告知整改（request_rectification"
            "），或作不通过决定。",
            en="On step {step} these departments disagree: {departments}. Ask for rectification "
            "(request_rectification) or fail it.",
        ),
        Reason.NOT_JOINT: Text(
            zh="环节 {step} 不是联合验收环节，没有联合踏勘和整改复验。",
            en="Step {step} is no joint acceptance: it has no site visit and no re-inspection.",
        ),
        Reason.VISIT_IN_PAST: Text(
            zh="踏勘日期 {visit_on} 已过。请填写今日或以后的日期。",
            en="The visit cannot be set for {visit_on}, which is past. Name today or a later day.",
        ),
        Reason.VISIT_NOT_HELD: Text(
            zh="踏勘日期 {visited_on} 不在 {opened_on} 至今日之间。请填写实际踏勘日期。",
            en="{visited_on} does not lie between {opened_on} and today. Name the day on which "
            "the visit was held.",
        ),
        Reason.ALREADY_VISITED: Text(
            zh="环节 {step} 本轮已完成联合踏勘，不再重复踏勘。",
            en="The joint site visit of step {step} was held already in this round.",
        ),
        Reason.VISIT_MISSING: Text(
            zh="环节 {step} 尚未联合踏勘。请先记录踏勘（record_visit）。",
            en="The joint site visit of step {step} is still to be held and recorded "
            "(record_visit).",
        ),
        Reason.VISIT_OFFICERS_MISSING: Text(
            zh="环节 {step} 的联合踏勘须由牵头部门至少 {needed} 名工作人员进行，已填写：{named}。"
            "请补充 officers。",
            en="The joint site visit of step {step} takes {needed} officers of the lead "
            "department; named: {named}. Complete officers.",
        ),
        Reason.ALREADY_RECTIFIED: Text(
            zh="环节 {step} 已发出过一次整改通知，不得再次要求整改。请通过或不通过。",
            en="Step {step} already had its one rectification notice. Pass or fail it instead.",
        ),
        Reason.NOTHING_TO_RECTIFY: Text(
            zh="环节 {step} 没有待整改的事项。",
            en="Nothing is to be put right on step {step}.",
        ),
        Reason.RECTIFIED_TOO_LATE: Text(
            zh="环节 {step} 的整改期限已于 {due_on} 届满。请联系牵头部门。",
            en="The term for putting step {step} right ended on {due_on}. Speak to the lead "
            "department.",
        ),
        Reason.SETTLES_ITSELF: Text(
            zh="环节 {step} 在容缺事项全部补正后自动办结，无须申报。请递交并确认补正材料。",
            en="Step {step} passes by itself once everything tolerated is cured. Hand in and "
            "confirm the cures instead.",
        ),
        Reason.MUST_ACCEPT: Text(
            zh="环节 {step} 主要材料齐全，所缺材料（{missing}）已书面承诺补交，应当受理。主要材料"
            "有错误的，请在 materials 中指明；不属于受理范围的，请填写 ground。",
            en="Step {step} has its main materials, and what is lacking ({missing}) was promised "
            "in writing: it must be accepted. If a main material is faulty, name it in "
            "materials; if the matter is not yours, give the ground.",
        ),
        Reason.LETTER_MISSING: Text(
            zh="环节 {step} 尚未出具告知书和承诺书。请先出具（draft_commitment）。",
            en="Step {step} has no notice and letter yet. Draw them up first (draft_commitment).",
        ),
        Reason.LETTER_DIFFERS: Text(
            zh="环节 {step} 须按承诺书 {commitment} 原文签署。请不要另填承诺内容。",
            en="The letter {commitment} of step {step} is signed as it stands. Leave the "
            "obligations out.",
        ),
        Reason.OFFICERS_MISSING: Text(
            zh="核查须由至少 {needed} 名人员现场进行，已填写：{named}。请补充 officers。",
            en="A verification needs {needed} officers on site; named: {named}. Complete officers.",
        ),
        Reason.CREDIT_PENDING: Text(
            zh="环节 {step} 正在等待信用核查结果，核查完成前不能继续。请稍候；长时间无结果请联系"
            "运维。",
            en="Step {step} waits for credit to be looked up and cannot go on before. Wait; if "
            "it takes long, tell operations.",
        ),
        Reason.CREDIT_UNKNOWN: Text(
            zh="环节 {step} 的信用查询已由运维跳过，结果未知：请重新核查，或改按一般方式办理。",
            en="Operations skipped the look-up of credit for step {step}: have it looked up again, "
            "or handle the step in the usual way.",
        ),
        Reason.CREDIT_BARRED: Text(
            zh="环节 {step} 因信用原因不能适用告知承诺或容缺：{grounds_zh}",
            en="Credit bars step {step} from commitment and tolerance: {grounds_en}",
        ),
        Reason.NO_CREDIT_RULES: Text(
            zh="该链条不核查信用。",
            en="This chain does not look at credit.",
        ),
        Reason.NO_UNITS: Text(
            zh="该链条不分单体。",
            en="This chain has no units.",
        ),
        Reason.UNKNOWN_UNIT: Text(
            zh="链条中没有单体 {unit}，或已合并、取消。现有：{known}。",
            en="The chain has no unit {unit}, or no longer. It has: {known}.",
        ),
        Reason.UNKNOWN_PHASE: Text(
            zh="环节 {step} 不能增加分期 {unit}。可选：{known}。",
            en="Step {step} cannot get a phase {unit}. It may have: {known}.",
        ),
        Reason.UNIT_EXISTS: Text(
            zh="单体 {unit} 已存在。请换一个编号。",
            en="There is a unit {unit} already. Use another id.",
        ),
        Reason.TOO_MANY_UNITS: Text(
            zh="单体已达上限 {limit} 个。",
            en="There are {limit} units already, which is the most.",
        ),
        Reason.UNITS_GATHERED: Text(
            zh="环节 {step} 已按现有单体申报，不能再增加。请先撤回该环节的申报。",
            en="Step {step} was handed in for the units there are. Withdraw it first, then add "
            "the unit.",
        ),
        Reason.SAME_UNIT: Text(
            zh="单体 {unit} 不能与自身合并。请另选一个。",
            en="The unit {unit} cannot be merged with itself. Name another.",
        ),
        Reason.LAST_UNIT: Text(
            zh="{unit} 是最后一个，不能取消。如项目不再进行，请终止或撤回链条。",
            en="{unit} is the last one and cannot be dropped. Withdraw or terminate the chain "
            "instead.",
        ),
        Reason.UNIT_ACCEPTED: Text(
            zh="单体 {unit} 的环节 {step} 已办结，不能取消或合并。请先撤回或撤销该决定。",
            en="Step {step} of unit {unit} is decided: it cannot be dropped or merged. Revoke or "
            "annul that decision first.",
        ),
        Reason.NO_SUCH_ERRAND: Text(
            zh="链条没有在等待 {errand}；在等待的有：{pending}。",
            en="The chain does not wait for {errand}; it waits for: {pending}.",
        ),
        Reason.NEVER_SKIPPED: Text(
            zh="{errand} 写入台账，不能跳过：未记录的事等于没有发生。请恢复数据库，或见运维手册。",
            en="{errand} writes the record and is never skipped: what is not on record happened to "
            "nobody. Bring the database back, or do as the manual of operations says.",
        ),
        Reason.ERRAND_NOT_FAILED: Text(
            zh="{errand} 尚无一次尝试失败。请等候答复；确须提前放弃的，请加 before_it_failed"
            "（命令行为 --before-it-failed）。",
            en="No attempt of {errand} has failed. Wait for the answer; to give it up all the same "
            "say before_it_failed (--before-it-failed at a terminal).",
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
