"""Chains held against their record, after one of the two was restored without the other.

A chain's history is replayed, which asks no worker and changes nothing. The record is behind where
the history brought forth more, and can be given the rest; the chain is behind where the record has
more, and can go on from the record as a new execution.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHistory
from temporalio.common import TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.worker import Replayer

from groundwork.console.engine import reach
from groundwork.console.histories import Why, histories, status_of, unreadable
from groundwork.console.interventions import noted
from groundwork.console.preparing import database
from groundwork.demonstration.workflows import PARK_CHAINS, ParkInput
from groundwork.domain.batch import RecordBatch
from groundwork.domain.events import AnyEvent
from groundwork.domain.fold import fold
from groundwork.domain.model import ChainState
from groundwork.runtime.gateway import case_of, title
from groundwork.runtime.keyrings import payload_keys
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import TemporalError, plugin
from groundwork.store.audit import entries, heads, one_moment
from groundwork.store.errors import StoreError
from groundwork.store.ledger import EVENT, storable
from groundwork.store.projects import Projects
from groundwork.store.recorder import Recorder
from groundwork.worker import CHAINS, stock_from_catalogue, stock_from_store
from groundwork.workflows import board, shelf
from groundwork.workflows.about import fitted
from groundwork.workflows.chain import ChainWorkflow
from groundwork.workflows.ports import Carried, ChainInput, Handled
from groundwork.workflows.retold import Retold

SECOND_LOOK_SECONDS: Final = 2.0
"""Two who disagree may only be a moment apart: they are asked again."""
REASON: Final = "restored: goes on from the record"
RERECORDED: Final = "the record was behind"
SEVERAL: Final = 3
"""From so many lost chains on, it is asked whether this is their engine at all."""


ALIVE: Final = frozenset({WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED})
"""An execution that runs, or that came to its end by itself."""


class Standing(StrEnum):
    """How a chain and its record stand to each other."""

    AGREE = "agree"
    RECORD_BEHIND = "record_behind"
    CHAIN_BEHIND = "chain_behind"
    NO_CHAIN = "no_chain"
    """The record has a running chain that the engine has not."""
    CONFLICT = "conflict"
    """An event of the same number is another one."""
    UNREADABLE = "unreadable"
    """The history cannot be read or replayed here, or part of it is gone."""


class Comparison(NamedTuple):
    """One chain: the number of the last event on record, and of the last that the chain knows."""

    chain: str
    standing: Standing
    recorded: int
    known: int
    events: tuple[AnyEvent, ...] = ()
    """What the record lacks."""
    ended: bool = False
    """Whether the chain has come to its end by its record."""
    why: Why | None = None
    """Why a history is UNREADABLE."""
    kept: bool = True
    """Whether the engine keeps any execution of the chain."""


class Mended(NamedTuple):
    """A comparison, and what was done about it; `reason` says why nothing could be."""

    found: Comparison
    mended: bool = False
    reason: str = ""


class Kinds(NamedTuple):
    """The workflow types that carry chains, and what they begin with."""

    types: Sequence[type[ChainWorkflow]]
    begins: type[ChainInput]


LIVE: Final = Kinds(CHAINS, ChainInput)
PLAYED: Final = Kinds(PARK_CHAINS, ParkInput)
"""Those of the demonstration."""


class Looked(NamedTuple):
    """What was found, and at which engine."""

    address: str
    namespace: str
    found: list[Comparison]

    @property
    def astray(self) -> bool:
        """Whether the engine knows so few of the chains on record that it may be another one."""
        lost = sum(one.standing is Standing.NO_CHAIN and not one.kept for one in self.found)
        known = sum(one.recorded > 0 and one.kept for one in self.found)
        return lost >= SEVERAL and lost > known

    @property
    def keyless(self) -> list[Comparison]:
        """The running chains that were encrypted with keys which are not here."""
        return [one for one in self.found if one.why is Why.KEY_MISSING and not one.ended]


class WrongNamespace(TemporalError):
    """Chains must not go on where rehearsals are played."""


def require_live(namespace: str, settings: Settings) -> None:
    """Raise WrongNamespace for the namespace of rehearsals."""
    if namespace == settings.rehearsal_namespace:
        raise WrongNamespace(
            f"{namespace} 是预演命名空间，链条不得在其中继续；请修改 TEMPORAL_NAMESPACE。 "
            f"{namespace} is the namespace of rehearsals, where no chain may go on: correct "
            "TEMPORAL_NAMESPACE."
        )


class Reconciling:
    """Compares all chains of an installation, and mends them if it is told to."""

    def __init__(self, settings: Settings, url: str, address: str | None = None) -> None:
        self._settings = settings
        self._url = url
        self._address = address
        self._kinds = PLAYED if settings.demo else LIVE

    async def run(self) -> Looked:
        """Hold every chain of the record or the engine against the other.

        Raises StoreError, TemporalError.
        """
        async with self._opened() as (client, engine):
            found = [
                await self._twice(client, engine, chain_id)
                async for chain_id in _chain_ids(client, engine)
            ]
            return Looked(client.service_client.config.target_host, client.namespace, found)

    async def mend(self, chain_ids: Iterable[str]) -> list[Mended]:
        """Look at these again, and mend what can be. Raises StoreError, TemporalError."""
        async with self._opened() as (client, engine):
            require_live(client.namespace, self._settings)
            return [await self._mended(client, engine, one) for one in chain_ids]

    async def look(self, chain_id: str) -> Comparison:
        """One chain against its record. Raises StoreError, TemporalError."""
        async with self._opened() as (client, engine):
            recorded = await _recorded(engine, chain_id)
            if not recorded:
                return Comparison(chain_id, Standing.NO_CHAIN, 0, 0)
            ended = fold(recorded.values()).state is not ChainState.RUNNING
            found = await self._compare(client, engine, chain_id)
            return found._replace(ended=ended)

    async def rerecord(self, chain_id: str, *, mend: bool) -> Mended:
        """Record what the record lacks of one chain. Raises StoreError, TemporalError."""
        async with self._opened() as (client, engine):
            if await status_of(client, chain_id) is None:
                return Mended(Comparison(chain_id, Standing.NO_CHAIN, 0, 0, kept=False))
            if not mend:
                return Mended(await self._twice(client, engine, chain_id))
            require_live(client.namespace, self._settings)
            return await self._mended(client, engine, chain_id, only_record=True)

    async def restart(self, chain_id: str, reason: str) -> None:
        """End a chain's execution and let it go on from its record, which must have a running one.

        The engine keeps the old execution and the reason. Raises StoreError, TemporalError.
        """
        async with self._opened() as (client, engine):
            require_live(client.namespace, self._settings)
            await self._restart(client, engine, chain_id, reason)
            noted("restart", chain=chain_id, reason=reason)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[tuple[Client, AsyncEngine]]:
        engine = database(self._url)
        try:
            stock_from_catalogue()
            await stock_from_store(engine)
            yield await reach(self._settings, self._address), engine
        finally:
            await engine.dispose()

    async def _twice(self, client: Client, engine: AsyncEngine, chain_id: str) -> Comparison:
        found = await self._compare(client, engine, chain_id)
        if found.standing is not Standing.AGREE:
            await asyncio.sleep(SECOND_LOOK_SECONDS)
            found = await self._compare(client, engine, chain_id)
        return found

    async def _mended(
        self, client: Client, engine: AsyncEngine, chain_id: str, *, only_record: bool = False
    ) -> Mended:
        found = await self._twice(client, engine, chain_id)
        match found.standing:
            case Standing.RECORD_BEHIND:
                return await _record(engine, found)
            case Standing.CHAIN_BEHIND | Standing.NO_CHAIN if not only_record:
                await self._restart(client, engine, chain_id)
                noted("mend", chain=chain_id, reason=REASON)
                return Mended(found, mended=True)
        return Mended(found)

    async def _compare(
        self, client: Client, engine: AsyncEngine, chain_id: str, *, ended: bool = False
    ) -> Comparison:
        """`ended`: what the engine kept of an execution that was terminated counts as well."""
        recorded = await _recorded(engine, chain_id)
        last = max(recorded, default=0)
        status = await status_of(client, chain_id)
        if status is None or (not ended and status not in ALIVE):
            standing = Standing.NO_CHAIN if _runs_by(recorded) else Standing.AGREE
            return Comparison(chain_id, standing, last, 0, kept=status is not None)
        retold = Retold()
        async for history in histories(client, chain_id):
            if (why := await self._unretold(client, history, retold)) is not None:
                over = bool(recorded) and not _runs_by(recorded)
                return Comparison(chain_id, Standing.UNREADABLE, last, 0, ended=over, why=why)
            if min(retold.events[chain_id], default=last + 1) <= last + 1:
                break
        known, told = retold.last.get(chain_id, 0), retold.events[chain_id]
        if any(storable(told[seq])[0] != event for seq, event in recorded.items() if seq in told):
            return Comparison(chain_id, Standing.CONFLICT, last, known)
        lacking = tuple(told[seq] for seq in range(last + 1, known + 1) if seq in told)
        if len(lacking) < known - last:
            return Comparison(chain_id, Standing.UNREADABLE, last, known, why=Why.GONE)
        return Comparison(chain_id, _standing(last, known), last, known, lacking)

    async def _unretold(
        self, client: Client, history: WorkflowHistory, retold: Retold
    ) -> Why | None:
        """Have a run retold by a replay; why it could not be."""
        keys = payload_keys(self._settings)
        if why := await unreadable(client, history, keys, self._kinds.begins):
            return why
        bare = self._settings.model_copy(update={"sandbox": False})
        configured = plugin(bare, interceptors=[retold])
        replayer = Replayer(workflows=self._kinds.types, plugins=[configured])
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        return Why.OTHER_CODE if result.replay_failure else None

    async def _restart(
        self, client: Client, engine: AsyncEngine, chain_id: str, reason: str = REASON
    ) -> None:
        """Let the chain go on from its record, with a new execution.

        Commands that are on record are known by their keys: sent again they are refused.
        """
        if await status_of(client, chain_id) is WorkflowExecutionStatus.RUNNING:
            await client.get_workflow_handle(chain_id).terminate(reason=reason)
            # People may have acted until that moment: what the engine kept of it is not lost.
            found = await self._compare(client, engine, chain_id, ended=True)
            if found.standing is Standing.RECORD_BEHIND:
                await _give(engine, found)
        recorded = await _recorded(engine, chain_id)
        chain = fold(recorded.values())
        handled = {
            event.key: Handled(digest="", seq=event.seq)
            for event in recorded.values()
            if event.key is not None
        }
        rules = shelf.rules(chain.definition.hash, chain.calendar_version)
        shown = board.fixed(chain) | board.shown(rules, chain)
        project = await Projects(engine).get(chain.launch.project_code)
        await client.start_workflow(
            rules.definition.workflow_type,
            self._kinds.begins(launch=chain.launch, carried=Carried(chain=chain, handled=handled)),
            id=chain_id,
            task_queue=self._settings.task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            search_attributes=TypedSearchAttributes(board.pairs(shown)),
            static_summary=fitted(title(rules.definition, case_of(project) if project else "")),
            static_details=board.introduction(rules, chain_id, self._settings.api_url),
        )


async def _give(engine: AsyncEngine, found: Comparison) -> None:
    """Record what the record lacks. Raises StoreError."""
    batch = RecordBatch(chain_id=found.chain, recorded_at=datetime.now(UTC), events=found.events)
    await Recorder(engine, shelf.definition).record(batch)


async def _record(engine: AsyncEngine, found: Comparison) -> Mended:
    try:
        await _give(engine, found)
    except StoreError as error:
        return Mended(found, reason=str(error))
    noted("rerecord", chain=found.chain, reason=RERECORDED, count=len(found.events))
    return Mended(found, mended=True)


def _standing(recorded: int, known: int) -> Standing:
    if recorded == known:
        return Standing.AGREE
    return Standing.RECORD_BEHIND if recorded < known else Standing.CHAIN_BEHIND


async def _chain_ids(client: Client, engine: AsyncEngine) -> AsyncIterator[str]:
    """Every chain on record, then those that the engine alone knows."""
    async with one_moment(engine) as connection:
        seen = [chain_id async for chain_id, _ in heads(connection, None)]
    for chain_id in seen:
        yield chain_id
    # Those of the demonstration go by the same names.
    kinds = " OR ".join(f"WorkflowType = '{kind.__name__}'" for kind in CHAINS)
    # One that has come to its end since an older record was made is lost to it as well.
    query = f"ExecutionStatus IN ('Running', 'Completed') AND ({kinds})"
    known = set(seen)
    async for execution in client.list_workflows(query):
        if execution.id not in known:
            known.add(execution.id)
            yield execution.id


async def _recorded(engine: AsyncEngine, chain_id: str) -> Mapping[int, AnyEvent]:
    async with one_moment(engine) as connection:
        history = await entries(connection, chain_id)
    return {entry.seq: EVENT.validate_python(entry.body) for entry in history}


def _runs_by(recorded: Mapping[int, AnyEvent]) -> bool:
    """Whether a chain runs by its record."""
    return bool(recorded) and fold(recorded.values()).state is ChainState.RUNNING
