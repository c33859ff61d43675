"""What the core's refusals about units, consultations, promises and credit are told as."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from groundwork.domain.rejections import Reason

REASONS: Final[Mapping[Reason, tuple[int, str, str]]] = MappingProxyType(
    {
        Reason.NOBODY_TO_CONSULT: (409, "没有协同部门", "Nobody is to be consulted"),
        Reason.ALREADY_CONSULTED: (409, "已征求意见", "Consulted already"),
        Reason.NOT_ASKED_YET: (409, "尚未征求意见", "Nobody was asked yet"),
        Reason.NOT_CONSULTED: (403, "未征求该部门意见", "The department is not consulted"),
        Reason.OPINION_TOO_LATE: (409, "反馈已逾期", "The opinion is too late"),
        Reason.CONSULTATION_PENDING: (409, "意见未收齐", "Opinions are outstanding"),
        Reason.OPINION_AGAINST: (409, "有部门不同意", "A department disagrees"),
        Reason.NOT_JOINT: (409, "不是联合验收环节", "No joint acceptance"),
        Reason.VISIT_IN_PAST: (422, "踏勘日期已过", "The visit's day is past"),
        Reason.VISIT_NOT_HELD: (422, "踏勘日期不符", "The visit's day does not fit"),
        Reason.ALREADY_VISITED: (409, "已完成踏勘", "The visit was held already"),
        Reason.VISIT_MISSING: (409, "尚未踏勘", "The visit was not held yet"),
        Reason.ALREADY_RECTIFIED: (409, "已发出整改通知", "Rectification was asked for once"),
        Reason.NOTHING_TO_RECTIFY: (409, "没有待整改事项", "Nothing is to be put right"),
        Reason.RECTIFIED_TOO_LATE: (409, "整改已逾期", "The rectification is too late"),
        Reason.SETTLES_ITSELF: (409, "环节自动办结", "The step passes by itself"),
        Reason.MUST_ACCEPT: (409, "应当受理", "It must be accepted"),
        Reason.LETTER_MISSING: (409, "未出具承诺书", "There is no letter to sign"),
        Reason.LETTER_DIFFERS: (422, "与承诺书不一致", "The letter is signed as it stands"),
        Reason.OFFICERS_MISSING: (422, "核查人员不足", "Too few officers verified"),
        Reason.CREDIT_PENDING: (409, "等待信用核查", "Credit is being looked up"),
        Reason.CREDIT_BARRED: (409, "信用不符", "Credit stands in the way"),
        Reason.NO_CREDIT_RULES: (409, "不核查信用", "The chain has no credit rules"),
        Reason.NO_UNITS: (409, "不分单体", "The chain has no units"),
        Reason.UNKNOWN_UNIT: (404, "单体不存在", "No such unit"),
        Reason.UNKNOWN_PHASE: (422, "分期不存在", "No such phase"),
        Reason.UNIT_EXISTS: (409, "单体已存在", "The unit exists"),
        Reason.TOO_MANY_UNITS: (409, "单体过多", "Too many units"),
        Reason.UNITS_GATHERED: (409, "已按现有单体申报", "Handed in for the units there are"),
        Reason.SAME_UNIT: (422, "不能与自身合并", "A unit and itself"),
        Reason.LAST_UNIT: (409, "最后一个单体", "The last unit"),
        Reason.UNIT_ACCEPTED: (409, "单体环节已办结", "The unit is decided already"),
    }
)
"""Status and title by reason; `errors` puts them beside its own."""
