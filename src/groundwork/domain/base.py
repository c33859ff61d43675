"""The base of every value in the core."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value that refuses unknown fields.

    Events, commands and state are all of this kind: two values with the same content are equal,
    and nothing can be changed behind another holder's back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
