"""Stops of a clock: what they are called, how long they last, and whose time they take."""

from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from pydantic import AwareDatetime, Field

from groundwork.domain.base import Frozen
from groundwork.domain.calendar import end_of
from groundwork.domain.definition import StopReason, Text


class Court(StrEnum):
    """Whose time runs: the department's, the applicant's, or somebody else's."""

    DEPARTMENT = "department"
    APPLICANT = "applicant"
    OTHER = "other"


class StopKind(NamedTuple):
    """What a reason is called, in whose court the case is meanwhile, and who says so."""

    name: Text
    court: Court
    source: str


_ART_45: Final = "《行政许可法》（2019）第四十五条 · Administrative Licensing Law art. 45"
_OURS: Final = "Groundwork 默认值，待市里确认 · Groundwork's default until the city confirms it"


def _kind(zh: str, en: str, court: Court, source: str = _OURS) -> StopKind:
    return StopKind(Text(zh=zh, en=en), court, source)


STOP_KINDS: Final = MappingProxyType(
    {
        StopReason.HEARING: _kind("听证", "Hearing", Court.OTHER, _ART_45),
        StopReason.LISTING: _kind(
            "招标拍卖挂牌", "Tender, auction or listing", Court.OTHER, _ART_45
        ),
        StopReason.INSPECTION: _kind("检验检测", "Inspection and testing", Court.OTHER, _ART_45),
        StopReason.APPRAISAL: _kind("鉴定", "Appraisal", Court.OTHER, _ART_45),
        StopReason.EXPERT_REVIEW: _kind("专家评审", "Expert review", Court.OTHER, _ART_45),
        StopReason.PUBLICITY: _kind("公示", "Public notice", Court.OTHER),
        StopReason.CORRECTION: _kind("补正", "Correction of materials", Court.APPLICANT),
        StopReason.RECTIFICATION: _kind("整改", "Rectification", Court.APPLICANT),
        StopReason.DESIGN_CHANGE: _kind("修改设计", "Design change", Court.APPLICANT),
        StopReason.PAYMENT: _kind("缴费", "Payment", Court.APPLICANT),
        StopReason.SUPERIOR_APPROVAL: _kind(
            "上级审批", "Approval by a higher authority", Court.OTHER
        ),
        StopReason.EXTERNAL_WORKS: _kind("外线施工", "External works", Court.OTHER),
        StopReason.FORCE_MAJEURE: _kind("不可抗力", "Force majeure", Court.OTHER),
    }
)
"""Every reason for a stop. The law names those of article 45; a city settles the others."""

STOP_REASON_NAMES: Final = MappingProxyType(
    {reason: kind.name for reason, kind in STOP_KINDS.items()}
)


class Stop(Frozen):
    """One stop of a clock (暂停计时), on a legal basis and with an approver.

    `planned_end` is its planned last day. `until` is when it really ended; None while it is open.
    `notice` is the number or the words of the notice that told the applicant how long it would take
    (Administrative Licensing Law art. 45). `prolonged` once its plan was moved to a later day.
    """

    reason: StopReason
    basis: str
    approver: str
    since: AwareDatetime
    planned_end: date
    until: AwareDatetime | None = None
    notice: str = Field(default="", exclude_if=lambda notice: not notice)
    prolonged: bool = Field(default=False, exclude_if=lambda prolonged: not prolonged)

    @property
    def ends(self) -> datetime:
        """When the stop ended or, while it is open, when its plan says that it will (24:00)."""
        return self.until or max(self.since, end_of(self.planned_end))

    @property
    def court(self) -> Court:
        """Whose time it takes."""
        return STOP_KINDS[self.reason].court

    @property
    def name(self) -> Text:
        """What its reason is called."""
        return STOP_KINDS[self.reason].name

    @property
    def ended_by_itself(self) -> bool:
        """Whether it ran its course: nobody ended it, so it ended with its planned last day."""
        return self.until == end_of(self.planned_end)

    def replanned(self, planned_end: date, notice: str = "") -> "Stop":
        """The stop, open and with another planned last day; a notice given replaces the first."""
        return self.model_copy(
            update={
                "planned_end": planned_end,
                "until": None,
                "notice": notice or self.notice,
                "prolonged": self.prolonged or planned_end > self.planned_end,
            }
        )
