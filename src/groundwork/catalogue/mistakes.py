"""What is wrong with a written file: one mistake per place, in both languages, with its remedy."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

FieldPath = tuple[str | int, ...]
"""Where a value stands in a file: field names and list indices, from the top."""


class Place(NamedTuple):
    """A line and a column, both counted from 1."""

    line: int
    column: int


class Said(NamedTuple):
    """One sentence in both languages."""

    zh: str
    en: str


NOTHING = Said("", "")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: where it is, what is wrong and what to do about it.

    `path` names the field for people (`steps[L05].lead`). The messages say the remedy too; it is
    repeated alone in `remedy_zh` and `remedy_en` for callers that show it apart. `file` is the
    file that holds the mistake, which may be a ladder that the checked chain refers to.
    """

    line: int
    column: int
    path: str
    message_zh: str
    message_en: str
    remedy_zh: str = ""
    remedy_en: str = ""
    file: Path = Path()

    def __str__(self) -> str:
        """The mistake on one line, Chinese first."""
        place = f"{self.file}:{self.line}:{self.column}"
        field = f" {self.path}" if self.path else ""
        return f"{place}{field}: {self.message_zh} {self.message_en}"


def mistake(file: Path, place: Place, path: str, wrong: Said, remedy: Said = NOTHING) -> Mistake:
    """Put a mistake together: the message is what is wrong, followed by the remedy."""
    return Mistake(
        line=place.line,
        column=place.column,
        path=path,
        message_zh=wrong.zh + remedy.zh,
        message_en=f"{wrong.en} {remedy.en}".rstrip(),
        remedy_zh=remedy.zh,
        remedy_en=remedy.en,
        file=file,
    )
