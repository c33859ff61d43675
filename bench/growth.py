"""How reading grows with the store: 1,000, 10,000 and 100,000 chains in a database of their own.

A tenth of the chains is under way, as in a park that has used them for years; the rest is done.
Curves that stay flat are what is wanted: people look at their own work, whatever lies behind it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import http
from bench.effort import Effort
from bench.pages import OWN, PAGE_MS, api_at, copied, script
from bench.report import Figure, Report
from bench.site import Site, alone, create_project, database_at
from groundwork.domain.batch import RecordBatch
from groundwork.domain.model import Role
from groundwork.rehearsal.plan import Plan, make_plan
from groundwork.rehearsal.script import Script
from groundwork.store.definitions import Definitions
from groundwork.store.engine import transaction
from groundwork.store.people import People
from groundwork.store.recorder import Recorder
from groundwork.store.tables import (
    ChainRow,
    CommitmentRow,
    DeficiencyRow,
    EscalationRow,
    ProjectRow,
    StepRow,
    table,
)

DATABASE = "growth"
CODES = ("2601-440784-04-01-000001", "2601-440784-04-01-000002")
"""The projects whose rows are copied: one under way, one done."""
UNDER_WAY = 20
"""So many events of the year have happened in a chain that is under way."""
ONE_IN = 10
FLAT = 1.5
KPI_MS = 20.0
WARM_UP = 3

_COPIED = (ProjectRow, ChainRow, StepRow, DeficiencyRow, CommitmentRow, EscalationRow)


class Look(NamedTuple):
    """Something that people look at, how long that may take and whether its curve must be flat."""

    name: str
    path: str
    at_most: float | None = None
    flat: bool = True


def _looks(chain_id: str, department: str) -> Iterator[Look]:
    yield Look("list of chains", "/api/v1/chains?state=running")
    yield Look("list of an inbox", f"/api/v1/departments/{department}/inbox")
    yield Look("page of projects", "/projects", PAGE_MS)
    yield Look("page of an inbox", f"/inbox/{department}", PAGE_MS)
    yield Look("page of a chain", f"/chains/{chain_id}", PAGE_MS)
    yield Look("figures of effect", "/api/v1/kpis", KPI_MS, flat=False)


async def measure_growth(site: Site, effort: Effort) -> Report:
    """Fill the store in leaps and read after each."""
    played, rules = script()
    under_way, done = (make_plan(_as(played, code), rules) for code in CODES)
    report = Report()
    spent: dict[str, list[float]] = {}
    async with database_at(site, DATABASE) as (url, engine):
        await _originals(engine, under_way, done)
        department = await _department(engine, under_way)
        looks = tuple(_looks(under_way.launch.chain_id, department))
        people = People(engine)
        person = await people.create("bench", Role.ADMINISTRATOR)
        token = (await people.issue_token(person.id, "bench")).secret
        held = 2
        for size in effort.stores:
            await _grow(engine, under_way, f"n % {ONE_IN} = 0", held, size)
            await _grow(engine, done, f"n % {ONE_IN} <> 0", held, size)
            await alone(engine, "VACUUM ANALYZE")
            held = size
            async with api_at(site, url) as port:
                for look in looks:
                    took = await _took(port, look, token, effort)
                    spent.setdefault(look.name, []).append(took)
        report.add(await _weight(engine, done, held))
    for look in looks:
        report.add(_report(look, effort.stores, spent[look.name]))
    return report


def _report(look: Look, sizes: Sequence[int], spent: Sequence[float]) -> Report:
    figures = [
        Figure(f"{look.name}, {size:,} chains", took, "ms", at_most=look.at_most)
        for size, took in zip(sizes, spent, strict=True)
    ]
    if look.flat:
        ratio = round(spent[-1] / spent[0], 2)
        name = f"{look.name}, {sizes[-1]:,} against {sizes[0]:,}"
        figures.append(Figure(name, spent[-1], "ms", spent[0], ratio, at_most=FLAT))
    curve = {str(size): round(took, 2) for size, took in zip(sizes, spent, strict=True)}
    return Report(figures, {"growth": {look.name: curve}})


async def _took(port: int, look: Look, token: str, effort: Effort) -> float:
    """Milliseconds of one answer, for one reader after the other."""
    await http.rate(port, look.path, token, WARM_UP, connections=1)  # templates are read once
    requests = max(effort.requests // 10, 1)
    return 1000 / await http.rate(port, look.path, token, requests, connections=1)


async def _weight(engine: AsyncEngine, done: Plan, size: int) -> Report:
    """How much room chains take in the database: what lists read, and the record of each."""
    tables = ", ".join(f"('{table(row).name}')" for row in _COPIED)
    read = text(
        f"SELECT sum(pg_total_relation_size(name::regclass)) FROM (VALUES {tables}) AS t(name)"
    )
    record = text("SELECT sum(pg_column_size(event.*)) FROM event WHERE chain_id = :chain")
    async with transaction(engine) as connection:
        readable = float((await connection.execute(read)).scalar_one()) / size / 1024
        found = await connection.execute(record, {"chain": done.launch.chain_id})
        recorded = float(found.scalar_one()) / 1024
    return Report(
        [
            Figure(f"read model of a chain, {size:,} chains", readable, "KiB"),
            Figure(f"record of a chain that is done, {len(done.events)} events", recorded, "KiB"),
        ],
        {"room": {"read_kib": round(readable, 1), "record_kib": round(recorded, 1)}},
    )


def _as(played: Script, code: str) -> Script:
    """The same year in another project."""
    project = played.project.model_copy(update={"code": code})
    return played.model_copy(update={"project": project})


async def _originals(engine: AsyncEngine, under_way: Plan, done: Plan) -> None:
    """Record a chain that is under way and one that is done."""
    definitions = Definitions(engine)
    await definitions.save(done.launch.definition.hash, done.rules.definition)
    await definitions.save_calendar(done.rules.calendar)
    recorder = Recorder(engine, lambda _hash: done.rules.definition)
    for plan, events in ((under_way, under_way.events[:UNDER_WAY]), (done, done.events)):
        await create_project(engine, plan.launch.project_code)
        await recorder.record(
            RecordBatch(chain_id=plan.launch.chain_id, recorded_at=events[-1].at, events=events)
        )


async def _department(engine: AsyncEngine, under_way: Plan) -> str:
    """A department with open steps."""
    query = text("SELECT department FROM step WHERE open AND chain_id = :chain LIMIT 1")
    async with transaction(engine) as connection:
        found = await connection.execute(query, {"chain": under_way.launch.chain_id})
        department: str = found.scalar_one()
    return department


async def _grow(engine: AsyncEngine, plan: Plan, kept: str, held: int, size: int) -> None:
    """Copy a chain's rows under other ids, each with other days, where `kept` holds for n."""
    async with transaction(engine) as connection:
        # So many rows at once take longer than any statement of ours may.
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        for row in _COPIED:
            is_project = OWN.get(row) == "code"
            original = plan.launch.project_code if is_project else plan.launch.chain_id
            given = {"first": held, "last": size - 1, "original": original}
            await connection.execute(text(copied(row, kept)), given)
