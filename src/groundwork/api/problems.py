"""The table of everything that can go wrong with a request; `docs/errors.md` lists it in words."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from groundwork.api.authority_problems import AUTHORITY_PROBLEMS
from groundwork.api.document_problems import DOCUMENT_PROBLEMS
from groundwork.api.identity_problems import IDENTITY_PROBLEMS
from groundwork.api.reader_problems import READER_PROBLEMS
from groundwork.api.reasons import REASONS
from groundwork.domain.definition import Text
from groundwork.domain.rejections import SENTENCES, Reason


class ProblemInfo(NamedTuple):
    """What one code means; `detail` is a template that says what is wrong and what to do."""

    status: int
    title: Text
    detail: Text


def _entry(status: int, zh: str, en: str, detail_zh: str, detail_en: str) -> ProblemInfo:
    return ProblemInfo(status, Text(zh=zh, en=en), Text(zh=detail_zh, en=detail_en))


_OWN: Final = {
    "malformed_request": _entry(
        400,
        "请求无法读取",
        "The request cannot be read",
        "请求无法读取。请发送 UTF-8 编码的 JSON，并设置 Content-Type: application/json。",
        "The request cannot be read. Send JSON in UTF-8 with Content-Type: application/json.",
    ),
    "idempotency_key_required": _entry(
        400,
        "缺少幂等键",
        "The idempotency key is missing",
        "写入请求须带请求头 Idempotency-Key：8至120个字符，可用字母、数字和 _ . : -，"
        "重试时保持不变。",
        "Every write needs the header Idempotency-Key: 8 to 120 of the characters A-Z a-z 0-9"
        " _ . : - that stay the same when you try again.",
    ),
    "idempotency_key_malformed": _entry(
        400,
        "幂等键格式不正确",
        "The idempotency key has the wrong form",
        "Idempotency-Key 须为8至120个字符，只能用字母、数字和 _ . : -。",
        "Idempotency-Key must be 8 to 120 of the characters A-Z a-z 0-9 _ . : - and no others.",
    ),
    "cursor_invalid": _entry(
        400,
        "分页游标无效",
        "The cursor is not valid",
        "分页游标无效。请原样使用上一页返回的 next，或去掉 cursor 从第一页开始。",
        "The cursor was not given out for this list. Pass next of the page before unchanged, or"
        " leave cursor out to begin with the first page.",
    ),
    "not_signed_in": _entry(
        401,
        "未登录",
        "Not signed in",
        "请在请求头 Authorization: Bearer 中提供有效令牌；令牌由管理员签发，可能已过期或被撤销。",
        "Send a valid token in the header Authorization: Bearer. An administrator issues tokens;"
        " yours may have expired or been revoked.",
    ),
    "forged_request": _entry(
        403,
        "请求来源无法确认",
        "The request may be forged",
        "该请求没有本页面的防伪标记，未予执行。请重新打开页面后再提交。",
        "The request does not carry the mark of our own page, so it was not carried out."
        " Open the page again, then send it.",
    ),
    "other_figures": _entry(
        403,
        "其他部门的效能指标",
        "Another department's figures",
        "这是 {department} 的指标，您属于 {own}，只能查看本部门的指标。",
        "These are the figures of {department}; you belong to {own} and may see its figures only.",
    ),
    "other_inbox": _entry(
        403,
        "其他部门的收件箱",
        "Another department's inbox",
        "这是 {department} 的收件箱，您属于 {own}，只能查看本部门的收件箱。",
        "This is the inbox of {department}; you belong to {own} and may open its inbox only.",
    ),
    "not_found": _entry(
        404,
        "地址不存在",
        "No such address",
        "没有这个地址。全部地址见 /api/v1/openapi.json。",
        "There is nothing at this address. /api/v1/openapi.json lists all addresses.",
    ),
    "project_not_found": _entry(
        404,
        "项目不存在",
        "No such project",
        "没有代码为 {project} 的项目。请核对项目代码，或先建立项目。",
        "There is no project {project}. Compare the code, or create the project first.",
    ),
    "chain_not_found": _entry(
        404,
        "链条不存在",
        "No such chain",
        "没有编号为 {chain} 的链条。请核对编号；刚启动的链条可稍候再试。",
        "There is no chain {chain}. Compare its id; one that was just launched may take a moment.",
    ),
    "definition_not_found": _entry(
        404,
        "链条定义不存在",
        "No such definition",
        "目录中没有链条定义 {definition}。可用的定义：{known}。",
        "The catalogue has no definition {definition}. It has: {known}.",
    ),
    "calendar_not_found": _entry(
        404,
        "日历不存在",
        "No such calendar",
        "没有版本为 {version} 的工作日日历。可用的版本：{known}。",
        "There is no calendar {version}. There are: {known}.",
    ),
    "calendar_exists": _entry(
        409,
        "日历版本已存在",
        "The calendar exists",
        "日历版本 {version} 已存在，且内容不同；版本一经保存不再改变。请换用新的版本号。",
        "The calendar {version} exists with other content, and versions never change. Choose"
        " another name for the new one.",
    ),
    "calendar_source_invalid": _entry(
        422,
        "日历来源有误",
        "The calendar's source is not valid",
        "日历来源的 {place} 处：{finding}",
        "In the calendar's source, {place}: {finding}",
    ),
    "kpi_not_found": _entry(
        404,
        "效能指标不存在",
        "No such figure",
        "没有指标 {kpi}。可用的指标：{known}。",
        "There is no figure {kpi}. There are: {known}.",
    ),
    "period_reversed": _entry(
        422,
        "起止日期颠倒",
        "The period ends before it begins",
        "from（{since}）晚于 to（{until}）。请对调后重试。",
        "from ({since}) is later than to ({until}). Swap them.",
    ),
    "department_not_found": _entry(
        404,
        "部门不存在",
        "No such department",
        "目录中没有部门 {department}。可用的部门：{known}。",
        "The catalogue has no department {department}. It has: {known}.",
    ),
    "person_not_found": _entry(
        404,
        "人员不存在",
        "No such person",
        "没有编号为 {person} 的人员。请核对编号。",
        "There is no person {person}. Compare the id.",
    ),
    "token_not_found": _entry(
        404,
        "令牌不存在",
        "No such token",
        "该人员没有编号为 {token} 的令牌。请核对编号。",
        "The person has no token {token}. Compare the id.",
    ),
    "credit_record_not_found": _entry(
        404,
        "信用记录不存在",
        "No such credit record",
        "没有编号为 {record} 的信用记录。请核对编号。",
        "There is no credit record {record}. Compare the id.",
    ),
    "absence_not_found": _entry(
        404,
        "请假登记不存在",
        "No such absence",
        "没有编号为 {absence} 的请假登记。请核对编号。",
        "There is no absence {absence}. Compare the id.",
    ),
    "delegation_not_found": _entry(
        404,
        "委托不存在",
        "No such delegation",
        "没有编号为 {delegation} 的委托。请核对编号。",
        "There is no delegation {delegation}. Compare the id.",
    ),
    "notice_not_found": _entry(
        404,
        "通知不存在",
        "No such notice",
        "您没有编号为 {notice} 的通知。请核对编号。",
        "You have no notice {notice}. Compare the id.",
    ),
    "channel_not_found": _entry(
        404,
        "渠道不存在",
        "No such channel",
        "您没有编号为 {channel} 的通知渠道。请核对编号。",
        "You have no channel {channel}. Compare the id.",
    ),
    "webhook_not_found": _entry(
        404,
        "Webhook 不存在",
        "No such webhook",
        "没有编号为 {webhook} 的 Webhook。请核对编号。",
        "There is no webhook {webhook}. Compare the id.",
    ),
    "feed_not_found": _entry(
        404,
        "日历链接不存在",
        "No such calendar link",
        "您没有编号为 {feed} 的日历链接。请核对编号。",
        "You have no calendar link {feed}. Compare the id.",
    ),
    "method_not_allowed": _entry(
        405,
        "方法不支持",
        "The method is not supported",
        "此地址不支持该方法，支持的方法见 Allow 响应头。",
        "This address does not support the method; the header Allow names those it does.",
    ),
    "predecessor_unfinished": _entry(
        409,
        "前一链条未办结",
        "The chain before is not completed",
        "前一链条 {chain} 目前为“{state}”，全部办结后才能一键启动后续链条。",
        "The chain {chain} is {state}. The chain that follows it is launched once it is completed.",
    ),
    "no_successor": _entry(
        409,
        "没有后续链条",
        "No chain follows",
        "目录中没有接在 {definition} 之后的链条。请改用启动链条（POST /chains）。",
        "The catalogue has no chain that follows {definition}. Launch one with POST /chains.",
    ),
    "wrong_predecessor": _entry(
        422,
        "前一链条不符",
        "The chain before does not fit",
        "{chain} 不是该项目在 {definition} 之前的链条。请核对编号，或不填写 after。",
        "{chain} is not the chain of this project that comes before {definition}. Compare the id,"
        " or leave after out.",
    ),
    "list_too_long": _entry(
        422,
        "导出行数过多",
        "The list is too long",
        "符合条件的记录超过 {limit} 条，未导出。请增加筛选条件（如部门、县区或到期区间）。",
        "More than {limit} rows match, so nothing was exported. Narrow the list, for example by"
        " department, district or due dates.",
    ),
    "project_exists": _entry(
        409,
        "项目已存在",
        "The project exists",
        "项目 {project} 已存在，且内容与此次提交不同。请查看已有项目。",
        "The project {project} exists already, with other content. Look at the existing one.",
    ),
    "already_launched": _entry(
        409,
        "链条已启动",
        "Already launched",
        "该项目的这一链条已启动（{chain}）。请查看已有链条。",
        "The project has this chain already ({chain}). Look at the existing one.",
    ),
    "credit_kept_elsewhere": _entry(
        409,
        "信用记录由信用平台管理",
        "The bureau keeps the records",
        "本系统已接入信用平台，信用记录的登记、修复和公示请在平台办理。",
        "A credit bureau is connected: records are added, repaired and published there.",
    ),
    "credit_repair_too_early": _entry(
        409,
        "未满最短期限",
        "Too early to be repaired",
        "信用记录 {record} 自 {first_day} 起方可修复。请届时再办。",
        "The credit record {record} may be repaired from {first_day} on. Come back then.",
    ),
    "credit_nothing_to_repair": _entry(
        409,
        "无须修复",
        "Nothing to repair",
        "信用记录 {record} 已修复，无须再办。",
        "The credit record {record} is repaired already: nothing is left to do.",
    ),
    "absence_overlaps": _entry(
        409,
        "请假日期重叠",
        "The absences overlap",
        "{person} 在其中某日已登记请假。请先结束原登记，或改用其他日期。",
        "{person} is out of office already on one of the days. End that absence first, or choose"
        " other days.",
    ),
    "substitute_loop": _entry(
        409,
        "代理关系成环",
        "The substitutes form a loop",
        "{substitute} 届时也请假，且其代理最终回到 {person}，将无人办理。请另选代理人。",
        "{substitute} is away as well then, and their substitutes lead back to {person}: nobody"
        " would be left. Choose another substitute.",
    ),
    "work_left": _entry(
        409,
        "尚有未移交的工作",
        "Open work is left",
        "{person} 尚有承办环节 {steps} 个、代理 {substitutes} 项、委托 {delegations} 项。"
        "请先移交或结束；确需留下的，请加 leave_work=true。",
        "{person} still has {steps} steps, stands in {substitutes} times and has {delegations}"
        " delegations. Hand them over or end them first, or add leave_work=true.",
    ),
    "channel_not_active": _entry(
        409,
        "渠道未启用",
        "The channel is not active",
        "渠道 {channel} 已停用。请先启用，再发送测试。",
        "The channel {channel} is not in use. Enable it first, then send a test.",
    ),
    "body_too_large": _entry(
        413,
        "请求内容过大",
        "The request is too large",
        "请求内容超过 {limit} KiB。请缩减后重试。",
        "The request is larger than {limit} KiB. Send less.",
    ),
    "invalid_request": _entry(
        422,
        "请求内容有误",
        "The request is not valid",
        "有 {count} 处须更正：{first}",
        "To be corrected ({count}): {first}",
    ),
    "substitute_unfit": _entry(
        422,
        "人选不符",
        "Not somebody who can stand in",
        "{substitute} 不能代 {person} 办理：须为同一部门的另一名在岗人员（无部门的须为相同角色）。",
        "{substitute} cannot act for {person}: it must be somebody else in office of the same"
        " department, or of the same role where there is no department.",
    ),
    "assignee_unfit": _entry(
        422,
        "承办人不符",
        "Not somebody to be in charge",
        "{person} 不能承办环节 {step}：须为该环节负责部门的在岗人员。",
        "{person} cannot be in charge of step {step}: it must be somebody in office of the"
        " department that leads it.",
    ),
    "officers_unfit": _entry(
        422,
        "现场人员不符",
        "Not officers of the department",
        "不能登记为环节 {step} 的现场人员：{people}。须为该环节负责部门的在岗人员。",
        "These cannot have been on site for step {step}: {people}. They must be in office of the"
        " department that leads it.",
    ),
    "not_delegable": _entry(
        422,
        "不能委托",
        "Not to be delegated",
        "不能委托“{action}”：只能委托本人在本部门环节上有权办理的事项。可委托：{delegable}。",
        "It is not possible to delegate to {action}: only what you may do yourself on your"
        " department's steps. That is: {delegable}.",
    ),
    "project_code_invalid": _entry(
        422,
        "项目代码有误",
        "The project code is not valid",
        "{finding}",
        "{finding}",
    ),
    "uscc_invalid": _entry(
        422,
        "统一社会信用代码有误",
        "The unified social credit code is not valid",
        "{finding}",
        "{finding}",
    ),
    "uscc_check_digit": _entry(
        422,
        "统一社会信用代码校验位不符",
        "The check character of the unified social credit code does not fit",
        "{finding}办法：由有权限的经办人在 uscc_override_reason 中写明理由后重新提交。",
        "{finding} To do so, a permitted officer sends the request with the reason in"
        " uscc_override_reason.",
    ),
    "date_out_of_range": _entry(
        422,
        "日期超出范围",
        "The date is out of range",
        "该日期或天数超出可计算范围。请改用较近的日期或较小的天数。",
        "The date or the number of days is beyond what can be reckoned. Use a nearer one.",
    ),
    "channel_address_invalid": _entry(
        422,
        "渠道地址无法使用",
        "The channel's address cannot be used",
        "渠道地址无法使用。请填写 mailto: 加邮箱地址，或 docs/notices.md 所列类型的 Apprise 地址。",
        "The channel's address cannot be used. Write mailto: and an e-mail address, or an Apprise"
        " URL of a kind that docs/notices.md lists.",
    ),
    "webhook_address_refused": _entry(
        422,
        "Webhook 地址不被允许",
        "The webhook's address is refused",
        "Webhook 地址不被允许（{reason}）。须为公网 https 地址；内网主机由运维列入"
        " GROUNDWORK_TRUSTED_HOSTS。",
        "The webhook's address is refused ({reason}). It must be https and public; operators list"
        " inner hosts in GROUNDWORK_TRUSTED_HOSTS.",
    ),
    "internal_error": _entry(
        500,
        "内部错误",
        "Internal error",
        "系统内部错误，未能完成请求。请稍后以同一幂等键重试；仍不成功的，请将 instance 告知运维。",
        "Something failed on our side. Try again with the same idempotency key; if it keeps"
        " failing, tell the operators the value of instance.",
    ),
    "engine_unavailable": _entry(
        503,
        "流程引擎不可用",
        "The engine is unavailable",
        "流程引擎暂不可用，请稍后以同一幂等键重试。查询功能不受影响。",
        "The engine does not answer. Try again with the same idempotency key; reading still works.",
    ),
    "no_supervision_order": _entry(
        404,
        "没有督办单",
        "No supervision order",
        "督办记录 {escalation} 不附督办单。请选用红牌等附督办单的记录。",
        "Escalation {escalation} comes without a supervision order. Choose one that has it, such"
        " as a red card.",
    ),
    "no_commitment_letter": _entry(
        404,
        "没有告知书和承诺书",
        "No notice and letter",
        "承诺 {commitment} 未出具告知书和承诺书：其链条版本没有规定。请在台账查看承诺内容。",
        "Commitment {commitment} has no notice and letter: its chain's version asks for none. Its"
        " ledger says what was promised.",
    ),
    "no_rectification": _entry(
        404,
        "没有限期整改通知",
        "No rectification notice",
        "{subject} 没有限期整改通知。请填写已责令整改的承诺编号，或已告知整改的联合验收环节。",
        "Nothing was ordered to be put right on {subject}. Name a commitment, or a step in joint"
        " acceptance, on which it was.",
    ),
    "store_unavailable": _entry(
        503,
        "数据库不可用",
        "The store is unavailable",
        "数据库暂不可用，请稍后以同一幂等键重试。",
        "The database does not answer. Try again, writes with the same idempotency key.",
    ),
    "credit_unavailable": _entry(
        503,
        "信用平台不可用",
        "The credit bureau is unavailable",
        "{reason}",
        "{reason}",
    ),
    "not_ready": _entry(
        503,
        "服务未就绪",
        "Not ready",
        "未就绪的部分：{parts}。",
        "Not ready: {parts}.",
    ),
}

PROBLEMS: Final[Mapping[str, ProblemInfo]] = MappingProxyType(
    _OWN
    | {code: _entry(*said) for code, said in READER_PROBLEMS.items()}
    | {code: _entry(*said) for code, said in IDENTITY_PROBLEMS.items()}
    | {code: _entry(*said) for code, said in AUTHORITY_PROBLEMS.items()}
    | {code: _entry(*told) for code, told in DOCUMENT_PROBLEMS.items()}
    | {
        reason.value: ProblemInfo(status, Text(zh=zh, en=en), SENTENCES[reason])
        for reason in Reason
        for status, zh, en in (REASONS[reason],)
    }
)
"""What each code means: the API's own, and one for every reason of the law."""
