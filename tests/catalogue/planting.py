"""Plants mistakes in a copy of the built-in chain file."""

from pathlib import Path

from groundwork.catalogue.check import BUILT_IN, check_file
from groundwork.catalogue.mistakes import Mistake

CHAIN = BUILT_IN / "chains" / "land-to-construction" / "1.0.0.yaml"
PRODUCTION = BUILT_IN / "chains" / "completion-to-production" / "1.0.0.yaml"
LADDER = BUILT_IN / "ladders" / "default-1.0.0.yaml"


class Plot:
    """A copy of the chain file in which text is replaced, each time exactly once."""

    def __init__(self, folder: Path, original: Path = CHAIN) -> None:
        self.file = folder / original.name
        self.text = original.read_text(encoding="utf-8")

    def plant(self, old: str, new: str) -> "Plot":
        assert self.text.count(old) == 1, f"{old!r} occurs {self.text.count(old)} times"
        self.text = self.text.replace(old, new)
        return self

    def in_step(self, step: str, old: str, new: str) -> "Plot":
        start = self.text.index(f"- id: {step}\n")
        end = self.text.find(f"\n  - id: {step[0]}", start)
        end = len(self.text) if end < 0 else end
        block = self.text[start:end]
        assert block.count(old) == 1, f"{old!r} occurs {block.count(old)} times in {step}"
        self.text = self.text[:start] + block.replace(old, new) + self.text[end:]
        return self

    def line_of(self, marker: str, step: str | None = None) -> int:
        start = self.text.index(f"- id: {step}\n") if step else 0
        return self.text.count("\n", 0, self.text.index(marker, start)) + 1

    def harvest(self) -> list[Mistake]:
        self.file.write_text(self.text, encoding="utf-8")
        return check_file(self.file)
