"""`python -m bench.preview`: how long the preview of a calendar takes on many running chains.

The chains are made up, each somewhere on its way through land to construction, with clocks that
run, lights that are lit and promises that are open. Goal: 10,000 of them in under a minute.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import NamedTuple

from groundwork.catalogue.calendars import load_calendar, newest_calendar_version
from groundwork.catalogue.loader import content_hash, latest
from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain.calendar import Calendar
from groundwork.domain.definition import Mode, Text
from groundwork.domain.model import Actor, Chain, ChainState, DefinitionRef, Launch, Role
from groundwork.domain.rules import Rules
from groundwork.runtime.impacts import Books, Found, Question, reckon_all

GOAL_CHAINS, GOAL_SECONDS = 10_000, 60.0
BATCH = 250
NOW = datetime(2026, 9, 28, 2, tzinfo=UTC)
PERSON = Actor(id="bench", role=Role.ADMINISTRATOR)
USCC = "91440784MA0000015C"


class Stock(NamedTuple):
    """Made-up chains as their snapshots, and what they are decided by."""

    snapshots: list[str]
    books: Books
    question: Question


def typhoon(base: Calendar) -> Calendar:
    """The calendar with a day before `NOW` and one after it on which nobody works."""
    name = Text(zh="台风停工", en="Typhoon")
    closed = {date(2026, 9, 24): name, date(2026, 9, 29): name}
    return base.model_copy(update={"version": "cn-2026.99", "closed": closed})


def stock(chains: int, kinds: int = 60) -> Stock:
    """So many chains, of so many different stories."""
    definition = latest("land-to-construction")
    base = load_calendar(newest_calendar_version())
    changed = typhoon(base)
    calendars = {one.version: one for one in (base, changed)}
    pinned = content_hash(definition)
    rules = Rules(definition, base, calendars.__getitem__)
    stories = [
        chain
        for number in range(kinds)
        if (chain := _play(rules, pinned, number)).state is ChainState.RUNNING
    ]
    snapshots = [
        _renamed(stories[number % len(stories)], number).model_dump_json()
        for number in range(chains)
    ]
    books = Books({pinned: definition}, calendars)
    return Stock(snapshots, books, Question(changed.version, NOW, particulars=100))


def _renamed(chain: Chain, number: int) -> Chain:
    launch = chain.launch.model_copy(update={"chain_id": f"{chain.launch.chain_id}.{number}"})
    return chain.model_copy(update={"launch": launch})


def _play(rules: Rules, pinned: str, number: int) -> Chain:
    """A chain that began up to fifteen days ago, and how far it came since."""
    began = NOW - timedelta(days=number % 15 + 1)
    reference = DefinitionRef(id=rules.definition.id, version=rules.definition.version, hash=pinned)
    order = Launch(
        chain_id=f"bench.{number}",
        project_code=f"2608-440784-04-01-{number:06d}",
        uscc=USCC,
        definition=reference,
        calendar_version=rules.calendar.version,
        housekeeper="bench",
        district="440784",
        key=f"launch-{number:06d}",
        by=PERSON,
        received_at=began,
    )
    launched = core.launch(rules, order)
    assert isinstance(launched, core.Accepted)
    chain = launched.chain
    for turn in range(number % 12):
        chain = _onward(rules, chain, began + timedelta(hours=7 * turn), turn)
    return core.tick(rules, chain, NOW).chain


def _onward(rules: Rules, chain: Chain, at: datetime, turn: int) -> Chain:
    """Take every step that is ready a little further; leave every third one to its clock."""
    for number, step in enumerate(list(chain.steps.values())):
        definition = rules.step(step.key)
        materials = tuple(one.id for one in definition.materials)
        commands: list[cmd.AnyCommand] = [
            cmd.Receive(step=step.key, materials=materials),
            cmd.Accept(step=step.key),
        ]
        if Mode.COMMITMENT is step.mode:
            commands.insert(1, cmd.SignCommitment(step=step.key, obligations=("as told",)))
        if (number + turn) % 3:
            facts = {"winner_uscc": USCC, "planning_conditions_changed": False}
            given = facts if definition.conversion_gate else {}
            commands.append(
                cmd.Decide.model_validate({"step": step.key, "result": "pass", **given})
            )
        for index, command in enumerate(commands):
            key = f"bench-{turn:04d}-{number:04d}-{index}"
            envelope = cmd.Envelope(key=key, by=PERSON, received_at=at, command=command)
            answer = core.handle(rules, chain, envelope)
            chain = answer.chain if isinstance(answer, core.Accepted) else chain
    return chain


async def batches(snapshots: Sequence[str]) -> AsyncIterator[Sequence[str]]:
    """The snapshots as the store hands them out: page by page."""
    for first in range(0, len(snapshots), BATCH):
        yield snapshots[first : first + BATCH]


async def measure(made: Stock) -> tuple[float, Found]:
    """How long the reckoning takes, the start of the processes included, and what it finds."""
    began = perf_counter()
    found = Found()
    work = reckon_all(made.books, made.question, batches(made.snapshots), len(made.snapshots))
    async for so_far in work:
        found = so_far
    return perf_counter() - began, found


def main() -> None:
    """Measure and say what was found."""
    parser = argparse.ArgumentParser("python -m bench.preview", description=__doc__)
    parser.add_argument("--chains", type=int, default=GOAL_CHAINS)
    chains = parser.parse_args().chains
    made = stock(chains)
    seconds, found = asyncio.run(measure(made))
    total = found.impact.total
    size = sum(map(len, made.snapshots)) / len(made.snapshots) / 1024
    print(f"{chains} chains of {size:.1f} KiB on average: {seconds:.1f} s")
    print(f"chains that change {total.chains}, terms that move {total.later + total.earlier}")
    print(f"goal for {GOAL_CHAINS} chains: under {GOAL_SECONDS:.0f} s")


if __name__ == "__main__":
    main()
