"""The small forms of which every catalogue file is made: ids, names and figures of time."""

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    model_validator,
)
from pydantic_core import PydanticCustomError

from groundwork.catalogue.mistakes import FieldPath
from groundwork.catalogue.source import Located
from groundwork.domain.credit import CreditKind, Severity
from groundwork.domain.definition import (
    ConditionKind,
    Consequence,
    LimitUnit,
    Mode,
    Provenance,
    StopReason,
    Trigger,
    Unanswered,
    Variant,
)

UNITS: Final = {
    "wd": LimitUnit.WORKING_DAYS,
    "工作日": LimitUnit.WORKING_DAYS,
    "cd": LimitUnit.CALENDAR_DAYS,
    "自然日": LimitUnit.CALENDAR_DAYS,
    "日历天": LimitUnit.CALENDAR_DAYS,
    "h": LimitUnit.HOURS,
    "小时": LimitUnit.HOURS,
    "mo": LimitUnit.MONTHS,
    "月": LimitUnit.MONTHS,
}
"""Units as they may be written after an amount; the Chinese ones may carry 个 before them."""

SLUG: Final = "^[a-z][a-z0-9-]*$"
STEP: Final = "^[A-Za-z][A-Za-z0-9-]*$"
PHASE: Final = "^[A-Za-z0-9]+$"
OUTPUT: Final = r"^([a-z][a-z0-9-]*/)?[A-Za-z][A-Za-z0-9-]*$"
STEP_OR_PHASE: Final = r"^[A-Za-z][A-Za-z0-9-]*(\.[A-Za-z0-9]+)?$"
ROUTE: Final = "^[a-z][a-z0-9_-]*$"
VERSION: Final = r"^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$"
WORKFLOW: Final = "^[A-Z][A-Za-z0-9]*$"
TIME_OF_DAY: Final = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
SHORT_CUT_OFF: Final = "^([01][0-9]|2[0-3]):[0-5][0-9]( +[A-Z][A-Za-z0-9-]*)?$"
TAG: Final = "^[A-Z][A-Za-z0-9-]*$"
CREDIT: Final = r"^[a-z][a-z0-9-]*-[0-9]+\.[0-9]+\.[0-9]+$"
LADDER: Final = r"^[a-z][a-z0-9-]*-[0-9]+\.[0-9]+\.[0-9]+$"
SHORT_LIMIT: Final = f"^[0-9]{{1,4}} *个?({'|'.join(UNITS)})( +[A-Z][A-Za-z0-9-]*)?$"

SHORT_LIMIT_PARTS: Final = re.compile(
    f"([0-9]{{1,4}}) *个?({'|'.join(UNITS)})(?: +([A-Z][A-Za-z0-9-]*))?"
)

Words = Annotated[str, Field(min_length=1, max_length=500)]
Slug = Annotated[str, Field(pattern=SLUG, max_length=60)]
StepId = Annotated[str, Field(pattern=STEP, max_length=20)]
Tag = Annotated[str, Field(pattern=TAG, max_length=20)]
Amount = Annotated[int, Field(ge=0, le=9999)]
ShortLimit = Annotated[str, Field(pattern=SHORT_LIMIT)]

# YAML holds the names of these, not the members: strictness would ask for the members.
AnyUnit = Annotated[LimitUnit, Field(strict=False)]
AnyProvenance = Annotated[Provenance, Field(strict=False)]
AnyMode = Annotated[Mode, Field(strict=False)]
AnyStop = Annotated[StopReason, Field(strict=False)]
AnyTrigger = Annotated[Trigger, Field(strict=False)]
AnyUnanswered = Annotated[Unanswered, Field(strict=False)]
AnyVariant = Annotated[Variant, Field(strict=False)]
AnySeverity = Annotated[Severity, Field(strict=False)]
AnyKind = Annotated[CreditKind, Field(strict=False)]
AnyCondition = Annotated[ConditionKind, Field(strict=False)]
AnyConsequence = Annotated[Consequence, Field(strict=False)]


class Written(BaseModel):
    """A piece of a file. It refuses unknown fields and, if a mapping, knows where it stands."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    _path: FieldPath | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _remember_place(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        piece = handler(data)
        if isinstance(data, Located):
            piece._path = data.path
        return piece

    def path_or(self, otherwise: FieldPath) -> FieldPath:
        """Where the piece stands, or `otherwise` when it was written in a short form."""
        return otherwise if self._path is None else self._path


class WrittenText(Written):
    """A name in both languages · 中英文名称"""

    zh: Words
    en: Words


def _long_limit(value: Any) -> Any:
    if isinstance(value, str):
        return {"limit": value}
    if isinstance(value, int) and not isinstance(value, bool):
        return {"amount": value}
    return value


class WrittenLimit(Written):
    """A figure of time · 时限

    Short: `10` (working days), `10 wd`, `60 cd XK42` (with a tag of `sources`). Long: as below,
    with either `limit` in the short form or `amount` and `unit`.
    """

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["limit"]}, {"required": ["amount"]}]}
    )

    limit: ShortLimit | None = None
    amount: Amount | None = None
    unit: AnyUnit | None = None
    counts_first_day: bool = Field(False, description="Day one counts · 首日计入")
    until: Literal["midnight", "close_of_business"] = Field(
        "midnight", description="When the last day ends · 最后一日的截止时间"
    )
    rolls_forward: bool = Field(True, description="Ends on a working day · 逢休息日顺延")
    provenance: AnyProvenance | None = None
    source: Words | None = Field(None, description="A tag of `sources`, or the source itself")
    note: WrittenText | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.limit is None) == (self.amount is None):
            raise PydanticCustomError("limit_form", "either limit or amount")
        if self.limit is not None and self.unit is not None:
            raise PydanticCustomError("limit_unit", "unit goes with amount")
        if self.tag is not None and self.source is not None:
            raise PydanticCustomError("limit_source", "one source only")
        return self

    @property
    def figure(self) -> tuple[int, LimitUnit]:
        """Amount and unit, whichever form they were written in."""
        if self.limit is None:
            return self.amount or 0, self.unit or LimitUnit.WORKING_DAYS
        amount, unit = _parts(self.limit)[:2]
        return int(amount), UNITS[unit]

    @property
    def tag(self) -> str | None:
        """The source tag of the short form, if it has one."""
        return None if self.limit is None else _parts(self.limit)[2]


def _parts(limit: str) -> tuple[str, str, str | None]:
    match = SHORT_LIMIT_PARTS.fullmatch(limit)
    assert match is not None, "the field's pattern has matched before"
    return match[1], match[2], match[3]


class WrittenStatutory(WrittenLimit):
    """A figure that the law sets · 法定时限"""

    at_least: bool = Field(False, description="A minimum · 最短期限")
    part: WrittenText | None = Field(None, description="The piece it measures · 所限的部分")
    case: WrittenText | None = Field(None, description="When it holds · 适用情形")


AnyLimit = Annotated[
    WrittenLimit,
    BeforeValidator(_long_limit, json_schema_input_type=Amount | ShortLimit | WrittenLimit),
]
AnyStatutory = Annotated[
    WrittenStatutory,
    BeforeValidator(_long_limit, json_schema_input_type=Amount | ShortLimit | WrittenStatutory),
]


class WrittenCutOff(Written):
    """When business closes · 下班时间。Short: `17:30 P`, with a tag of `sources`."""

    at: Annotated[str, Field(pattern=TIME_OF_DAY)]
    provenance: AnyProvenance | None = None
    source: Words | None = Field(None, description="A tag of `sources`, or the source itself")


def _long_cut_off(value: Any) -> Any:
    if isinstance(value, str):
        at, _, tag = value.partition(" ")
        return {"at": at} | ({"source": tag.strip()} if tag else {})
    return value


AnyCutOff = Annotated[
    WrittenCutOff,
    BeforeValidator(
        _long_cut_off,
        json_schema_input_type=Annotated[str, Field(pattern=SHORT_CUT_OFF)] | WrittenCutOff,
    ),
]
