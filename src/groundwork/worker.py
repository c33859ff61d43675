"""The worker process: everything a chain needs to live, put together in one place."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import PollerBehaviorAutoscaling, Worker, WorkerDeploymentConfig

from groundwork.activities.calls import Caller
from groundwork.activities.credit import CreditActivities
from groundwork.activities.heads import HeadActivities
from groundwork.activities.post import Counters, PostActivities
from groundwork.activities.record import RecordActivities
from groundwork.activities.rollout import CalendarRolloutActivities, DefinitionRolloutActivities
from groundwork.activities.sending import Sender
from groundwork.activities.stamping import TimeStamper
from groundwork.catalogue.calendars import (
    calendar_versions,
    load_calendar,
    newest_calendar_version,
)
from groundwork.catalogue.loader import available, content_hash, load_chain
from groundwork.catalogue.notices import load_notices
from groundwork.domain.calendar import Calendar
from groundwork.domain.credit import CreditSource
from groundwork.domain.model import Chain
from groundwork.domain.post import Patience
from groundwork.domain.rules import Rules
from groundwork.runtime.bureau import bureau
from groundwork.runtime.deployments import Deployments, worker_version
from groundwork.runtime.engine_figures import EngineFigures
from groundwork.runtime.gateway import EngineSilent, Gateway
from groundwork.runtime.head_schedule import schedule_heads
from groundwork.runtime.keyrings import require_key_rings, vault_keys
from groundwork.runtime.logs import configure_logging
from groundwork.runtime.loop import run
from groundwork.runtime.monitor import Monitor, MonitorError, Source
from groundwork.runtime.postal import start_post
from groundwork.runtime.production import require_sound
from groundwork.runtime.sdk import configure_sdk
from groundwork.runtime.settings import Settings, SettingsError, load_settings, variable
from groundwork.runtime.telemetry import trace_store, tracing
from groundwork.runtime.temporal import TemporalError, connect, verify_search_attributes
from groundwork.runtime.workforce import engine_answers, polling
from groundwork.store import vault
from groundwork.store.calendars import Calendars
from groundwork.store.credit import CreditRegister
from groundwork.store.definitions import Definitions
from groundwork.store.deliveries import Deliveries
from groundwork.store.digests import Digests
from groundwork.store.engine import create_engine, ping
from groundwork.store.errors import StoreError
from groundwork.store.figures import Figures
from groundwork.store.post import PostOffice
from groundwork.store.recorder import Recorder
from groundwork.store.rollouts import DefinitionRollouts, Rollouts
from groundwork.store.signatures import SigningKey
from groundwork.store.signed_heads import SignedHeads
from groundwork.store.webhooks import Calls
from groundwork.workflows import board, shelf
from groundwork.workflows.chain import ChainWorkflow
from groundwork.workflows.completion_to_production import CompletionToProduction
from groundwork.workflows.land_to_construction import LandToConstruction
from groundwork.workflows.postman import Digest, Postman
from groundwork.workflows.rollout import CalendarRollout, DefinitionRollout
from groundwork.workflows.signed_head import SignedHeadOfDay

CHAINS: tuple[type[ChainWorkflow], ...] = (LandToConstruction, CompletionToProduction)
BESIDES = (CalendarRollout, DefinitionRollout, Postman, Digest, SignedHeadOfDay)
WORKFLOWS = (*CHAINS, *BESIDES)
RESTOCK_SECONDS = 5.0
"""How soon a definition that another process stored is at hand here."""
RESTOCK_PATIENCE_SECONDS = 5.0

log = structlog.stdlib.get_logger(__name__)


def stock_from_catalogue() -> None:
    """Put every definition and calendar of this release on the shelf."""
    for entry in available():
        definition = load_chain(entry.path)
        shelf.put_definition(content_hash(definition), definition)
    for version in calendar_versions():
        shelf.put_calendar(load_calendar(version))


async def stock_from_store(engine: AsyncEngine) -> None:
    """Put what earlier releases and other cities' processes stored on the shelf as well.

    A chain of many months is pinned to a definition that this release may no longer bring.
    """
    stored = Definitions(engine)
    for content, definition in (await stored.all()).items():
        shelf.put_definition(content, definition)
    for calendar in (await stored.all_calendars()).values():
        shelf.put_calendar(calendar)


async def _restock(engine: AsyncEngine) -> None:
    """A database that is away, or does not answer for long, leaves the shelf as it is."""
    try:
        async with asyncio.timeout(RESTOCK_PATIENCE_SECONDS):
            await stock_from_store(engine)
    except (StoreError, TimeoutError) as error:
        log.warning("definitions could not be read from the store", reason=str(error))


async def _keep_stocked(engine: AsyncEngine) -> None:
    while True:
        await asyncio.sleep(RESTOCK_SECONDS)
        await _restock(engine)


def post_counters(
    engine: AsyncEngine, settings: Settings, patience: Patience | None = None
) -> Counters:
    """What the postman works with in this process."""
    book = load_notices()
    mail = settings.mail_url.get_secret_value() if settings.mail_url else None

    def find_rules(chain: Chain) -> Rules:
        return shelf.rules(chain.definition.hash, chain.calendar_version)

    async def calendar_in_force() -> Calendar:
        stored = Calendars(engine)
        published = await stored.in_force()
        found = await stored.find(published) if published else None
        return found or load_calendar(newest_calendar_version())

    return Counters(
        office=PostOffice(engine, book, find_rules, f"{settings.api_url}/api/v1"),
        deliveries=Deliveries(engine, book, patience),
        calls=Calls(engine, book, patience),
        digests=Digests(engine, book, shelf.definition),
        sender=Sender(settings.trusted, mail),
        caller=Caller(settings.trusted),
        calendar=calendar_in_force,
    )


def head_activities(engine: AsyncEngine, settings: Settings) -> HeadActivities:
    """What signs the record's heads in this process; the key is read anew each time."""

    def key() -> SigningKey | None:
        place = settings.audit_key_file
        return SigningKey.read(place.read_bytes()) if place else None

    url = settings.timestamp_url
    stamper = TimeStamper(url, settings.timestamp_timeout) if url else None
    return HeadActivities(SignedHeads(engine), key, stamper)


async def _start_besides(client: Client, settings: Settings) -> None:
    """Chains wait for neither post nor heads: where they cannot be started yet, they go on."""
    digests = {name: digest.at for name, digest in load_notices().digests.items()}
    while True:
        try:
            await start_post(client, settings.task_queue, digests)
            await schedule_heads(client, settings.task_queue, settings.audit_sign_at)
            return
        except RPCError as error:
            log.warning("postman or heads could not be started", reason=error.status.name)
            await asyncio.sleep(RESTOCK_SECONDS)


async def _look_for_version(client: Client, settings: Settings) -> None:
    """Warn where this worker will get no chains: none begin on a version before one is current."""
    if settings.versioned:
        found = await Deployments(client, settings.deployment).find()
        if found is None or found.current is None:
            log.warning("no version is current: chains do not advance", version=settings.build_id)


@asynccontextmanager
async def running_worker(  # noqa: PLR0913, PLR0917 -- all in which one worker differs from another
    client: Client,
    engine: AsyncEngine,
    task_queue: str,
    credit: CreditSource | None = None,
    counters: Counters | None = None,
    chains: Sequence[type[ChainWorkflow]] = CHAINS,
    heads: HeadActivities | None = None,
    version: WorkerDeploymentConfig | None = None,
) -> AsyncIterator[Worker]:
    """A worker that carries live chains, writes their record and delivers notices.

    Credit is asked for at the embedded register unless another source is given.
    """
    recorder = Recorder(engine, shelf.definition)
    credit_activities = CreditActivities(credit or CreditRegister(engine))
    door = Gateway(client, task_queue)
    rollout = CalendarRolloutActivities(Rollouts(engine), door)
    upgrade = DefinitionRolloutActivities(DefinitionRollouts(engine), door)
    post = PostActivities(counters or post_counters(engine, Settings()))
    heads = heads or head_activities(engine, Settings())
    async with Worker(
        client,
        task_queue=task_queue,
        workflows=[*chains, *BESIDES],
        activities=[
            RecordActivities(recorder).record,
            credit_activities.look_up,
            credit_activities.file,
            rollout.page,
            rollout.adopt,
            upgrade.page,
            upgrade.adopt,
            post.plan,
            post.deliver,
            post.call,
            post.compose,
            heads.sign,
            heads.stamp,
        ],
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        deployment_config=version,
    ) as worker:
        yield worker


@asynccontextmanager
async def watched(
    settings: Settings, engine: AsyncEngine, client: Client, worker: Worker, beside: str | None
) -> AsyncIterator[None]:
    """Offer a worker's metrics and health, where the settings say so. Raises MonitorError."""
    if settings.worker_metrics_port is None:
        yield
        return

    async def store() -> bool:
        return await _works(ping(engine))

    async def poller() -> bool:
        return worker.is_running and await _works(polling(client, settings.task_queue))

    async def reachable() -> bool:
        return await _works(engine_answers(client))

    figures, counted = Figures(engine), EngineFigures(client)
    async with Monitor(
        settings.metrics_host,
        settings.worker_metrics_port,
        variable("worker_metrics_port"),
        sources=[Source("store", figures.collect), Source("engine", counted.collect)],
        checks={"store": store, "engine": reachable, "poller": poller},
        beside=beside,
    ):
        yield


async def _works(asked: Awaitable[None]) -> bool:
    try:
        await asked
    except (StoreError, EngineSilent):
        return False
    return True


async def serve(
    settings: Settings,
    database_url: str,
    chains: Sequence[type[ChainWorkflow]] = CHAINS,
    equip: Callable[[AsyncEngine, Settings], Counters] = post_counters,
) -> None:
    """Run a worker until SIGINT or SIGTERM.

    Raises TemporalError when Temporal is not ready, MonitorError when metrics cannot be offered.

    `chains` are the workflows it carries, `equip` what its postman works with.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stock_from_catalogue()
    board.put_pages(settings.api_url)
    credit = bureau(settings)
    vault.use(vault_keys(settings))
    engine = create_engine(database_url)
    trace_store(settings, engine)
    sdk_metrics = configure_sdk(measured=settings.worker_metrics_port is not None)
    client = await connect(settings)
    await verify_search_attributes(client)
    await _look_for_version(client, settings)
    # Before the first task comes: one whose definition is not at hand would fail, and wait.
    await _restock(engine)
    restocking = asyncio.create_task(_keep_stocked(engine))
    starting = asyncio.create_task(_start_besides(client, settings))
    try:
        counters = equip(engine, settings)
        heads = head_activities(engine, settings)
        version = worker_version(settings)
        async with (
            tracing(settings, "groundwork-worker"),
            running_worker(
                client, engine, settings.task_queue, credit, counters, chains, heads, version
            ) as worker,
            watched(settings, engine, client, worker, sdk_metrics),
        ):
            log.info(
                "worker serves",
                task_queue=settings.task_queue,
                namespace=client.namespace,
                version=settings.build_id if settings.versioned else None,
            )
            await stop.wait()
    finally:
        restocking.cancel()
        starting.cancel()
        if credit is not None:
            await credit.aclose()
        await engine.dispose()


def main(
    chains: Sequence[type[ChainWorkflow]] = CHAINS,
    equip: Callable[[AsyncEngine, Settings], Counters] = post_counters,
) -> int:
    """Run the worker as a process, as `serve` does; returns its exit code."""
    try:
        settings = load_settings()
        require_sound(settings)
        configure_logging(settings)
        if settings.database_url is None:
            raise SettingsError(
                "请设置 DATABASE_URL，或以 groundwork up 一并启动。 "
                "A worker on its own needs DATABASE_URL; `groundwork up` sets it for its own."
            )
        require_key_rings(settings)
        run(serve(settings, settings.database_url.get_secret_value(), chains, equip))
    except (SettingsError, TemporalError, StoreError, MonitorError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
