"""Every alert's exercise: how it is provoked, and which parts of the runbook help.

Order matters for the first alone, which is how the installation begins.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Final, LiteralString

import psycopg
from psycopg import sql

from groundwork.domain import commands as cmd
from groundwork.runtime.gateway import Gateway
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from groundwork.store.engine import create_engine
from groundwork.store.signed_heads import SignedHeads
from tests.bureaus import status
from tests.drill.crew import at_work, launch
from tests.drill.hurry import SCRAPE_SECONDS
from tests.drill.scene import Deed, Exercise, Scene
from tests.drill.site import QUEUE, Site
from tests.survival.town import Town, all_materials, asked

MORE_THAN_SLOTS: Final = 115
"""A worker has a hundred slots for activities."""
LOCKED_SECONDS, OPEN_SECONDS = 7.0, 2.5
SIGNED: Final = 'WorkflowType="SignedHead" AND ExecutionStatus="Completed"'
HALF_AN_HOUR: Final = 1800.0
STOPPED_SECONDS, LET_SECONDS = 0.9, 0.1

Faulty = AsyncIterator[None]


async def no_key(scene: Scene) -> Faulty:
    """The installation's last head is of three days ago, and its key cannot be found."""
    site = scene.site
    client = await connect(Settings(), address=site.temporal.address)
    while not (await client.count_workflows(SIGNED)).count:
        await asyncio.sleep(0.2)
    await site.stop_workers()
    await sign_three_days_ago(site)
    site.key_file.rename(site.key_file.with_suffix(".elsewhere"))
    site.start_worker()
    yield


async def sign_three_days_ago(site: Site) -> None:
    """As the activity did on that day, and none since."""
    engine = create_engine(site.database)
    key = await asyncio.to_thread(site.signing_key)
    async with await psycopg.AsyncConnection.connect(site.database) as connection:
        await _lose(connection, "signed_head")
    await SignedHeads(engine).sign(datetime.now(UTC) - timedelta(days=3), key)
    await engine.dispose()


async def _lose(connection: psycopg.AsyncConnection, table: LiteralString) -> None:
    """Empty a table as though an older backup had been restored: it refuses to be emptied."""
    for statement in (
        "ALTER TABLE {} DISABLE TRIGGER USER",
        "DELETE FROM {}",
        "ALTER TABLE {} ENABLE TRIGGER USER",
    ):
        await connection.execute(sql.SQL(statement).format(sql.Identifier(table)))


async def bring_the_key(scene: Scene) -> None:
    """The key is put back; the rest is in the runbook."""
    file = scene.site.key_file

    def put_back() -> None:
        file.with_suffix(".elsewhere").rename(file)

    await scene.follow("GroundworkWorkflowsFailed")
    await scene.meanwhile("the key is put back", put_back)
    await scene.follow("GroundworkHeadNotSigned", but="groundwork doctor")


async def api_killed(scene: Scene) -> Faulty:
    """The API dies."""
    scene.site.kill("api")
    yield


async def worker_killed(scene: Scene) -> Faulty:
    """The only worker dies."""
    scene.site.kill("worker")
    yield


async def database_killed(scene: Scene) -> Faulty:
    """The database dies while people work."""
    async with at_work(scene.site, scene.chains):
        scene.site.postgres.process.kill()
        yield


async def documents_away(scene: Scene) -> Faulty:
    """Where the folder of the documents was, there is something else."""
    folder = scene.site.documents
    folder.rename(folder.with_suffix(".elsewhere"))
    folder.touch()
    yield


async def documents_back(scene: Scene) -> None:
    """The folder is put back, once the runbook has said what is the matter."""
    folder = scene.site.documents

    def put_back() -> None:
        folder.unlink()
        folder.with_suffix(".elsewhere").rename(folder)

    await scene.follow("GroundworkDocumentsUnavailable")
    await scene.meanwhile("the folder is put back", put_back)


async def engine_killed(scene: Scene) -> Faulty:
    """The engine dies while people work."""
    async with at_work(scene.site, scene.chains):
        scene.site.temporal.process.kill()
        yield


async def disk_full(scene: Scene) -> Faulty:
    """The database's disk is full while people work."""
    async with at_work(scene.site, scene.chains):
        await asyncio.to_thread(scene.site.disk.fill, scene.site.postgres.process.pid)
        yield


async def make_room(scene: Scene) -> None:
    """What fills the disk is taken away, once the runbook has said so."""
    start = "docker compose up"
    await scene.follow("GroundworkRecordFails", but=start)
    await scene.meanwhile("room is made on the disk", scene.site.disk.free)
    if not scene.site.postgres.process.running:
        await scene.follow("GroundworkRecordFails", but="psql")


async def record_locked(scene: Scene) -> Faulty:
    """Somebody's script locks the record again and again."""
    locking = asyncio.create_task(_lock(scene.site))
    async with at_work(scene.site, scene.chains):
        yield
    locking.cancel()
    await asyncio.gather(locking, return_exceptions=True)


async def _lock(site: Site) -> None:
    with suppress(psycopg.Error):
        async with await psycopg.AsyncConnection.connect(site.database) as connection:
            while True:
                await connection.execute("LOCK TABLE event IN EXCLUSIVE MODE")
                await asyncio.sleep(LOCKED_SECONDS)
                await connection.commit()
                await asyncio.sleep(OPEN_SECONDS)


async def bureau_ill(scene: Scene) -> Faulty:
    """The credit bureau answers with errors, and chains begin."""
    scene.site.bureau.illness = status(503)
    async with scene.site.client() as client:
        await launch(client, 2)
    yield


async def bureau_mended(scene: Scene) -> None:
    """The remedy for a bureau that is away is its own."""
    await scene.follow("GroundworkChainsStuck")
    await scene.meanwhile("the bureau answers again", scene.site.bureau.recover)


async def bureau_silent(scene: Scene) -> Faulty:
    """The credit bureau keeps everybody waiting, and many chains begin."""
    scene.site.bureau.fall_silent()
    async with scene.site.client() as client:
        await launch(client, MORE_THAN_SLOTS)
    yield
    scene.site.bureau.recover()
    await scene.site.stop("worker-2")


async def one_more_worker(scene: Scene) -> None:
    """A second worker has slots of its own."""
    await scene.follow("GroundworkWorkerFull")
    if await scene.watch.until_resting({"GroundworkWorkerFull"}, 90) is None:
        scene.findings.append("a second worker did not help one that is full")


async def definition_missing(scene: Scene) -> Faulty:
    """A worker of an earlier release takes over, and the store lacks the chains' definition."""
    site = scene.site
    async with await psycopg.AsyncConnection.connect(site.database) as planning:
        await planning.execute("LOCK TABLE notice_cursor IN EXCLUSIVE MODE")
        async with at_work(site, scene.chains):
            await asyncio.sleep(3)
        for name in site.workers:
            site.kill(name)
        await _lose(planning, "definition")
        await planning.commit()
    site.start_worker("tests.drill.earlier_worker")
    async with at_work(site, scene.chains):
        yield


async def mail_away(scene: Scene) -> Faulty:
    """The mail server refuses everything, and a notice waits."""
    scene.site.mail.refuses = True
    await a_notice(scene.site)
    yield


async def mail_back(scene: Scene) -> None:
    """The channel that fails is named; nothing else is wrong."""
    await scene.follow("GroundworkNoticesOverdue", but="docker compose")
    await scene.meanwhile("the mail server takes mail again", scene.site.mail.accept)


async def a_notice(site: Site) -> None:
    """Something to send, on a channel of the administrator's."""
    async with site.client() as client:
        body = {"label": "drill", "url": site.mail.url()}
        made = await client.post("/channels", json=body, headers={"Idempotency-Key": "drill-mail"})
        channel = made.raise_for_status().json()["id"]
        key = {"Idempotency-Key": f"test-{datetime.now(UTC).timestamp()}"}
        (await client.post(f"/channels/{channel}/test", headers=key)).raise_for_status()


async def mail_refused(scene: Scene) -> Faulty:
    """The mail server refuses everything."""
    site = scene.site
    await site.stop_workers()
    site.start_worker("tests.drill.impatient_worker")
    site.mail.refuses = True
    await a_notice(site)
    yield
    site.mail.accept()
    await site.stop_workers()
    site.start_worker()


async def mail_accepted(scene: Scene) -> None:
    """The owner corrects the channel and enables it."""
    await scene.meanwhile("the mail server takes mail again", scene.site.mail.accept)
    await scene.follow("GroundworkChannelDead")


async def long_outage(scene: Scene) -> Faulty:
    """Rungs fall due while no worker runs, and one comes back."""
    site = scene.site
    site.kill("worker")
    client = await connect(Settings(), address=site.temporal.address)
    town = Town(Gateway(client, QUEUE), {}, site.database)
    chain = await town.launch()
    received = datetime.now(UTC) - timedelta(days=20)
    materials = all_materials(town, "L01")
    for command in (cmd.Receive(step="L01", materials=materials), cmd.Accept(step="L01")):
        await town.leave_unanswered(chain, asked(command, received))
    # Longer than the rule looks back, so that nothing of the time before is left in its range.
    await asyncio.sleep(HALF_AN_HOUR / scene.factor + SCRAPE_SECONDS)
    await scene.follow("GroundworkWorkerDown")
    yield


async def core_faulty(scene: Scene) -> Faulty:
    """A worker of a release with a defect takes over, which shows on chains that begin then.

    Those whose history has the command already would be stuck with that release.
    """
    await scene.site.stop_workers()
    scene.site.start_worker("tests.drill.faulty_worker")
    async with scene.site.client() as client:
        chains = await launch(client, 2)
    async with at_work(scene.site, chains):
        yield


async def worker_starved(scene: Scene) -> Faulty:
    """The worker's machine gives it a tenth of a processor."""
    async with at_work(scene.site, scene.chains), _starved(scene.site.pid("worker")):
        yield


@asynccontextmanager
async def _starved(pid: int) -> AsyncIterator[None]:
    async def starve() -> None:
        with suppress(ProcessLookupError):
            while True:
                os.kill(pid, signal.SIGSTOP)
                await asyncio.sleep(STOPPED_SECONDS)
                os.kill(pid, signal.SIGCONT)
                await asyncio.sleep(LET_SECONDS)

    starving = asyncio.create_task(starve())
    try:
        yield
    finally:
        starving.cancel()
        await asyncio.gather(starving, return_exceptions=True)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def of(*alerts: str) -> Deed:
    """Follow the runbook of these alerts, and nothing else."""

    async def remedy(scene: Scene) -> None:
        for alert in alerts:
            await scene.follow(alert)

    return remedy


async def both_killed(scene: Scene) -> Faulty:
    """API and worker die at once."""
    for name in ("api", "worker"):
        scene.site.kill(name)
    yield


NEITHER: Final = Exercise(
    "API and worker are killed at once",
    ("GroundworkApiDown", "GroundworkWorkerDown"),
    both_killed,
    of("GroundworkApiDown", "GroundworkWorkerDown"),
)
NO_KEY: Final = Exercise(
    "the signing key is lost, and the last head is of three days ago",
    ("GroundworkWorkflowsFailed", "GroundworkHeadNotSigned"),
    no_key,
    bring_the_key,
    "three days are not waited for: the head is signed as on that day",
)
API_DOWN: Final = Exercise(
    "the API is killed", ("GroundworkApiDown",), api_killed, of("GroundworkApiDown")
)
WORKER_DOWN: Final = Exercise(
    "the only worker is killed",
    ("GroundworkWorkerDown",),
    worker_killed,
    of("GroundworkWorkerDown"),
)
OUTAGE: Final = Exercise(
    "rungs fell due while no worker ran, and one starts",
    ("GroundworkEscalationsLate",),
    long_outage,
    of("GroundworkEscalationsLate"),
    "the outage is not waited for: what waits with the engine was received twenty days ago",
)
ALL: Final = (
    NO_KEY,
    API_DOWN,
    WORKER_DOWN,
    OUTAGE,
    Exercise(
        "the database is killed while people work",
        ("GroundworkDatabaseSilent", "GroundworkApiErrors"),
        database_killed,
        of("GroundworkApiErrors", "GroundworkDatabaseSilent"),
    ),
    Exercise(
        "the engine is killed while people work",
        ("GroundworkEngineSilent", "GroundworkCommandsWaiting"),
        engine_killed,
        of("GroundworkCommandsWaiting", "GroundworkEngineSilent"),
    ),
    Exercise(
        "a file lies where the folder of the documents was",
        ("GroundworkDocumentsUnavailable",),
        documents_away,
        documents_back,
    ),
    Exercise(
        "the database's disk is full while people work",
        ("GroundworkRecordFails",),
        disk_full,
        make_room,
        "the disk is a small file system in memory",
    ),
    Exercise(
        "somebody's script locks the record again and again",
        ("GroundworkRecordBehind",),
        record_locked,
        of("GroundworkRecordBehind"),
    ),
    Exercise(
        "the credit bureau answers 503, and chains begin",
        ("GroundworkChainsStuck",),
        bureau_ill,
        bureau_mended,
        "the bureau is ours",
    ),
    Exercise(
        f"the credit bureau is silent, and {MORE_THAN_SLOTS} chains begin",
        ("GroundworkWorkerFull",),
        bureau_silent,
        one_more_worker,
        "the bureau is ours",
    ),
    Exercise(
        "a worker of an earlier release, and the store lacks the chains' definition",
        ("GroundworkTasksFail", "GroundworkPlanningBehind"),
        definition_missing,
        of("GroundworkTasksFail"),
    ),
    Exercise(
        "the mail server refuses a notice",
        ("GroundworkNoticesOverdue",),
        mail_away,
        mail_back,
        "the mail server is ours",
    ),
    Exercise(
        "the mail server refuses a notice again and again",
        ("GroundworkChannelDead",),
        mail_refused,
        mail_accepted,
        "the mail server is ours, and eight failures take a second, not hours",
    ),
    Exercise(
        "a worker of a release whose core fails on a command",
        ("GroundworkCoreFault",),
        core_faulty,
        of("GroundworkCoreFault"),
        "the defect is planted",
    ),
    Exercise(
        "the worker's machine gives it a tenth of a processor",
        ("GroundworkDecisionsSlow",),
        worker_starved,
        of("GroundworkDecisionsSlow"),
        "its process is stopped and let go on, again and again",
    ),
)
