"""The words, glyphs and dates that the commands print, in Chinese and in English."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from groundwork.api.languages import said
from groundwork.console.screen import Language, Mark
from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.clock import DayMark
from groundwork.domain.definition import Limit, LimitUnit, Mode, Provenance, Text, Variant
from groundwork.domain.facts import UnitState
from groundwork.domain.grants import GrantKind
from groundwork.domain.model import (
    AppealState,
    ChainState,
    CommitmentState,
    DeficiencyState,
    EscalationState,
    Light,
    Role,
    StepState,
    WaitingOn,
)
from groundwork.domain.names import (
    APPEAL_STATES,
    CHAIN_STATES,
    ESCALATION_STATES,
    GRANTS,
    MARKS,
    MODES,
    PROMISE_STATES,
    PROVENANCES,
    ROLES,
    STATES,
    UNIT_STATES,
    UNITS,
    VARIANTS,
    WAITING_ON,
)
from groundwork.rehearsal.bars import SIGNS
from groundwork.rehearsal.wording import day as short_day

__all__ = [
    "APPEAL_STATES",
    "CHAIN_STATES",
    "ESCALATION_STATES",
    "GRANTS",
    "MARKS",
    "MODES",
    "PROMISE_STATES",
    "PROVENANCES",
    "ROLES",
    "SIGNS",
    "STATES",
    "UNITS",
    "UNIT_STATES",
    "VARIANTS",
    "WAITING_ON",
    "said",
]


TABLES: Final = MappingProxyType(
    {
        StepState: STATES,
        UnitState: UNIT_STATES,
        ChainState: CHAIN_STATES,
        EscalationState: ESCALATION_STATES,
        AppealState: APPEAL_STATES,
        DeficiencyState: PROMISE_STATES,
        CommitmentState: PROMISE_STATES,
        WaitingOn: WAITING_ON,
        Mode: MODES,
        Variant: VARIANTS,
        Provenance: PROVENANCES,
        LimitUnit: UNITS,
        DayMark: MARKS,
        Role: ROLES,
        GrantKind: GRANTS,
    }
)
"""Every enumeration that is shown, with its words; a test holds them to be complete."""


def word(table: Mapping[str, Text], key: str, language: Language) -> str:
    """The word for a key of one of the tables; the key itself when a later release added it."""
    text = table.get(key)
    return said(text, language) if text else key


def light(key: str, language: Language) -> Mark:
    """A light's glyph with its word, in its colours."""
    sign = SIGNS[Light(key)]
    return Mark(f"{sign.glyph} {said(sign.word, language)}", sign.style)


def day(on: date, language: Language, *, today: date | None = None) -> str:
    """A legal date with its weekday; the year is left out when it is that of `today`."""
    shown = short_day(on, language)
    if today is not None and on.year == today.year:
        return shown
    return f"{on.year}年{shown}" if language == "zh" else f"{shown} {on.year}"


def moment(at: datetime, language: Language, *, today: date | None = None) -> str:
    """A moment in Shanghai's time, to the minute."""
    local = at.astimezone(SHANGHAI)
    return f"{day(local.date(), language, today=today)} {local:%H:%M}"


def limit(figure: Limit, language: Language) -> str:
    """A limit with its unit, such as `7 个工作日`."""
    return amount(figure.amount, figure.unit, language)


def amount(count: int, unit: str, language: Language) -> str:
    """A number of days or hours with its unit."""
    name = word(UNITS, unit, language)
    if language == "en" and count == 1:
        name = name.removesuffix("s")
    return f"{count} {name}"
