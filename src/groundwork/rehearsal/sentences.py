"""The words of a rehearsal's report, in both languages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from groundwork.domain.definition import Text


def _texts(**named: tuple[str, str]) -> Mapping[str, Text]:
    return MappingProxyType({key: Text(zh=zh, en=en) for key, (zh, en) in named.items()})


SENTENCES: Final = _texts(
    chain_launched=("启动办理", "Launched"),
    chain_completed=("全链办结", "Completed"),
    chain_withdrawn=("整链撤件：{reason}", "Withdrawn: {reason}"),
    chain_terminated=("终止：{reason}", "Terminated: {reason}"),
    calendar_adopted=("启用日历 {version}", "Calendar {version} adopted"),
    definition_adopted=("改用新版定义", "A newer definition adopted"),
    pre_review_converted=("预审结果转正", "The pre-review takes legal effect"),
    step_ready=("可以申报", "ready"),
    mode_chosen=("改按{mode}办理", "mode {mode}"),
    step_received=("接件", "handed in"),
    correction_requested=(
        "一次性告知补正（{items}）",
        "correction asked for, once ({items})",
    ),
    correction_submitted=("补正材料已交", "correction handed in"),
    acceptance_refused=("不予受理（{reason}）", "not accepted ({reason})"),
    step_accepted=("受理", "accepted"),
    acceptance_reversed=("撤销视为受理", "acceptance by silence undone"),
    review_begun=("部门开始办理", "review begun"),
    clock_stopped=(
        "停表（{stop}），至{planned_end}",
        "clock stopped ({stop}) until {planned_end}",
    ),
    stop_replanned=(
        "停表计划改至{planned_end}（{ground}）",
        "stop now planned until {planned_end} ({ground})",
    ),
    clock_resumed=("恢复计时，{due_on}到期", "clock resumed, due {due_on}"),
    limit_extended=(
        "延期{amount}（{reason}），{due_on}到期",
        "extended by {amount} ({reason}), due {due_on}",
    ),
    light_eased=("灯色回落", "light eased"),
    step_decided=("办结·{result}", "{result}"),
    step_exempted=("豁免（{ground}）", "exempt ({ground})"),
    step_withdrawn=("撤件（{reason}）", "withdrawn ({reason})"),
    step_returned=("退件", "sent back"),
    recheck_ordered=("转入复核", "to be re-checked"),
    recheck_concluded=("复核维持（{reason}）", "upheld on re-check ({reason})"),
    step_revoked=("撤回（{reason}）", "revoked ({reason})"),
    step_annulled=("撤销（{reason}）", "annulled ({reason})"),
    step_assigned=("指定承办人（{reason}）", "assigned ({reason})"),
    step_reminded=("催办", "a reminder was sent"),
    deficiency_opened=(
        "容缺“{material}”，补正截止{cure_by}",
        "{material} may follow by {cure_by}",
    ),
    cure_submitted=("“{material}”已补交", "{material} handed in"),
    cure_confirmed=("“{material}”补正闭合", "{material} confirmed"),
    cure_refused=(
        "“{material}”补正不合格（{reason}）",
        "{material} does not do ({reason})",
    ),
    cure_extended=(
        "“{material}”补正延至{cure_by}（{reason}）",
        "{material} may follow by {cure_by} ({reason})",
    ),
    deficiency_lapsed=("“{material}”逾期未补", "{material} never followed"),
    lapse_reversed=("“{material}”逾期记录撤销", "lapse of {material} undone"),
    deficiency_dropped=("“{material}”容缺随件终结", "{material} no longer needed"),
    cure_reminded=(
        "“{material}”补正提醒：还有{days_left}天",
        "{material} to be handed in: {days_left} days left",
    ),
    commitment_drafted=("出具告知书和承诺书", "notice given and letter drawn up"),
    commitment_signed=("签署承诺，{due_on}到期", "commitment signed, due {due_on}"),
    commitment_in_force=("承诺生效", "commitment in force"),
    commitment_refused=("信用不符，承诺未生效", "commitment refused for credit"),
    commitment_reminded=(
        "承诺到期提醒：还有{days_left}天",
        "commitment due: {days_left} days left",
    ),
    performance_submitted=("报告承诺已履行", "commitment reported as kept"),
    verification_missed=("核查逾期", "verification overdue"),
    breach_reversed=("违诺记录撤销", "breach undone"),
    commitment_archived=("承诺归档", "commitment archived"),
    commitment_due=("承诺到期，待核查", "commitment due, to be verified"),
    commitment_fulfilled=("承诺已履行", "commitment kept"),
    rectification_ordered=(
        "限期整改至{due_on}（{reason}）",
        "to be put right by {due_on} ({reason})",
    ),
    commitment_breached=("违诺（{reason}）", "commitment broken ({reason})"),
    commitment_dropped=("承诺随件终结", "commitment no longer needed"),
    consultation_opened=(
        "第{round}轮征求意见：{departments}，{reply_on}前反馈",
        "opinions asked, round {round}: {departments}, by {reply_on}",
    ),
    opinion_given=("{department}：{view}{text}", "{department} {view}{text}"),
    silence_counted=(
        "{departments}逾期未反馈，视为无异议",
        "{departments}: silent, so no objection",
    ),
    site_visit_scheduled=("联合踏勘定于{visit_on}", "joint site visit set for {visit_on}"),
    site_visit_held=("{visited_on}联合踏勘", "joint site visit held on {visited_on}"),
    site_rectification_requested=(
        "一次性告知整改（{items}），{due_on}前完成",
        "to be put right by {due_on}, told once ({items})",
    ),
    site_rectification_submitted=("整改完成，申请复验", "put right, to be inspected again"),
    step_held=("前置环节增加，恢复等待", "waits again: there are more steps before it"),
    unit_added=("增加{part}（{reason}）", "{part} added ({reason})"),
    unit_dropped=("取消{part}（{reason}）", "{part} dropped ({reason})"),
    units_merged=("{part}并入{into}（{reason}）", "{part} merged into {into} ({reason})"),
    equipment_registered=("{part}特种设备使用登记：{equipment}", "{part}: equipment {equipment}"),
    gate_opened=("{part}：准许门打开（{gate}）", "{part}: gate open ({gate})"),
    gate_closed=("{part}：准许门关闭（{gate}）", "{part}: gate shut ({gate})"),
    credit_asked=("核查信用", "credit to be looked up"),
    credit_answered=(
        "信用核查{verdict}，等级{grade}",
        "credit looked up: {verdict}, grade {grade}",
    ),
    credit_check_skipped=("跳过信用核查，信用未知（{reason}）", "look-up skipped ({reason})"),
    credit_filing_skipped=("跳过信用归集，改为人工报送（{reason}）", "filing skipped ({reason})"),
    credit_filing_due=("归集信用记录", "to go on the credit record"),
    credit_filed=("信用记录已归集", "on the credit record"),
    escalation_fired=("{rung} → {recipients}", "{rung} → {recipients}"),
    escalation_acknowledged=("{rung}已签收{answer}", "{rung} acknowledged{answer}"),
    answer_overdue=("{rung}逾期未答复", "{rung} not answered in time"),
    answer_overdue_reversed=("{rung}未答复记录更正", "{rung} was answered in time after all"),
    escalation_appealed=("{rung}提出申诉（{reason}）", "{rung} appealed ({reason})"),
    escalation_upheld=("{rung}申诉驳回（{reason}）", "{rung} upheld ({reason})"),
    escalation_annulled=("{rung}撤销（{reason}）", "{rung} annulled ({reason})"),
    escalation_reversed=("{rung}更正撤回", "{rung} taken back"),
    referral_decided=("研判{referral}（{reason}）", "{referral} ({reason})"),
)
"""By type of event. A test holds this to be complete."""

VARIATIONS: Final = _texts(
    step_received_again=(
        "重新接件（第{attempt}次）",
        "handed in again (attempt {attempt})",
    ),
    step_accepted_by_silence=(
        "逾期未答复，自接件之日视为受理",
        "nobody answered, accepted from the receipt",
    ),
    clock_resumed_automatic=(
        "停表期满，自动恢复计时，{due_on}到期",
        "stop over, clock resumed by itself, due {due_on}",
    ),
    supervision_order=(
        "{rung}·督办单 → {recipients}",
        "{rung}, supervision order → {recipients}",
    ),
)
"""Special cases of a sentence, by name."""
