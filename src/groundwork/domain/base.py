"""The base of every value in the core."""

from pydantic import BaseModel, ConfigDict, Field

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
