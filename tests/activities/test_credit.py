"""The credit activities on a real engine: a bureau that is down stays visible, and comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.worker import Worker

from groundwork.activities.credit import CreditActivities
from groundwork.domain.credit import (
    CreditAnswer,
    CreditKind,
    CreditQuestion,
    CreditRecord,
    CreditReport,
    CreditSource,
    Severity,
)
from groundwork.runtime.bureau import Bureau
from groundwork.runtime.settings import Settings
from groundwork.store.credit import CreditRegister
from groundwork.store.engine import create_engine
from groundwork.store.migrations import migrate
from groundwork.worker import running_worker
from tests.activities.asking import AskForCredit, ReportCredit
from tests.bureaus import FakeBureau, says, status

ENTERPRISE = "91440784MA0000015C"
QUESTION = CreditQuestion(subjects=(ENTERPRISE,))
RECORD = CreditRecord(
    id="b-1",
    subject=ENTERPRISE,
    kind=CreditKind.OVERDUE_COMMITMENT,
    severity=Severity.GENERAL,
    decided_on=date(2026, 3, 2),
    ends_on=date(2027, 3, 2),
)
REPORT = CreditReport(id="report-1", record=RECORD)


@pytest.fixture
async def register(migrated_url: str) -> AsyncIterator[CreditRegister]:
    engine: AsyncEngine = create_engine(migrated_url)
    yield CreditRegister(engine)
    await engine.dispose()


@asynccontextmanager
async def serving(client: Client, source: CreditSource) -> AsyncIterator[str]:
    """A worker with the credit activities; its task queue."""
    queue, activities = f"credit-{uuid4().hex}", CreditActivities(source)
    async with Worker(
        client,
        task_queue=queue,
        workflows=[AskForCredit, ReportCredit],
        activities=[activities.look_up, activities.file],
    ):
        yield queue


async def ask(client: Client, queue: str) -> CreditAnswer:
    return await client.execute_workflow(
        AskForCredit.run, QUESTION, id=f"ask-{uuid4()}", task_queue=queue
    )


async def test_a_workflow_waits_for_a_bureau_that_is_down(
    temporal_client: Client, settings: Settings
) -> None:
    fake = FakeBureau()
    fake.records = [RECORD.model_dump(mode="json")]
    bureau = Bureau(fake.settings(settings))
    async with serving(temporal_client, bureau) as queue:
        handle = await temporal_client.start_workflow(
            AskForCredit.run, QUESTION, id=f"ask-{uuid4()}", task_queue=queue
        )
        while True:
            pending = (await handle.describe()).raw_description.pending_activities
            if pending and pending[0].attempt > 2:
                break
            await asyncio.sleep(0.05)
        shown = pending[0].last_failure
        assert shown.application_failure_info.type == "BureauUnavailable"
        assert shown.message == "Encoded failure"
        said = str(await temporal_client.data_converter.decode_failure(shown))
        assert "未能答复" in said
        assert "GROUNDWORK_CREDIT_URL" in said
        assert ENTERPRISE not in said
        with fake.open():
            answer = await handle.result()
            assert answer.records == (RECORD,)
            # Refused, then wrong, then well: each failure is one attempt.
            fake.troubles.extend([status(401), says(b"nonsense")])
            assert (await ask(temporal_client, queue)).records == (RECORD,)
            assert not fake.troubles
    await bureau.aclose()


async def test_without_a_bureau_the_register_takes_reports_and_answers(
    temporal_client: Client, register: CreditRegister
) -> None:
    async with serving(temporal_client, register) as queue:
        assert (await ask(temporal_client, queue)).records == ()
        for _ in range(2):
            await temporal_client.execute_workflow(
                ReportCredit.run, REPORT, id=f"report-{uuid4()}", task_queue=queue
            )
        answer = await ask(temporal_client, queue)
        assert (answer.source, answer.records) == ("register", (RECORD,))
        assert answer.asked_at.utcoffset() == timedelta(0)


async def test_the_worker_of_production_serves_the_source_it_was_given(
    temporal_client: Client, settings: Settings, migrated_url: str
) -> None:
    engine, fake = create_engine(migrated_url), FakeBureau()
    bureau = Bureau(fake.settings(settings))
    async with serving(temporal_client, CreditRegister(engine)) as queue:
        for source, name in ((None, "register"), (bureau, "bureau:127.0.0.1")):
            production = f"production-{uuid4().hex}"
            async with running_worker(temporal_client, engine, production, source):
                with fake.open():
                    answer = await temporal_client.execute_workflow(
                        AskForCredit.run,
                        args=[QUESTION, production],
                        id=f"ask-{uuid4()}",
                        task_queue=queue,
                    )
            assert answer.source == name
    await bureau.aclose()
    await engine.dispose()


async def test_a_register_without_its_table_says_what_to_check(
    temporal_client: Client, postgres_url: str
) -> None:
    engine = create_engine(postgres_url)
    async with serving(temporal_client, CreditRegister(engine)) as queue:
        handle = await temporal_client.start_workflow(
            ReportCredit.run, REPORT, id=f"report-{uuid4()}", task_queue=queue
        )
        while True:
            pending = (await handle.describe()).raw_description.pending_activities
            if pending and pending[0].HasField("last_failure"):
                break
            await asyncio.sleep(0.05)
        converter = temporal_client.data_converter
        said = str(await converter.decode_failure(pending[0].last_failure))
        assert "信用登记库" in said
        assert "check the database" in said
        migrate(postgres_url)
        await handle.result()
    await engine.dispose()
