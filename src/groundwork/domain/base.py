"""The base of every value in the core."""

from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field


def _is_number(value: Any) -> bool:
    """Whether pydantic would take this for the seconds since 1970, which nobody means."""
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    except OverflowError:
        return True
    return True


def _no_number(value: Any) -> Any:
    """The same, or for a number a text that the parser refuses with the words it has for those."""
    return "" if _is_number(value) else value


Day = Annotated[date, BeforeValidator(_no_number)]
"""A day that somebody writes: `2026-04-16`, never a number."""
Moment = Annotated[AwareDatetime, BeforeValidator(_no_number)]
"""A moment that somebody writes, with its zone, never a number."""

UNLESS_EMPTY = Field(exclude_if=lambda value: not value)
"""A field that is not written when it says nothing.

What is not said is not written either: most commands of a chain are decisions, and events that were
recorded before a field existed must still read as they were written.
"""
UNLESS_NONE = Field(exclude_if=lambda value: value is None)
"""As `UNLESS_EMPTY`, where False or 0 says something."""


class Frozen(BaseModel):
    """An immutable value that refuses unknown fields.

    Events, commands and state are all of this kind: two values with the same content are equal,
    and nothing can be changed behind another holder's back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
