"""How long a newcomer waits: `up` until its first page, a worker until its first task."""

import asyncio
import sys
import sysconfig
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import uuid4

from bench import world
from bench.effort import Effort
from bench.report import Figure, Report
from bench.site import POLL_SECONDS, PROJECT, START_SECONDS, Site, scratch_folder
from groundwork.catalogue.loader import content_hash, latest
from groundwork.domain.model import DefinitionRef
from groundwork.rehearsal.rehearse import rules_for
from groundwork.runtime.gateway import Gateway
from groundwork.runtime.processes import ManagedProcess, Program, free_port
from groundwork.runtime.settings import Settings
from groundwork.runtime.supervisor import http_answers

FIRST_PAGE_S, WORKER = 5.0, 1.3
BYTECODE = "groundwork.worker, groundwork.api.app, groundwork.console.preparing"
"""What is compiled before anything is timed, as the first start of an installation does."""
CHAIN = "land-to-construction"
PAGE = "/readyz"
"""Answers 200 as soon as the API, the database and Temporal do."""


async def measure_startup(site: Site, effort: Effort) -> Report:
    """Time both starts. The site's servers are idle meanwhile."""
    with scratch_folder() as folder:
        await _import_seconds(
            site, "groundwork.worker, groundwork.api.app, groundwork.console.cast"
        )
        fresh = round(await _up(site, folder / "data"), 2)
        existing = [round(await _up(site, folder / "data"), 2) for _ in range(effort.starts)]
    imports = [await _import_seconds(site, "temporalio.worker") for _ in range(effort.starts)]
    workers = [await _first_task_seconds(site) for _ in range(effort.starts)]
    first_page, worker, floor = median(existing), median(workers), median(imports)
    ratio = round(worker / floor, 2)
    return Report(
        [
            Figure("up to first page, data at hand", first_page, "s", at_most=FIRST_PAGE_S),
            Figure("up to first page, fresh folder", fresh, "s", at_most=FIRST_PAGE_S),
            Figure("worker to first task (floor: import)", worker, "s", floor, ratio, WORKER),
        ],
        {
            "up_to_first_page_s": first_page,
            "startup": {
                "existing_s": existing,
                "fresh_s": fresh,
                "worker_first_task_s": round(worker, 2),
                "import_worker_s": round(floor, 2),
            },
        },
    )


async def _up(site: Site, data_dir: Path) -> float:
    """Seconds from typing `groundwork up` to the first page; it is stopped again afterwards."""
    settings = Settings(
        data_dir=data_dir,
        port=free_port(),
        temporal_port=free_port(),
        temporal_ui_port=free_port(),
    )
    environment = site.environment(settings)
    environment.pop("DATABASE_URL", None)
    command = str(Path(sysconfig.get_path("scripts")) / "groundwork")
    up = ManagedProcess(Program("up", [command, "up"], env=environment, stop_seconds=START_SECONDS))
    began = perf_counter()
    up.start()
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await http_answers(f"{settings.api_url}{PAGE}"):
                if not up.running:
                    raise RuntimeError(up.obituary())
                await asyncio.sleep(POLL_SECONDS)
        return perf_counter() - began
    finally:
        await asyncio.to_thread(up.stop)


async def _first_task_seconds(site: Site) -> float:
    """Seconds from starting a worker to the record of a chain that has been waiting for it."""
    task_queue = f"start-{uuid4().hex[:8]}"
    chain_id = await _launch(site, task_queue)
    settings = Settings(data_dir=site.settings.data_dir, task_queue=task_queue)
    environment = site.environment(settings, ours=True)
    worker = ManagedProcess(
        Program(
            "worker",
            [sys.executable, "-m", "groundwork.runtime.serving", "groundwork.worker"],
            env=environment,
        )
    )
    began = perf_counter()
    worker.start()
    try:
        await site.recorded(chain_id, 1)
        return perf_counter() - began
    finally:
        await asyncio.to_thread(worker.stop)


async def _launch(site: Site, task_queue: str) -> str:
    """Launch a chain of the catalogue, which every worker has at hand."""
    definition = latest(CHAIN)
    rules = rules_for(definition)
    chain_id = f"{CHAIN}.{uuid4().hex}"
    order = world.order(chain_id, PROJECT).model_copy(
        update={
            "definition": DefinitionRef(
                id=definition.id, version=definition.version, hash=content_hash(definition)
            ),
            "calendar_version": rules.calendar.version,
        }
    )
    await Gateway(site.client, task_queue).launch(order, rules, chain_id)
    return chain_id


async def _import_seconds(site: Site, modules: str) -> float:
    """Seconds that Python needs to start, import modules and end."""
    argv = [sys.executable, "-c", f"import {modules}"]
    began = perf_counter()
    process = await asyncio.create_subprocess_exec(*argv, env=site.environment(site.settings))
    await process.wait()
    return perf_counter() - began
