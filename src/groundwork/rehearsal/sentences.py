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
    commitment_signed=("签署承诺，{due_on}到期", "commitment signed, due {due_on}"),
    commitment_due=("承诺到期，待核查", "commitment due, to be verified"),
    commitment_fulfilled=("承诺已履行", "commitment kept"),
    rectification_ordered=(
        "限期整改至{due_on}（{reason}）",
        "to be put right by {due_on} ({reason})",
    ),
    commitment_breached=("违诺（{reason}）", "commitment broken ({reason})"),
    commitment_dropped=("承诺随件终结", "commitment no longer needed"),
    escalation_fired=("{rung} → {recipients}", "{rung} → {recipients}"),
    escalation_acknowledged=("{rung}已签收{answer}", "{rung} acknowledged{answer}"),
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
