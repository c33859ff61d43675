"""What codes are called: states, roles, modes and actions, in Chinese and in English."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from groundwork.domain.definition import Text
from groundwork.domain.stops import STOP_REASON_NAMES


def _names(**named: tuple[str, str]) -> Mapping[str, Text]:
    return MappingProxyType({key: Text(zh=zh, en=en) for key, (zh, en) in named.items()})


STATES: Final = _names(
    waiting=("等待前置环节", "waiting for earlier steps"),
    ready=("可以申报", "ready"),
    received=("已接件", "received"),
    correction=("补正告知", "correction asked for"),
    corrected=("补正受理", "corrected"),
    not_accepted=("不予受理", "not accepted"),
    accepted=("已受理", "accepted"),
    in_review=("部门办理", "in review"),
    stopped=("暂停计时", "clock stopped"),
    resumed=("恢复办理", "clock resumed"),
    passed=("办结·通过", "passed"),
    passed_with_tolerance=("办结·容缺通过", "passed with tolerance"),
    failed=("办结·不通过", "failed"),
    exempt=("已豁免", "exempt"),
    returned=("已退件", "returned"),
    withdrawn=("已撤件", "withdrawn"),
    terminated=("已终止", "terminated"),
    recheck=("复核中", "in re-check"),
    revoked=("已撤回", "revoked"),
    annulled=("已撤销", "annulled"),
    dropped=("已取消", "dropped"),
)
CHAIN_STATES: Final = _names(
    running=("办理中", "running"),
    completed=("全部办结", "completed"),
    withdrawn=("已撤件", "withdrawn"),
    terminated=("已终止", "terminated"),
)
ESCALATION_STATES: Final = _names(
    open=("未签收", "open"),
    acknowledged=("已签收", "acknowledged"),
    annulled=("已撤销", "annulled"),
    reversed=("已更正", "reversed"),
)
APPEAL_STATES: Final = _names(
    pending=("申诉待决", "appeal pending"),
    granted=("申诉成立", "appeal granted"),
    dismissed=("申诉驳回", "appeal dismissed"),
)
PROMISE_STATES: Final = _names(
    open=("待补", "open"),
    submitted=("已补待审", "handed in"),
    closed=("已补齐", "closed"),
    lapsed=("逾期未补", "lapsed"),
    dropped=("已终结", "dropped"),
    draft=("待签署", "to be signed"),
    signed=("已签署，待信用核查", "signed, credit to be looked up"),
    refused=("信用不符，未生效", "refused for credit"),
    in_force=("履行中", "in force"),
    awaiting_verification=("待核查", "to be verified"),
    rectifying=("限期整改", "being rectified"),
    fulfilled=("已履行", "fulfilled"),
    breached=("违诺", "breached"),
    archived=("已归档", "archived"),
)
WAITING_ON: Final = _names(
    department=("部门", "department"),
    applicant=("企业", "applicant"),
    other=("其他", "others"),
    nobody=("无", "nobody"),
)
UNIT_STATES: Final = _names(
    active=("在办", "active"),
    merged=("已合并", "merged"),
    dropped=("已取消", "dropped"),
)
OPINIONS: Final = _names(
    agree=("同意", "agrees"),
    agree_with_conditions=("有条件同意", "agrees with conditions"),
    disagree=("不同意", "disagrees"),
    no_objection=("逾期未反馈，视为无异议", "silent, so no objection"),
)
BREACHES: Final = _names(
    false=("虚假承诺", "false"),
    overdue=("逾期未履行", "overdue"),
    non_conforming=("履行不符合承诺", "non-conforming"),
)
VARIANTS: Final = _names(standard=("标准方案", "standard"), fast=("极速方案", "fast"))
ROLES: Final = _names(
    housekeeper=("项目管家", "housekeeper"),
    project_manager=("项目经理", "project manager"),
    officer=("经办人", "officer"),
    section_head=("股室负责人", "section head"),
    deputy_leader=("分管局领导", "deputy leader"),
    director=("局长", "director"),
    data_bureau=("政数局", "data bureau"),
    business_environment_office=("营商办", "business environment office"),
    liaison_leader=("挂钩市领导", "liaison leader"),
    supervisor=("特约监督员", "special supervisor"),
    ops=("运维", "operations"),
    administrator=("系统管理员", "administrator"),
    system=("系统", "system"),
)
GRANTS: Final = _names(
    enterprise=("企业", "enterprise"),
    park=("园区", "park"),
    project=("项目", "project"),
    right=("权限", "right"),
)
MODES: Final = _names(
    standard=("标准", "standard"),
    commitment=("告知承诺", "commitment"),
    deficiency_tolerant=("容缺受理", "deficiency-tolerant"),
    exempt=("豁免", "exempt"),
)
RESULTS: Final = _names(
    **{
        "pass": ("通过", "passed"),
        "pass_with_tolerance": ("容缺通过", "passed with tolerance"),
        "fail": ("不通过", "failed"),
    }
)
UNITS: Final = _names(
    working_days=("个工作日", "working days"),
    calendar_days=("个日历天", "calendar days"),
    hours=("小时", "hours"),
    months=("个月", "months"),
)
PROVENANCES: Final = _names(
    statutory=("法定", "statutory"),
    promised=("承诺", "promised"),
    default=("默认值，待市里确认", "default, for the city to confirm"),
)
MARKS: Final = _names(
    event_day=("起算日，不计", "day of the event, not counted"),
    counted=("计入", "counted"),
    rest_day=("非工作日", "no working day"),
    stopped=("停表", "clock stopped"),
    rolled=("顺延", "rolled on"),
)
ACTIONS: Final = _names(
    choose_mode=("选择办理方式", "choose the mode"),
    receive=("接件", "receive"),
    request_correction=("一次性告知补正", "request a correction"),
    submit_correction=("递交补正材料", "submit the correction"),
    accept=("受理", "accept"),
    refuse_acceptance=("不予受理", "refuse acceptance"),
    begin_review=("开始办理", "begin the review"),
    stop_clock=("停表", "stop the clock"),
    replan_stop=("调整停表计划", "replan the stop"),
    resume_clock=("恢复计时", "resume the clock"),
    extend=("延期", "extend the limit"),
    decide=("办结", "decide"),
    exempt=("豁免", "exempt"),
    withdraw_step=("撤件", "withdraw the step"),
    revoke=("撤回决定", "revoke"),
    annul=("撤销决定", "annul"),
    conclude_recheck=("作出复核结论", "conclude the re-check"),
    open_consultation=("征求意见", "consult the departments"),
    give_opinion=("反馈意见", "give an opinion"),
    schedule_visit=("安排联合踏勘", "schedule the site visit"),
    record_visit=("记录联合踏勘", "record the site visit"),
    request_rectification=("告知整改", "request rectification"),
    submit_rectification=("申请复验", "report what was put right"),
    draft_commitment=("出具告知书和承诺书", "draw up the commitment"),
    submit_performance=("报告履行情况", "report a commitment as kept"),
    add_unit=("增加单体", "add a unit"),
    drop_unit=("取消单体", "drop a unit"),
    merge_units=("合并单体", "merge units"),
    register_equipment=("登记特种设备", "register special equipment"),
    recheck_credit=("重新核查信用", "look credit up again"),
    assign=("指定承办人", "assign the step"),
    remind=("催办", "remind"),
    sign_commitment=("签署承诺", "sign the commitment"),
    verify_commitment=("核查承诺", "verify the commitment"),
    submit_cure=("递交容缺材料", "submit the cure"),
    confirm_cure=("确认补正", "confirm the cure"),
    refuse_cure=("退回补正", "refuse the cure"),
    extend_cure=("延长补正期限", "extend the cure"),
    acknowledge=("签收督办", "acknowledge the escalation"),
    appeal_escalation=("对督办提出申诉", "appeal the escalation"),
    uphold_escalation=("维持督办", "uphold the escalation"),
    annul_escalation=("撤销督办", "annul the escalation"),
    decide_referral=("决定是否移送", "decide the referral"),
    withdraw_chain=("整链撤件", "withdraw the chain"),
    terminate_chain=("终止链条", "terminate the chain"),
    adopt_calendar=("启用新日历", "adopt a calendar"),
    adopt_definition=("改用新版定义", "adopt a definition"),
    skip_errand=("跳过外部请求", "skip an errand"),
    launch=("启动链条", "launch a chain"),
    create_project=("建立项目", "create a project"),
    override_uscc=("放行信用代码", "let a credit code pass"),
    read_cases=("查看办件", "read cases"),
    read_catalogue=("查看目录", "read the catalogue"),
    read_audit=("查看台账", "read the audit"),
    manage_people=("管理人员", "manage people"),
    read_credit=("查询信用", "read credit"),
    manage_credit=("管理信用记录", "manage credit records"),
    manage_definitions=("管理链条定义", "manage definitions"),
    manage_calendars=("管理日历", "manage calendars"),
    rehearse=("预演", "rehearse"),
    set_absence=("登记请假与代理", "set an absence"),
    delegate=("委托办理权限", "delegate"),
    read_duties=("查看人员职责", "read a person's duties"),
    reassign=("移交承办环节", "reassign steps"),
    receive_notices=("接收通知", "receive notices"),
    watch_post=("查看通知投递", "watch the delivery of notices"),
    manage_webhooks=("管理 Webhook", "manage webhooks"),
    read_payloads=("查看引擎数据明文", "read what the engine keeps, in the clear"),
    read_kpis=("查看效能", "read the figures of effect"),
    read_lights=("查看各部门亮灯", "see every department's lights"),
    manage_tracking_codes=("查看和更换跟踪码", "see and renew tracking codes"),
    keep_views=("保存视图", "keep views"),
    upload_documents=("上传文件", "upload documents"),
    remove_documents=("移出文件", "remove documents"),
)
SCANS: Final = _names(
    clean=("已扫描，无病毒", "scanned, clean"),
    not_scanned=("未扫描", "not scanned"),
    pending=("等待扫描", "waiting for the scan"),
    infected=("含病毒，未保存", "infected, not kept"),
)
FILINGS: Final = _names(
    material=("材料", "material"),
    output=("办理结果", "output"),
    free=("附件", "attachment"),
)
PRESENCES: Final = _names(
    present=("已有", "in the bag"),
    pending=("等待扫描", "waiting for the scan"),
    carried=("前一链条带入", "from the chain before"),
    missing=("缺少", "missing"),
)

_STATES: Final = (STATES, CHAIN_STATES, PROMISE_STATES, ESCALATION_STATES, MODES)
_STOPS: Final = {reason.value: name for reason, name in STOP_REASON_NAMES.items()}

_PARTICULARS: Final[Mapping[str, tuple[Mapping[str, Text], ...]]] = MappingProxyType(
    {
        "state": _STATES,
        "needed": _STATES,
        "mode": (MODES,),
        "role": (ROLES,),
        "action": (ACTIONS,),
        "delegable": (ACTIONS,),
        "reason": (_STOPS,),
    }
)


def worded(params: Mapping[str, str], language: str) -> dict[str, str]:
    """The particulars of a sentence, with codes replaced by what they are called."""
    return {name: _worded(name, value, language) for name, value in params.items()}


def _worded(name: str, value: str, language: str) -> str:
    tables = _PARTICULARS.get(name)
    if tables is None:
        return value
    between = "、" if language == "zh" else ", "
    return between.join(_called(code, tables, language) for code in value.split(", "))


def _called(code: str, tables: tuple[Mapping[str, Text], ...], language: str) -> str:
    name = next((table[code] for table in tables if code in table), None)
    if name is None:
        return code
    return name.zh if language == "zh" else name.en
