"""A chain played many times on the pure core, each time with other habits: how sure is its finish?

The habits that people may have, and how often, are data of a version of its own. The same question
always gets the same answer: the habits of a play are drawn by its number.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from math import ceil
from pathlib import Path
from random import Random
from typing import Any, Final, Literal, NamedTuple

import yaml
from pydantic import Field

from groundwork.domain import events as ev
from groundwork.domain.base import Frozen
from groundwork.domain.calendar import local_date
from groundwork.domain.definition import Provenance, Text
from groundwork.domain.model import SETTLED, Light
from groundwork.domain.rules import Rules
from groundwork.rehearsal.plan import Plan, make_plan
from groundwork.rehearsal.script import Choices, Project
from groundwork.rehearsal.typical import Habits, typical_script
from groundwork.rehearsal.wording import Wording

DEFAULT: Final = "default-1.0.0"
_FOLDER: Final = Path(__file__).with_name("habits")

Weights = dict[int, int]


class BookSource(Frozen):
    """Where the figures of a book of habits come from."""

    provenance: Provenance
    text: str


class HabitBook(Frozen):
    """How people may act, each value with its weight; `never` is how often nothing is corrected."""

    id: str
    version: str
    source: BookSource
    plays: int = Field(ge=2, le=500)
    share: Weights
    handing_in: Weights
    accepting: Weights
    correcting: dict[int | Literal["never"], int]

    def draw(self, chance: Random) -> Habits:
        """One person's habits."""
        correcting = _drawn(chance, self.correcting)
        return Habits(
            share=_drawn(chance, self.share),
            handing_in=_drawn(chance, self.handing_in),
            accepting=_drawn(chance, self.accepting),
            correcting=None if correcting == "never" else correcting,
        )


class Question(NamedTuple):
    """What is played: the choices of a launch, and when it would be launched."""

    rules: Rules
    start: datetime
    choices: Choices
    project: Project


class Mark(NamedTuple):
    """Something that happened on a step besides its usual course: a rung, or a correction."""

    kind: Literal["rung", "correction"]
    step: str
    rung: str = ""


class Play(NamedTuple):
    """What one play came to; `finish` is None where a step was left undecided."""

    finish: date | None
    marks: Mapping[Mark, date]


class Spread(Frozen):
    """When a chain would be done in so many plays: in half of them by `p50`, in most by `p90`."""

    plays: int
    unfinished: int
    earliest: date
    p50: date
    p90: date
    latest: date


class Risk(Frozen):
    """What happened on a step in `percent` of the plays; `on` is the median day."""

    kind: Literal["rung", "correction"]
    step: str
    name: Text
    department: str
    what: Text
    light: Light
    recipients: tuple[str, ...]
    percent: int
    on: date


@lru_cache(maxsize=4)
def load_habits(name: str = DEFAULT) -> HabitBook:
    """A published book of habits by its name and version."""
    data = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return HabitBook.model_validate(data)


def play_varied(question: Question, book: HabitBook, number: int) -> Play:
    """Play the chain once, as people act in the play of that number. Raises Rejection."""
    rules, start, choices, project = question
    # Habits are chance of a play, no secret of anybody's.
    chance = Random(f"{book.id}-{book.version}:{number}")
    kept: dict[str, Habits] = {}

    def habits_of(key: str) -> Habits:
        return kept.setdefault(key, book.draw(chance))

    script = typical_script(rules, start, choices, project, habits_of)
    return played(make_plan(script, rules))


def played(plan: Plan) -> Play:
    """What a play came to."""
    marks: dict[Mark, date] = {}
    for event in plan.events:
        if isinstance(event, ev.EscalationFired):
            marks.setdefault(Mark("rung", event.step, event.rung), local_date(event.at))
        elif isinstance(event, ev.CorrectionRequested):
            marks.setdefault(Mark("correction", event.step), local_date(event.at))
    return Play(finish_of(plan), marks)


def finish_of(plan: Plan) -> date | None:
    """The day of the last decision; None while a step is not settled.

    Promises that outlive their steps are not counted, as in a forecast.
    """
    if any(step.state not in SETTLED for step in plan.chain.steps.values()):
        return None
    last = (e.at for e in plan.events if isinstance(e, ev.StepDecided | ev.StepExempted))
    return local_date(max(last, default=plan.until))


def spread_of(plays: Iterable[Play]) -> Spread | None:
    """How far the finishes lie apart; None when no play came to an end."""
    every = list(plays)
    ends = sorted(one.finish for one in every if one.finish is not None)
    if not ends:
        return None
    return Spread(
        plays=len(every),
        unfinished=len(every) - len(ends),
        earliest=ends[0],
        p50=_quantile(ends, 50),
        p90=_quantile(ends, 90),
        latest=ends[-1],
    )


def risks_of(rules: Rules, plays: Iterable[Play], least: int = 5) -> list[Risk]:
    """What happened in at least so many percent of the plays, by day."""
    days: defaultdict[Mark, list[date]] = defaultdict(list)
    count = 0
    for play in plays:
        count += 1
        for mark, day in play.marks.items():
            days[mark].append(day)
    found = list(_risks(rules, days, max(count, 1), least))
    return sorted(found, key=lambda one: (one.on, one.step, one.kind))


def _risks(rules: Rules, days: Mapping[Mark, list[date]], count: int, least: int) -> Iterator[Risk]:
    definition = rules.definition
    words = Wording(definition)
    for mark, seen in days.items():
        percent = round(100 * len(seen) / count)
        if percent < least:
            continue
        rung = next((r for r in definition.ladder_of(mark.step) if r.id == mark.rung), None)
        yield Risk(
            kind=mark.kind,
            step=mark.step,
            name=words.step_name(mark.step),
            department=definition.step(mark.step).lead,
            what=rung.name if rung else _CORRECTION,
            light=Light(rung.light) if rung else Light.PAUSED,
            recipients=rung.recipients if rung else ("project_manager",),
            percent=percent,
            on=_quantile(sorted(seen), 50),
        )


def _quantile(days: list[date], percent: int) -> date:
    return days[ceil(len(days) * percent / 100) - 1]


def _drawn(chance: Random, weights: Mapping[Any, int]) -> Any:
    return chance.choices(list(weights), list(weights.values()))[0]


_CORRECTION: Final = Text(zh="材料补正，受理前停表", en="papers to be corrected before acceptance")
