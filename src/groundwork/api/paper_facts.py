"""What papers are written from: the history of a chain, and how a paper says days, sums and people.

A paper states facts as they were when it was issued: `as_of` folds the history up to that event.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Final, TypeVar

from groundwork.api.chains import find_chain
from groundwork.api.languages import Language, half, said
from groundwork.api.visit import Visit
from groundwork.domain import events as ev
from groundwork.domain.calendar import SHANGHAI, end_of
from groundwork.domain.definition import ChainDefinition, Limit, Text
from groundwork.domain.fold import fold
from groundwork.domain.model import Actor, Chain, Step
from groundwork.domain.names import ROLES, UNITS
from groundwork.store.ledger import EVENT
from groundwork.store.paging import Row

History = Sequence[ev.AnyEvent]

_WHOLE: Final = 1_000_000
_Kind = TypeVar("_Kind", bound=ev.AnyEvent)


async def whole_case(visit: Visit, chain_id: str) -> tuple[Row, History, Chain]:
    """A chain's head, everything that happened to it, oldest first, and what that led to.

    Raises Problem (chain_not_found).
    """
    row, _ = await find_chain(visit, chain_id)
    rows = await visit.resources.reads.timeline(chain_id, limit=_WHOLE)
    events = [EVENT.validate_python(one["body"]) for one in rows]
    return row, events, fold(events)


def last(
    events: History, kind: type[_Kind], which: Callable[[_Kind], bool] = lambda _: True
) -> _Kind | None:
    """The last event of a kind that is so, or None."""
    found = (one for one in reversed(events) if isinstance(one, kind) and which(one))
    return next(found, None)


def as_of(events: History, seq: int) -> Chain:
    """The chain as it stood after the event of that number."""
    return fold([event for event in events if event.seq <= seq])


class PaperWords:
    """How a paper in one language says things."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def say(self, zh: str, en: str) -> str:
        """Whichever of the two is in the paper's language."""
        return en if self.language == "en" else zh

    def said(self, text: Text) -> str:
        """A text in the paper's language."""
        return said(text, self.language)

    def listed(self, words: Iterable[str]) -> str:
        """Some words in a row."""
        return self.say("、", ", ").join(words)

    def day(self, day: date) -> str:
        """A day in full."""
        return self.say(f"{day.year}年{day.month}月{day.day}日", day.isoformat())

    def moment(self, at: datetime | None) -> str:
        """A moment by the clock in Heshan, or a dash."""
        if at is None:
            return "—"
        local = at.astimezone(SHANGHAI)
        return f"{self.day(local.date())} {local:%H:%M}"

    def term(self, on: date | None, before: datetime | None) -> str:
        """A last day, with its hour where the term ends before midnight; empty for none."""
        if on is None:
            return ""
        return self.day(on) if before in {None, end_of(on)} else self.moment(before)

    def amount(self, amount: int, limit: Limit) -> str:
        """So many of what a limit counts."""
        return f"{amount} {self.said(UNITS[limit.unit.value])}"

    def limit(self, limit: Limit) -> str:
        """How long a limit is."""
        return self.amount(limit.amount, limit)

    def source(self, source: str) -> str:
        """A source that is written as `中文 · English`, in one of them; others as they are."""
        return half(source, self.language)

    def person(self, actor: Actor) -> str:
        """Who did something, by role and opaque id: papers name nobody."""
        who = f"{self.said(ROLES[actor.role])} {actor.id}"
        if actor.on_behalf_of is None:
            return who
        return who + self.say(f"（代 {actor.on_behalf_of}）", f" (for {actor.on_behalf_of})")

    def step(self, chain: Chain, step: Step, definition: ChainDefinition) -> str:
        """A step by its key and name, with the name of its unit or phase."""
        named = definition.step(step.key)
        part = step.key.partition(".")[2]
        phases = {phase.id: self.said(phase.name) for phase in named.phases}
        units = {unit.id: unit.name for unit in chain.units.values()} if named.per_unit else {}
        of = (phases | units).get(part)
        return f"{step.key} {self.said(named.name)}" + (f" · {of}" if of else "")

    def department(self, definition: ChainDefinition, department: str) -> str:
        """A department's name."""
        return self.said(definition.department(department).name)

    def case(
        self, chain: Chain, key: str, definition: ChainDefinition, row: Row
    ) -> list[tuple[str, str]]:
        """The facts that every paper about a step begins with; `row` is its chain's head."""
        return [
            (self.say("项目", "Project"), row["project_name"]),
            (self.say("项目代码", "Project code"), chain.launch.project_code),
            (self.say("企业", "Enterprise"), row["enterprise"]),
            (self.say("事项", "Item"), self.step(chain, chain.steps[key], definition)),
            (
                self.say("办理部门", "Department"),
                self.department(definition, definition.step(key).lead),
            ),
        ]

    def basis(self, *named: tuple[str, str]) -> list[str]:
        """What a paper stands on: each source once, after what it is the source of."""
        by_source: dict[str, list[str]] = {}
        for name, source in named:
            names = by_source.setdefault(self.source(source), [])
            names += [name] if name not in names else []
        colon = self.say("：", ": ")
        return [f"{self.listed(names)}{colon}{source}" for source, names in by_source.items()]
