"""What the fields of a form are, and how they are made in the reader's language."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from groundwork.api.errors import Problem
from groundwork.api.languages import half
from groundwork.api.pages.forms import LINES
from groundwork.api.pages.step_probes import StepCase
from groundwork.domain.definition import Material
from groundwork.domain.names import UNITS

Kind = Literal["text", "area", "lines", "date", "number", "choice", "radios", "checks"]
Options = Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Field:
    """One field of a form; options are a value, what it is called, and what it means."""

    kind: Kind
    name: str
    label: str
    hint: str = ""
    required: bool = True
    options: Options = ()
    value: str = ""
    values: Sequence[str] = ()
    rows: int = 3
    maxlength: int = 2000

    @property
    def id(self) -> str:
        """Where a mistake in it points to."""
        return f"f-{self.name.removesuffix(LINES)}"


class Fields:
    """Makes fields in the reader's language."""

    def __init__(self, case: StepCase) -> None:
        self.case = case
        self.page = case.bench.page
        self.say = self.page.say

    def reason(self, hint: str = "") -> Field:
        """Why it is done."""
        return Field("area", "reason", self.say("理由", "Reason"), hint)

    def notice(self) -> Field:
        """How the applicant was told."""
        return Field(
            "text",
            "notice",
            self.say("告知书文号或内容", "Notice: its number or words"),
            self.say("书面告知申请人", "As the applicant was told in writing"),
            required=False,
            maxlength=2000,
        )

    def day(self, name: str, zh: str, en: str, hint: str = "", value: str = "") -> Field:
        """A day."""
        return Field("date", name, self.say(zh, en), hint, value=value)

    def document(self, zh: str, en: str) -> Field:
        """The number of a document."""
        return Field("text", "document", self.say(zh, en), required=False, maxlength=120)

    def materials(self, name: str, label: str, some: Iterable[Material], **more: Any) -> Field:
        """Some of the step's materials."""
        options = [(one.id, self.page.said(one.name), self.follows(one)) for one in some]
        return Field("checks", name, label, required=False, options=options, **more)

    def follows(self, material: Material) -> str:
        """Whether a material may follow later."""
        if material.cure is None or self.case.definition.never_tolerable:
            return self.say("必须齐备", "Must be there")
        unit = self.page.said(UNITS[material.cure.unit.value])
        amount = material.cure.amount
        return self.say(f"可以后补，{amount} {unit}内", f"May follow within {amount} {unit}")

    def source(self, source: str) -> str:
        """A source that is written as `中文 · English`, in one of them; others as they are."""
        return half(source, self.page.language)

    def shut(self, shut: Iterable[tuple[str, Problem]]) -> str:
        """Choices that are not open, and why."""
        between = self.say("：", ": ")
        return " ".join(f"{name}{between}{self.why(problem)}" for name, problem in shut)

    def why(self, problem: Problem) -> str:
        """What a problem says."""
        detail: str = problem.body(self.page.language, self.page.visit.request_id)["detail"]
        return detail
