"""Texts that callers may send: bounded, and without characters that no form could hold."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

CONTROL = "control_characters"


def _one_line(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise PydanticCustomError(CONTROL, "must not hold control characters")
    return text


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError(CONTROL, "must not hold control characters")
    return text


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
ShortLine = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_one_line)]
Remark = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_no_nul)]
"""A text of several lines."""
