"""The API's hottest lists against static JSON of the same bytes and against the database's driver
alone; and the web pages.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from statistics import median
from types import MappingProxyType
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import driver, http
from bench.effort import Effort
from bench.report import Figure, Report
from bench.site import Site, create_project, scratch_folder, until
from bench.world import calendar
from bench.year import SCRIPT
from groundwork.api.shelf import Shelf
from groundwork.domain.batch import RecordBatch
from groundwork.domain.model import Role
from groundwork.domain.rules import Rules
from groundwork.rehearsal.plan import Plan, make_plan
from groundwork.rehearsal.reading import read_script
from groundwork.rehearsal.rehearse import rules_for
from groundwork.rehearsal.script import Script
from groundwork.runtime.processes import ManagedProcess, Program, free_port
from groundwork.runtime.supervisor import http_answers
from groundwork.store.definitions import Definitions
from groundwork.store.engine import transaction
from groundwork.store.people import People
from groundwork.store.projection import NO_DAY
from groundwork.store.recorder import Recorder
from groundwork.store.tables import ChainRow, ProjectRow, Row, StepRow, table

STATIC, DRIVER = "static JSON", "the driver"
AT_LEAST: Final = MappingProxyType({STATIC: 0.2, DRIVER: 0.6})
"""Of the rate at which what a list is held against answers."""
PAGE_MS = 50.0
PAIRS = 3
EVENTS_PLAYED = 20
"""So much of the year has happened in every listed chain: several departments have open steps."""


OWN: Final = MappingProxyType({ProjectRow: "code", ChainRow: "id"})
"""Where the id of a row's project or chain stands; in other tables it is `chain_id`."""
_NUMBERED: Final = frozenset({"code", "project_code", "chain_id"})


async def measure_pages(site: Site, effort: Effort) -> Report:
    """Serve lists of many chains, and as many bytes from memory."""
    plan = make_plan(*script())
    department = await _fill(site, plan, effort.listed)
    people = People(site.engine)
    person = await people.create("bench", Role.ADMINISTRATOR)
    token = (await people.issue_token(person.id, "bench")).secret
    report = Report()
    async with api_at(site, site.postgres.url()) as port:
        for name, (path, statement) in (await _lists(site, department)).items():
            body = await http.get(port, path, token)
            for floor, serving in (
                (STATIC, _static(site, body)),
                (DRIVER, _driver(site, statement)),
            ):
                async with serving as bare:
                    pairs = [
                        (
                            await http.rate(port, path, token, effort.requests),
                            await http.rate(bare, path, token, effort.requests),
                        )
                        for _ in range(PAIRS)
                    ]
                report.add(_report(name, floor, len(body), effort.listed, pairs))
        for name, path in _web(plan.launch.chain_id, department).items():
            report.add(await _page(port, name, path, token, effort))
    return report


async def _lists(site: Site, department: str) -> dict[str, tuple[str, str]]:
    """The lists that are asked for most: their paths, and the statements they are read by."""
    url, names = site.postgres.url(), Shelf().names("zh")
    lists = driver.Overheard(url)
    await lists.open()
    try:
        await lists.chains(names=names)
        chains = driver.spelled_out(url, lists.last)
        await lists.inbox(department, names=names)
        inbox = driver.spelled_out(url, lists.last)
    finally:
        await lists.close()
    return {
        "chains": ("/api/v1/chains", chains),
        "inbox": (f"/api/v1/departments/{department}/inbox", inbox),
    }


def _web(chain_id: str, department: str) -> dict[str, str]:
    """The web pages that people keep open all day."""
    return {
        "home": "/",
        "projects": "/projects",
        "inbox": f"/inbox/{department}",
        "chain": f"/chains/{chain_id}",
    }


async def _page(port: int, name: str, path: str, token: str, effort: Effort) -> Report:
    """How long a web page takes its reader's server, one reader at a time."""
    size = len(await http.get(port, path, token))
    await http.rate(port, path, token, PAIRS, connections=1)  # templates are read once
    spent = 1000 / await http.rate(port, path, token, effort.requests // 20, connections=1)
    measure = f"page of {name}, {effort.listed} chains"
    return Report(
        [Figure(measure, spent, "ms", at_most=PAGE_MS)],
        {"web": {name: {"ms": round(spent, 1), "bytes": size}}},
    )


def _report(
    name: str, floor: str, size: int, listed: int, pairs: Sequence[tuple[float, float]]
) -> Report:
    ours, bare = (median(column) for column in zip(*pairs, strict=True))
    ratio = round(median(a / b for a, b in pairs), 3)
    measure = f"list of {name}, {listed} chains (floor: {floor})"
    facts = {"per_s": round(ours, 1), "floor_per_s": round(bare, 1), "ratio": ratio}
    return Report(
        [Figure(measure, ours, "/s", bare, ratio, at_least=AT_LEAST[floor])],
        {"pages": {name: {floor: facts, "bytes": size}}},
    )


def script() -> tuple[Script, Rules]:
    """The year that chains are played by, and its rules."""
    played, definition = read_script(SCRIPT)
    return played, rules_for(definition)


async def _fill(site: Site, plan: Plan, count: int) -> str:
    """Record a part of the plan, multiply it, and return a department with open steps."""
    # Other measures' chains are in the lists as well, and go by a calendar of their own.
    await Definitions(site.engine).save_calendar(calendar())
    events = plan.events[:EVENTS_PLAYED]
    await create_project(site.engine, plan.launch.project_code)
    recorder = Recorder(site.engine, lambda _hash: plan.rules.definition)
    await recorder.record(
        RecordBatch(chain_id=plan.launch.chain_id, recorded_at=events[-1].at, events=events)
    )
    await _multiply(site.engine, plan.launch.project_code, plan.launch.chain_id, count)
    async with transaction(site.engine) as connection:
        query = text("SELECT department FROM step WHERE open AND chain_id = :chain LIMIT 1")
        found = await connection.execute(query, {"chain": plan.launch.chain_id})
        department: str = found.scalar_one()
    return department


async def _multiply(engine: AsyncEngine, project: str, chain_id: str, count: int) -> None:
    """Copy a chain's rows under other ids, each with other days."""
    async with transaction(engine) as connection:
        for row, original in ((ProjectRow, project), (ChainRow, chain_id), (StepRow, chain_id)):
            given = {"first": 1, "last": count - 1, "original": original}
            await connection.execute(text(copied(row)), given)
        await connection.execute(text("ANALYZE"))


def copied(row: type[Row], kept: str = "TRUE") -> str:
    """The statement that copies an original's rows for every n from :first to :last that is kept.

    Ids get the number; days by which somebody must act move, unless there is none.
    """
    of, own = table(row), OWN.get(row, "chain_id")
    columns = [column.name for column in of.columns]
    values = [
        f"{name} || '-' || n"
        if name in _NUMBERED or name == own
        else (f"LEAST({name} + n % 90, DATE '{NO_DAY}')" if name == "act_by" else name)
        for name in columns
    ]
    return (
        f"INSERT INTO {of.name} ({', '.join(columns)}) SELECT {', '.join(values)}"
        f" FROM {of.name}, generate_series(CAST(:first AS int), CAST(:last AS int)) AS n"
        f" WHERE {kept} AND {own} = :original"
    )


@asynccontextmanager
async def api_at(site: Site, database_url: str) -> AsyncIterator[int]:
    """An API process on the site's servers and that database; yields its port."""
    settings = site.settings.model_copy(update={"port": free_port()})
    environment = site.environment(settings, ours=True) | {"DATABASE_URL": database_url}
    async with _serving(
        Program("api", [sys.executable, "-m", "groundwork.api"], env=environment),
        f"{settings.api_url}/readyz",
    ):
        yield settings.port


def _static(site: Site, body: bytes) -> AbstractAsyncContextManager[int]:
    return _bare(site, "bench.static", body)


def _driver(site: Site, statement: str) -> AbstractAsyncContextManager[int]:
    return _bare(site, "bench.driver", f"{driver.plain(site.postgres.url())}\n{statement}".encode())


@asynccontextmanager
async def _bare(site: Site, module: str, content: bytes) -> AsyncIterator[int]:
    """A server that answers with what is in a file, or with what it says; yields its port."""
    port = free_port()
    with scratch_folder() as folder:
        file = folder / "content"
        file.write_bytes(content)
        argv = [sys.executable, "-m", module, str(port), str(file)]
        program = Program(module, argv, env=site.environment(site.settings))
        async with _serving(program, f"http://127.0.0.1:{port}/"):
            yield port


@asynccontextmanager
async def _serving(program: Program, url: str) -> AsyncIterator[None]:
    process = ManagedProcess(program)
    process.start()
    try:
        await until(lambda: http_answers(url))
        yield
    finally:
        await asyncio.to_thread(process.stop)
