"""Rehearsals before a launch (启动前预演), one at a time in each process, kept for an hour.

A rehearsal plays the chain many times on the pure core, each time with other habits, and once on
the real engine in the namespace of rehearsals, where time is skipped and nobody is told anything.
Where that engine cannot be had, the pure core's own play stands in for it, and says so.
"""

import asyncio
import time
from collections import OrderedDict
from datetime import date
from hashlib import sha256
from typing import Final, Literal, NamedTuple

import structlog
from temporalio.service import RPCError

from groundwork.api.errors import Problem
from groundwork.catalogue.loader import content_hash
from groundwork.domain.calendar import HorizonError
from groundwork.rehearsal.account import report_on
from groundwork.rehearsal.case import CaseReport
from groundwork.rehearsal.driver import Played, play
from groundwork.rehearsal.plan import make_plan
from groundwork.rehearsal.room import RehearsalError, room_at
from groundwork.rehearsal.typical import typical_script
from groundwork.rehearsal.varied import (
    HabitBook,
    Play,
    Question,
    Risk,
    Spread,
    finish_of,
    load_habits,
    play_varied,
    risks_of,
    spread_of,
)
from groundwork.rehearsal.workflows import REHEARSED
from groundwork.runtime.gateway import EngineSilent
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import TemporalError

KEPT_SECONDS: Final = 3600.0
MOST_KEPT: Final = 64
MOST_WAITING: Final = 8
VARIED_SECONDS: Final = 20.0
"""How long a chain is played with other habits; large chains are slow and get fewer plays."""

_AWAY: Final = (RehearsalError, TemporalError, EngineSilent, RPCError, TimeoutError)

log = structlog.stdlib.get_logger(__name__)

State = Literal["waiting", "playing", "ready", "failed"]


class Result(NamedTuple):
    """What a rehearsal came to. `on_engine` is false where only the pure core has played."""

    spread: Spread | None
    risks: list[Risk]
    case: CaseReport
    finish: date | None
    on_engine: bool


class Rehearsal:
    """One rehearsal, under way or done. `progress` is in percent."""

    def __init__(self, question: Question, book: HabitBook) -> None:
        self.question = question
        self.book = book
        self.state: State = "waiting"
        self.progress = 0
        self.beyond = False
        """Whether it failed because it leads beyond all calendars."""
        self.result: Result | None = None
        self.since = time.monotonic()

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in {"ready", "failed"}


class Rehearsals:
    """Plays what is asked for in the background, and remembers what came of it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: OrderedDict[str, Rehearsal] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Semaphore(1)

    def find(self, question: Question) -> Rehearsal | None:
        """The rehearsal of that question, if it was asked within the hour."""
        self._forget_old()
        return self._known.get(key_of(question))

    def begin(self, question: Question) -> Rehearsal:
        """Have it played, unless it is known. Raises Problem (too_many_requests)."""
        known = self.find(question)
        if known is not None and known.state != "failed":
            return known
        if sum(not one.over for one in self._known.values()) >= MOST_WAITING:
            raise Problem("too_many_requests", seconds=60, headers={"Retry-After": "60"})
        rehearsal = Rehearsal(question, load_habits())
        self._known[key_of(question)] = rehearsal
        task = asyncio.create_task(self._perform(rehearsal))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return rehearsal

    async def close(self) -> None:
        """Stop what is under way."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _perform(self, rehearsal: Rehearsal) -> None:
        async with self._turn:
            rehearsal.state = "playing"
            try:
                plays = await _varied(rehearsal)
                rehearsal.result = await self._result(rehearsal, plays)
            except HorizonError:
                rehearsal.beyond = True
            finally:
                # Whatever the reason: nobody is to wait for it any longer.
                rehearsal.state = "ready" if rehearsal.result else "failed"

    async def _result(self, rehearsal: Rehearsal, plays: list[Play]) -> Result:
        rules, start, choices, project = rehearsal.question
        script = typical_script(rules, start, choices, project)
        plan = await asyncio.to_thread(make_plan, script, rules)
        done: Played | None = None
        if rules.definition.workflow_type in _PLAYABLE:
            try:
                async with room_at(self._settings) as room:
                    done = await play(room, plan)
            except _AWAY as error:
                log.warning("rehearsed without the engine", reason=type(error).__name__)
        on_engine = done is not None
        if done is None:
            done = Played(plan, plan.chain, plan.events, {}, 0.0)
        case = await asyncio.to_thread(report_on, done)
        risks = await asyncio.to_thread(risks_of, rules, plays)
        return Result(spread_of(plays), risks, case, finish_of(plan), on_engine)

    def _forget_old(self) -> None:
        before = time.monotonic() - KEPT_SECONDS
        over = [key for key, one in self._known.items() if one.over and one.since < before]
        ready = [key for key, one in self._known.items() if one.over]
        over += ready[: max(0, len(self._known) - MOST_KEPT)]
        for key in over:
            self._known.pop(key, None)


_PLAYABLE: Final = frozenset(kind.__name__.removeprefix("Rehearsed") for kind in REHEARSED)


def key_of(question: Question) -> str:
    """What tells one question from another: definition, calendar, choices, project and start."""
    rules, start, choices, project = question
    said = "\n".join(
        (
            content_hash(rules.definition),
            rules.calendar.version,
            start.isoformat(),
            choices.model_dump_json(),
            project.code,
        )
    )
    return sha256(said.encode()).hexdigest()


async def _varied(rehearsal: Rehearsal) -> list[Play]:
    """The plays with other habits, as many as time allows, and two at least."""
    book, plays = rehearsal.book, list[Play]()
    until = time.monotonic() + VARIED_SECONDS
    for number in range(book.plays):
        plays.append(await asyncio.to_thread(play_varied, rehearsal.question, book, number))
        rehearsal.progress = 80 * (number + 1) // book.plays
        if len(plays) > 1 and time.monotonic() > until:
            break
    rehearsal.progress = 80
    return plays
