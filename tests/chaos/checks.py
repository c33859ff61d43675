"""What must hold when the storm is over, whatever died in it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import psycopg
from temporalio.client import Client

from groundwork.catalogue.loader import available, content_hash, get
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.events import EscalationFired
from groundwork.domain.model import Chain
from groundwork.store.audit import Audit
from groundwork.store.engine import create_engine
from groundwork.store.ledger import EVENT
from groundwork.workflows.shelf import NotOnShelf
from tests.chaos.load import Ledger
from tests.chaos.timers import Timer
from tests.survival.tasks import failed_tasks

OF_THE_STORM = (NotOnShelf.__name__, "_DeadlockError")
"""Why a task fails on a worker that started while the database was away, and so lacks a definition,
and on one that stood still in the middle of it."""


class Entry(NamedTuple):
    """An event on record."""

    seq: int
    key: str | None
    body: object


def read_record(database: str) -> dict[str, list[Entry]]:
    """Every chain's events, in the order of their numbers."""
    record: dict[str, list[Entry]] = defaultdict(list)
    with psycopg.connect(database.replace("+psycopg", "")) as connection:
        rows = connection.execute(
            'SELECT chain_id, seq, key, body FROM event ORDER BY chain_id COLLATE "C", seq'
        )
        for chain, *entry in rows:
            record[chain].append(Entry(*entry))
    return record


def commands(ledger: Ledger, record: dict[str, list[Entry]]) -> list[str]:
    """Every acknowledged command is there once, as acknowledged; every other once or not at all."""
    found: list[str] = []
    for chain, entries in record.items():
        if [one.seq for one in entries] != list(range(1, len(entries) + 1)):
            found.append(f"{chain}: its events are not numbered one by one")
    for key, order in ledger.orders.items():
        if order.chain is None:
            continue
        seqs = [one.seq for one in record.get(order.chain, []) if one.key == key]
        told = ledger.acknowledged.get(key)
        if told is not None and (not seqs or seqs[-1] != told):
            instead = [one.key for one in record.get(order.chain, []) if one.seq == told]
            found.append(
                f"{key} on {order.chain}: acknowledged as {told}, on record as"
                f" {seqs or 'nothing'}; {told} is {instead or 'nothing'}"
            )
        if order.path.endswith("/choose_mode") and len(seqs) > 1:
            found.append(f"{key}: carried out more than once, as {seqs}")
        if seqs and seqs != list(range(seqs[0], seqs[-1] + 1)):
            found.append(f"{key}: its events do not follow one another: {seqs}")
    return found


def timers(expected: Sequence[Timer], record: dict[str, list[Entry]]) -> list[str]:
    """Everything that fell due fired once, as of its moment, and nothing else did."""
    found: list[str] = []
    for timer in expected:
        events = [EVENT.validate_python(one.body) for one in record.get(timer.chain, [])]
        fired = [(e.rung, e.at) for e in events if isinstance(e, EscalationFired)]
        if fired != timer.fires:
            found.append(f"{timer.chain}: foretold {timer.fires}, fired {fired}")
    return found


async def audit(database: str, definition: ChainDefinition) -> list[str]:
    """The record holds to its hashes, and the read model to the events folded again."""
    known = {content_hash(one): one for one in (get(e.id, e.version) for e in available())}
    known[content_hash(definition)] = definition
    engine = create_engine(database)
    try:
        checked = Audit(engine, known.__getitem__)
        return [str(one) for one in [*await checked.verify(), *await checked.refold()]]
    finally:
        await engine.dispose()


async def chains(client: Client, record: dict[str, list[Entry]]) -> list[str]:
    """The engine agrees with the record, and no chain of it ever failed by our fault."""
    found: list[str] = []
    for chain, entries in record.items():
        handle = client.get_workflow_handle(chain)
        state: Chain = await handle.query("chain", result_type=Chain)
        if state.seq != len(entries):
            found.append(f"{chain}: the engine is at {state.seq}, the record at {len(entries)}")
        for why in await failed_tasks(client, chain):
            if not why.startswith(OF_THE_STORM):
                found.append(f"{chain}: a task failed: {why[:300]}")
    return found


def waiting(database: str) -> int:
    """How many commands still wait in the database for the engine."""
    with psycopg.connect(database.replace("+psycopg", "")) as connection:
        waits = "SELECT count(*) FROM pending_command WHERE refusal IS NULL"
        row = connection.execute(waits).fetchone()
    return int(row[0]) if row else 0
