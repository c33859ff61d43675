"""What happened, in words: the names of events, for timelines in both languages."""

from types import MappingProxyType
from typing import Final

from groundwork.domain.definition import Text

EVENT_NAMES: Final = MappingProxyType(
    {
        name: Text(zh=zh, en=en)
        for name, zh, en in (
            ("chain_launched", "链条启动", "Chain launched"),
            ("chain_completed", "链条办结", "Chain completed"),
            ("chain_withdrawn", "整链撤件", "Chain withdrawn"),
            ("chain_terminated", "链条终止", "Chain terminated"),
            ("calendar_adopted", "启用新日历", "Calendar adopted"),
            ("definition_adopted", "改用新版定义", "Newer definition adopted"),
            ("step_ready", "可以办理", "Step ready"),
            ("mode_chosen", "选定办理方式", "Mode chosen"),
            ("step_received", "接件", "Received"),
            ("correction_requested", "一次性告知补正", "Correction requested"),
            ("correction_submitted", "提交补正", "Correction submitted"),
            ("acceptance_refused", "不予受理", "Acceptance refused"),
            ("step_accepted", "受理", "Accepted"),
            ("acceptance_reversed", "撤销视为受理", "Acceptance by silence reversed"),
            ("review_begun", "部门开始办理", "Review begun"),
            ("clock_stopped", "暂停计时", "Clock stopped"),
            ("stop_replanned", "调整停表计划", "Stop replanned"),
            ("clock_resumed", "恢复计时", "Clock resumed"),
            ("limit_extended", "延长时限", "Limit extended"),
            ("light_eased", "亮灯回落", "Light eased"),
            ("step_decided", "办结", "Decided"),
            ("step_exempted", "豁免", "Exempted"),
            ("step_withdrawn", "撤件", "Withdrawn"),
            ("step_returned", "退件", "Returned"),
            ("recheck_ordered", "转入复核", "Re-check ordered"),
            ("recheck_concluded", "复核维持", "Re-check concluded"),
            ("step_revoked", "撤回", "Revoked"),
            ("step_annulled", "撤销", "Annulled"),
            ("step_assigned", "指定承办人", "Assigned"),
            ("step_reminded", "催办", "Reminded"),
            ("pre_review_converted", "预审转正", "Pre-review converted"),
            ("deficiency_opened", "容缺受理", "Deficiency tolerated"),
            ("cure_submitted", "提交容缺材料", "Cure submitted"),
            ("cure_confirmed", "确认补齐", "Cure confirmed"),
            ("cure_refused", "补正材料退回", "Cure refused"),
            ("cure_extended", "延长补正期限", "Cure term extended"),
            ("deficiency_lapsed", "逾期未补正", "Deficiency lapsed"),
            ("lapse_reversed", "撤销逾期认定", "Lapse reversed"),
            ("deficiency_dropped", "容缺事项终结", "Deficiency dropped"),
            ("commitment_signed", "签署承诺书", "Commitment signed"),
            ("commitment_due", "承诺到期待核查", "Commitment due for verification"),
            ("commitment_fulfilled", "承诺已履行", "Commitment fulfilled"),
            ("rectification_ordered", "限期整改", "Rectification ordered"),
            ("commitment_breached", "违诺", "Commitment breached"),
            ("commitment_dropped", "承诺终结", "Commitment dropped"),
            ("consultation_opened", "征求意见", "Departments consulted"),
            ("opinion_given", "反馈意见", "Opinion given"),
            ("silence_counted", "逾期未反馈视为无异议", "Silence counted as no objection"),
            ("site_visit_scheduled", "安排联合踏勘", "Site visit scheduled"),
            ("site_visit_held", "完成联合踏勘", "Site visit held"),
            ("site_rectification_requested", "一次性告知整改", "Rectification requested"),
            ("site_rectification_submitted", "申请复验", "Put right, to be inspected again"),
            ("cure_reminded", "补正到期提醒", "Reminded of a cure"),
            ("commitment_drafted", "出具告知书和承诺书", "Commitment drawn up"),
            ("commitment_in_force", "承诺生效", "Commitment in force"),
            ("commitment_refused", "信用不符，承诺未生效", "Commitment refused for credit"),
            ("commitment_reminded", "承诺到期提醒", "Reminded of a commitment"),
            ("performance_submitted", "报告承诺履行情况", "Commitment reported as kept"),
            ("verification_missed", "逾期未核查", "Verification missed"),
            ("breach_reversed", "撤销违诺认定", "Breach reversed"),
            ("commitment_archived", "承诺归档", "Commitment archived"),
            ("unit_added", "增加单体或分期", "Unit added"),
            ("unit_dropped", "取消单体或分期", "Unit dropped"),
            ("units_merged", "合并单体或分期", "Units merged"),
            ("step_held", "退回等待", "Step held"),
            ("equipment_registered", "登记特种设备", "Equipment registered"),
            ("gate_opened", "门已打开", "Gate opened"),
            ("gate_closed", "门已关闭", "Gate closed"),
            ("credit_asked", "发起信用核查", "Credit asked for"),
            ("credit_answered", "信用核查结果", "Credit answered"),
            ("credit_check_skipped", "跳过信用核查", "Credit look-up skipped"),
            ("credit_filing_skipped", "跳过信用报送", "Credit filing skipped"),
            ("credit_filing_due", "待报送信用记录", "Credit record to be filed"),
            ("credit_filed", "已报送信用记录", "Credit record filed"),
            ("escalation_fired", "督办升级", "Escalated"),
            ("escalation_acknowledged", "督办已签收", "Escalation acknowledged"),
            ("answer_overdue", "逾期未答复", "Answer overdue"),
            ("answer_overdue_reversed", "更正逾期未答复", "Answer was in time"),
            ("escalation_appealed", "督办申诉", "Escalation appealed"),
            ("escalation_upheld", "督办维持", "Escalation upheld"),
            ("escalation_annulled", "督办撤销", "Escalation annulled"),
            ("escalation_reversed", "督办更正", "Escalation reversed"),
            ("referral_decided", "移送研判决定", "Referral decided"),
        )
    }
)


RESUMED_BY_ITSELF: Final = Text(
    zh="停表到期自动恢复计时，请核对", en="Clock resumed by itself: nobody ended the stop"
)
"""Said of a `clock_resumed` that happened because the planned end of the stop came."""


def event_name(kind: str, *, automatic: bool = False) -> Text:
    """What an event of that type is called; one of a later release goes by its type."""
    if automatic and kind == "clock_resumed":
        return RESUMED_BY_ITSELF
    return EVENT_NAMES.get(kind) or Text(zh=kind, en=kind)
