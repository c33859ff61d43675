"""What was measured, held against the goals: one table for people, one file for machines."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RATIOS = ("decision_p50", "decision_p50_32", "decision_p95_32", "throughput", "cpu")
EMPTY: Mapping[str, Any] = {
    "ratios": dict.fromkeys(RATIOS),
    "chain": dict.fromkeys(("events", "actions", "kib")),
    "rehearsal_year_s": None,
    "outage_worst_ratio": None,
    "up_to_first_page_s": None,
}
"""What the file always has; None stands for what was not measured."""


BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
"""Around the table in a page of documentation."""


@dataclass(frozen=True)
class Figure:
    """One line of the table. A goal is for the ratio to the floor, else for the value itself."""

    measure: str
    value: float
    unit: str = ""
    floor: float | None = None
    ratio: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        judged = self.value if self.ratio is None else self.ratio
        if self.at_most is not None:
            return judged <= self.at_most
        return judged >= self.at_least if self.at_least is not None else None

    @property
    def goal(self) -> str:
        """The goal in words."""
        sign, limit = ("≤", self.at_most) if self.at_least is None else ("≥", self.at_least)
        if limit is None:
            return ""
        unit = "×" if self.ratio is not None else f" {self.unit}".rstrip()
        return f"{sign} {limit:g}{unit}"


@dataclass
class Report:
    """Figures for the table, facts for the file."""

    figures: list[Figure] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, other: "Report") -> None:
        """Take over what another part of the run found."""
        self.figures += other.figures
        self.facts = merged(self.facts, other.facts)


def merged(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """Both, with what is in both taken from the right and nested objects merged alike."""
    both = {**left, **right}
    for key in left.keys() & right.keys():
        if isinstance(left[key], Mapping) and isinstance(right[key], Mapping):
            both[key] = merged(left[key], right[key])
    return both


def table(figures: Iterable[Figure]) -> Table:
    """The figures as a table."""
    drawn = Table(title="Groundwork against a bare workflow")
    drawn.add_column("measure")
    for column in ("value", "floor", "ratio", "goal"):
        drawn.add_column(column, justify="right")
    drawn.add_column("met?")
    for one in figures:
        *cells, met = _cells(one)
        drawn.add_row(*cells, {"yes": "[green]yes[/]", "no": "[bold red]no[/]"}.get(met, ""))
    return drawn


def markdown(figures: Iterable[Figure]) -> str:
    """The figures as a table for a page of documentation."""
    rows = ["| measure | value | floor | ratio | goal | met? |", "|---|--:|--:|--:|--:|---|"]
    rows += ["| " + " | ".join(_cells(one)) + " |" for one in figures]
    return "\n".join(rows)


def show(report: Report, console: Console) -> None:
    """Print the table and how many goals are met."""
    console.print(table(report.figures))
    judged = [one.met for one in report.figures if one.met is not None]
    console.print(f"{sum(judged)} of {len(judged)} goals met")


def write(report: Report, path: Path, *, command: str, date: str) -> None:
    """Write the file."""
    facts = {"command": command, "date": date, **merged(EMPTY, report.facts)}
    facts["goals"] = {one.measure: one.met for one in report.figures if one.met is not None}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _cells(one: Figure) -> list[str]:
    return [
        one.measure,
        _number(one.value, one.unit),
        "" if one.floor is None else _number(one.floor, one.unit),
        "" if one.ratio is None else f"{one.ratio:.2f}×",
        one.goal,
        {None: "", True: "yes", False: "no"}[one.met],
    ]


def publish(report: Report, page: Path, *, command: str, date: str) -> None:
    """Put the table in the place of the one that a page has."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    block = f"{BEGIN}\n`{command}`, {date}:\n\n{markdown(report.figures)}\n{END}"
    page.write_text(before + block + after, encoding="utf-8")


def _number(value: float, unit: str) -> str:
    if isinstance(value, int) or value >= 100:
        text = f"{value:,.0f}"
    else:
        text = f"{value:.2f}" if value < 10 else f"{value:.1f}"
    return f"{text} {unit}".rstrip()
