"""Reckons the impact of an adoption on many chains, on every core that the machine has.

A process of the pool gets the definitions and calendars once and snapshots in batches; it gives
back sums, and the particulars of the first chains that would change.
"""

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from typing import NamedTuple

from groundwork.domain.calendar import Calendar
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.impact import ChainImpact, Impact, Tallies, impact, upgrade_impact
from groundwork.domain.model import Chain, DefinitionRef
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules

WORTH_A_POOL = 1_000
"""Fewer chains are reckoned before another process has started."""


class Books(NamedTuple):
    """What chains are decided by: definitions by content hash, calendars by version."""

    definitions: Mapping[str, ChainDefinition]
    calendars: Mapping[str, Calendar]


class Question(NamedTuple):
    """Which version would be adopted, at which moment; how many chains to tell apart.

    With `definition` it is that one that would be adopted, else the calendar `version`.
    """

    version: str
    at: datetime
    particulars: int
    definition: DefinitionRef | None = None


class Unfit(NamedTuple):
    """A chain that cannot adopt the definition, and why, in both languages."""

    chain: str
    zh: str
    en: str


@dataclass
class Found:
    """Sums and particulars; `missing` are chains whose definition or calendar is not at hand.

    `unfit` are those that a definition does not fit.
    """

    tallies: Tallies = field(default_factory=Tallies)
    chains: list[ChainImpact] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unfit: list[Unfit] = field(default_factory=list)

    def merge(self, other: "Found", particulars: int) -> None:
        """Add what was found elsewhere."""
        self.tallies.merge(other.tallies)
        self.chains = (self.chains + other.chains)[:particulars]
        self.missing += other.missing
        self.unfit += other.unfit

    @property
    def impact(self) -> Impact:
        """The sums."""
        return self.tallies.result


def reckon(books: Books, question: Question, snapshots: Sequence[str]) -> Found:
    """The impact on these chains, given as their snapshots in JSON."""
    found = Found()
    rules = lru_cache(maxsize=256)(partial(_rules, books))
    for snapshot in snapshots:
        chain = Chain.model_validate_json(snapshot)
        try:
            pinned = rules(chain.definition.hash, chain.calendar_version)
            one = _impact(pinned, chain, question)
        except KeyError:
            found.missing.append(chain.id)
            continue
        except Rejection as rejection:
            if rejection.reason is Reason.DEFINITION_UNFIT:
                said = rejection.params
                found.unfit.append(Unfit(chain.id, said["detail_zh"], said["detail_en"]))
            # Time alone may end a chain before the adoption; anything else is worth a look.
            elif rejection.reason is not Reason.CHAIN_CLOSED:
                found.missing.append(chain.id)
            continue
        found.tallies.add([one])
        if one.touched and len(found.chains) < question.particulars:
            found.chains.append(one)
    return found


def _impact(rules: Rules, chain: Chain, question: Question) -> ChainImpact:
    if question.definition is not None:
        return upgrade_impact(rules, chain, question.definition, question.at)
    return impact(rules, chain, question.version, question.at)


def _rules(books: Books, definition: str, calendar: str) -> Rules:
    return Rules(
        books.definitions[definition],
        books.calendars[calendar],
        books.calendars.__getitem__,
        books.definitions.__getitem__,
    )


_Task = Callable[[Question, Sequence[str]], Found]

_books = Books({}, {})


def _open_books(books: Books) -> None:
    global _books  # noqa: PLW0603 -- each process of the pool is given its books once
    _books = books


def _reckon_here(question: Question, snapshots: Sequence[str]) -> Found:
    return reckon(_books, question, snapshots)


async def reckon_all(
    books: Books, question: Question, batches: AsyncIterator[Sequence[str]], expected: int
) -> AsyncIterator[Found]:
    """What is found so far, after each batch; the last answer is about all of them."""
    found = Found()
    executor, task = _workforce(books, expected)
    loop = asyncio.get_running_loop()
    running: list[asyncio.Future[Found]] = []
    try:
        async for batch in batches:
            running.append(loop.run_in_executor(executor, task, question, batch))
            if len(running) > 2 * (os.cpu_count() or 1):
                found.merge(await running.pop(0), question.particulars)
                yield found
        for one in running:
            found.merge(await one, question.particulars)
        yield found
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _workforce(books: Books, expected: int) -> tuple[Executor, _Task]:
    if expected < WORTH_A_POOL:
        return ThreadPoolExecutor(1), partial(reckon, books)
    # A fork would copy the locks of this process's threads as they happen to stand.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(mp_context=context, initializer=_open_books, initargs=(books,))
    return pool, _reckon_here
