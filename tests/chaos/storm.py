"""A storm: an installation under load on which a plan is carried out, and what is left after it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from groundwork.domain.rules import Rules
from groundwork.runtime.gateway import Gateway
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from tests.chaos import checks
from tests.chaos.clock import library
from tests.chaos.installation import Installation, running_installation
from tests.chaos.load import Clerk, Ledger
from tests.chaos.plan import EVERYTHING, Fault, Kind, make_plan
from tests.chaos.timers import Timer, set_timers
from tests.survival.town import Town

Say = Callable[[str], None]

CALM_SECONDS: Final = 180
"""How long everything may take to be well again."""
LATEST: Final = timedelta(seconds=3)
"""The last timer is due so long before the end of the plan."""


@dataclass(frozen=True)
class Measure:
    """How large a storm is."""

    seed: int
    seconds: float
    """How long things go wrong."""
    gap: float
    """Seconds between two of them, on average."""
    clerks: int
    """How many work on chains that exist; half as many launch chains besides."""
    timers: int
    """Chains on which something falls due meanwhile."""


@dataclass
class Outcome:
    """What was found, line by line; nothing, if all held."""

    ledger: Ledger
    findings: list[str] = field(default_factory=list)


class Storm:
    """Carries a plan out on an installation and says what it does."""

    def __init__(
        self, installation: Installation, measure: Measure, rules: Rules, say: Say
    ) -> None:
        self._there, self._measure, self._rules = installation, measure, rules
        self._began = time.monotonic()
        self._say = say
        self.ledger = Ledger()
        self._without = {Kind.STEP} if library() is None else set()

    async def rage(self) -> Outcome:
        """Let it begin, end and pass; what is found afterwards."""
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(one) for one in self._there.clients()]
            timers = await self._set_timers()
            chains = [one.chain for one in timers]
            self._began = time.monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._measure.seconds), asyncio.TaskGroup() as group:
                    for number in range(self._measure.clerks):
                        clerk = Clerk(f"clerk-{number}", clients, self.ledger, self._measure.seed)
                        group.create_task(clerk.choose(chains))
                    for number in range((self._measure.clerks + 1) // 2):
                        clerk = Clerk(f"keeper-{number}", clients, self.ledger, self._measure.seed)
                        group.create_task(clerk.live_stories(self._rules))
                    group.create_task(self._carry_out())
            return await self._after(timers, Clerk("last", clients, self.ledger, 0))

    async def _set_timers(self) -> list[Timer]:
        there = self._there
        client = await connect(Settings(), address=there.temporal.address)
        town = Town(Gateway(client), {}, there.database, self._rules)
        spread = timedelta(seconds=self._measure.seconds) - LATEST
        # To set them takes a moment, so they begin a little later than the storm.
        first = datetime.now(UTC) + timedelta(seconds=0.3 * self._measure.timers)
        return await set_timers(town, self._measure.timers, first, spread, self._measure.seed)

    async def _carry_out(self) -> None:
        plan = make_plan(self._measure.seed, self._measure.seconds, self._measure.gap)
        for fault in plan:
            await asyncio.sleep(fault.at - (time.monotonic() - self._began))
            if fault.kind in self._without:
                self._tell(f"{fault}: left out, libfaketime is not installed")
                continue
            self._tell(str(fault))
            asyncio.create_task(self._let_happen(fault)).add_done_callback(_none_failed)

    async def _let_happen(self, fault: Fault) -> None:
        async with self._begun(fault):
            await asyncio.sleep(fault.lasts)

    @asynccontextmanager
    async def _begun(self, fault: Fault) -> AsyncIterator[None]:
        there, target = self._there, fault.target
        keeper = there.keeper
        match fault.kind:
            case Kind.KILL:
                for name in keeper.parts if target == EVERYTHING else [target]:
                    keeper.kill(name)
                yield
            case Kind.FREEZE:
                keeper.freeze(target)
                yield
                keeper.thaw(target)
            case Kind.FILL:
                pid = keeper.parts[target].process.pid
                await asyncio.to_thread(there.disks[target].fill, pid)
                yield
                there.disks[target].free()
            case Kind.STEP:
                there.clocks[target].step(fault.amount)
                yield
                there.clocks[target].step(0)
            case Kind.CUT | Kind.SILENCE | Kind.SLOW:
                links = there.links(target)
                for link in links:
                    {Kind.CUT: link.cut, Kind.SILENCE: link.silence}.get(
                        fault.kind, lambda link=link: link.slow(fault.amount)
                    )()
                yield
                for link in links:
                    link.mend()

    async def _after(self, timers: Sequence[Timer], clerk: Clerk) -> Outcome:
        there, ledger = self._there, self.ledger
        self._calm()
        outcome = Outcome(ledger)
        calmed = time.monotonic()
        try:
            async with asyncio.timeout(CALM_SECONDS):
                await there.ready(CALM_SECONDS)
                for order in ledger.unsettled:
                    await clerk.deliver(order)
                record = await self._settled(timers)
        except TimeoutError:
            outcome.findings.append(f"not well again {CALM_SECONDS} s after all was mended")
            outcome.findings += list(there.lines)[-20:]
            self._sum_up(timers, checks.read_record(there.database), outcome)
            return outcome
        self._tell(f"well again {time.monotonic() - calmed:.1f} s after all was mended")
        client = await connect(Settings(), address=there.temporal.address)
        outcome.findings += ledger.wrong
        outcome.findings += checks.commands(ledger, record)
        outcome.findings += checks.timers(timers, record)
        outcome.findings += await checks.audit(there.database, self._rules.definition)
        outcome.findings += await checks.chains(client, record)
        if failure := there.keeper.failure():
            outcome.findings.append(f"the keeper failed: {failure}")
        self._sum_up(timers, record, outcome)
        return outcome

    def _calm(self) -> None:
        for relay in self._there.relays.values():
            relay.mend()
        for disk in self._there.disks.values():
            disk.free()
        for clock in self._there.clocks.values():
            clock.step(0)
        for name in self._there.keeper.parts:
            self._there.keeper.thaw(name)

    async def _settled(self, timers: Sequence[Timer]) -> dict[str, list[checks.Entry]]:
        """The record, once it has all that was acknowledged and all that fell due."""
        told: dict[str, int] = {}
        for key, seq in self.ledger.acknowledged.items():
            chain = self.ledger.orders[key].chain or ""
            told[chain] = max(told.get(chain, 0), seq)
        while True:
            record = checks.read_record(self._there.database)
            behind = [chain for chain, seq in told.items() if len(record.get(chain, [])) < seq]
            late = checks.timers(timers, record)
            if not behind and not late and not checks.waiting(self._there.database):
                return record
            await asyncio.sleep(0.2)

    def _sum_up(
        self, timers: Sequence[Timer], record: dict[str, list[checks.Entry]], outcome: Outcome
    ) -> None:
        ledger = self.ledger
        self._say(
            f"{len(ledger.orders)} orders on {len(record)} chains: {len(ledger.acknowledged)}"
            f" acknowledged, {len(ledger.given_up)} given up; {_counted(ledger.manners)}"
        )
        self._say(f"answers: {_counted(ledger.answers)}")
        self._say(f"started: {_counted(self._there.keeper.starts)}")
        events = sum(len(entries) for entries in record.values())
        self._say(f"{events} events on record; {sum(len(t.fires) for t in timers)} rungs fell due")
        self._say("\n".join(["FOUND:", *outcome.findings]) if outcome.findings else "nothing found")

    def _tell(self, line: str) -> None:
        self._say(f"[{time.monotonic() - self._began:6.1f} s] {line}")


async def play(measure: Measure, rules: Rules, say: Say) -> Outcome:
    """Set an installation up, let a storm pass over it and tell what is left."""
    say(
        f"seed {measure.seed}: {measure.seconds:g} s on two servers, two workers and two API"
        f" processes; {measure.clerks} clerks, {measure.timers} timers"
    )
    async with running_installation(rules.definition) as installation:
        hows = {disk.how for disk in installation.disks.values()}
        say(f"a full disk is {', '.join(sorted(hows))}")
        return await Storm(installation, measure, rules, say).rage()


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def _none_failed(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.result()
