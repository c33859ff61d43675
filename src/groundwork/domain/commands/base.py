"""What commands are made of: texts, numbers and ids as people may give them."""

from typing import Annotated

from pydantic import Field

from groundwork.domain.base import Frozen

PRINTABLE = r"^[^\x00]*$"
"""Any text but U+0000, which no database keeps and nobody types on purpose."""

Reason = Annotated[str, Field(min_length=1, max_length=2000, pattern=PRINTABLE)]
Remark = Annotated[str, Field(max_length=2000, pattern=PRINTABLE)]
Number = Annotated[str, Field(max_length=120, pattern=PRINTABLE)]
StepKey = Annotated[str, Field(pattern=r"^[A-Z]\d{2}(\.[A-Z0-9]+)?$")]
Id = Annotated[str, Field(min_length=1, max_length=120, pattern=PRINTABLE)]


class StepCommand(Frozen):
    """A command on one step."""

    step: StepKey
