"""The credit register on a real database."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.catalogue.credit_policies import default_credit
from groundwork.domain.credit import (
    CreditKind,
    CreditQuestion,
    CreditRecord,
    CreditReport,
    Severity,
)
from groundwork.domain.credit_law import Breach, record_of_breach
from groundwork.store.credit import CreditRegister, Repair
from groundwork.store.errors import (
    ContentDiffers,
    NothingToRepair,
    RepairTooEarly,
    UnknownCreditRecord,
)
from tests.store.conftest import Execute

ENTERPRISE, FIRM, STRANGER = "91440784MA0000015C", "91440784MA00003300", "91440784MA0000285Y"
DECIDED = date(2026, 1, 31)
FIRST_REPAIR = date(2026, 5, 1)
"""General bad credit counts for three months at least: to 30 April, which has no 31st."""


@pytest.fixture
def register(engine: AsyncEngine) -> CreditRegister:
    return CreditRegister(engine)


def report(number: int = 1, *, publish_on: date | None = None, **changes: Any) -> CreditReport:
    fields: dict[str, Any] = {
        "id": f"r-{number}",
        "subject": ENTERPRISE,
        "kind": CreditKind.OVERDUE_COMMITMENT,
        "decided_on": DECIDED,
        "document": f"鹤营商〔2026〕{number}号",
    }
    record = record_of_breach(default_credit(), Breach(**(fields | changes)))
    return CreditReport(id=f"report-{number}", record=record, publish_on=publish_on)


def repair(on: date = FIRST_REPAIR, key: str = "first-repair", by: str = "p-1") -> Repair:
    return Repair(on=on, by=by, promise="信用鹤山网 2026-05-01 公示", key=key)


async def records(register: CreditRegister, *subjects: str) -> tuple[CreditRecord, ...]:
    return (await register.look_up(CreditQuestion(subjects=subjects))).records


async def test_it_tells_the_records_of_whom_it_is_asked(register: CreditRegister) -> None:
    mine, firms, others = report(1), report(2, subject=FIRM), report(3, subject=STRANGER)
    for one in (mine, firms, others):
        await register.file(one)
    answer = await register.look_up(CreditQuestion(subjects=(ENTERPRISE, FIRM)))
    assert answer.records == (mine.record, firms.record)
    assert (answer.source, answer.subjects) == ("register", (ENTERPRISE, FIRM))
    assert await records(register, "nobody") == ()


class TestFiling:
    async def test_counts_once_however_often_it_is_sent(self, register: CreditRegister) -> None:
        await asyncio.gather(*(register.file(report()) for _ in range(5)))
        await register.file(report())
        assert await records(register, ENTERPRISE) == (report().record,)

    @pytest.mark.parametrize(
        "other",
        [
            report(document="另一文号"),
            report(publish_on=DECIDED),
            report(2).model_copy(update={"id": "report-1"}),
            report().model_copy(update={"id": "report-2"}),
        ],
        ids=["content", "publication", "report's id taken", "record's id taken"],
    )
    async def test_refuses_other_content_under_an_id(
        self, register: CreditRegister, other: CreditReport
    ) -> None:
        await register.file(report())
        with pytest.raises(ContentDiffers, match=other.id):
            await register.file(other)
        assert await records(register, ENTERPRISE) == (report().record,)

    async def test_knows_a_report_again_after_its_record_was_repaired(
        self, register: CreditRegister
    ) -> None:
        await register.file(report())
        await register.repair("r-1", repair(), default_credit())
        await register.file(report())
        (kept,) = await records(register, ENTERPRISE)
        assert kept.repaired_on == FIRST_REPAIR

    async def test_notes_who_reported(self, register: CreditRegister) -> None:
        await register.file(report(1))
        await register.file(report(2), by="p-7", uscc_override_reason="旧码，已核")
        first, second = await register.get("r-1"), await register.get("r-2")
        assert first is not None
        assert second is not None
        assert (first["filed_by"], first["uscc_override_reason"]) == ("system", None)
        assert (second["filed_by"], second["uscc_override_reason"]) == ("p-7", "旧码，已核")


class TestRepair:
    async def test_waits_until_the_minimum_is_over(self, register: CreditRegister) -> None:
        await register.file(report())
        eve = FIRST_REPAIR - timedelta(days=1)
        with pytest.raises(RepairTooEarly, match="2026-05-01") as refused:
            await register.repair("r-1", repair(eve), default_credit())
        assert refused.value.first_day == FIRST_REPAIR
        row = await register.repair("r-1", repair(), default_credit())
        assert (row["repaired_by"], row["promise"]) == ("p-1", "信用鹤山网 2026-05-01 公示")
        (kept,) = await records(register, ENTERPRISE)
        assert kept.counts(eve)
        assert not kept.counts(FIRST_REPAIR)

    async def test_is_done_once_per_key(self, register: CreditRegister) -> None:
        await register.file(report())
        first = await register.repair("r-1", repair(), default_credit())
        assert await register.repair("r-1", repair(), default_credit()) == first
        for again in (repair(key="second-repair"), repair(by="p-2")):
            with pytest.raises(NothingToRepair):
                await register.repair("r-1", again, default_credit())

    async def test_of_two_at_once_one_is_done(self, register: CreditRegister) -> None:
        await register.file(report())
        tries = (register.repair("r-1", repair(key=f"k-{n}"), default_credit()) for n in range(4))
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        refused = [one for one in outcomes if isinstance(one, BaseException)]
        assert len(refused) == 3
        assert all(isinstance(one, NothingToRepair) for one in refused)

    async def test_is_possible_after_the_end_for_what_outlasts_the_record(
        self, register: CreditRegister
    ) -> None:
        await register.file(report())
        row = await register.repair("r-1", repair(date(2027, 2, 1)), default_credit())
        assert row["repaired_on"] > row["ends_on"]

    async def test_wants_a_record(self, register: CreditRegister) -> None:
        with pytest.raises(UnknownCreditRecord, match="r-9"):
            await register.repair("r-9", repair(), default_credit())

    async def test_of_light_bad_credit_needs_no_waiting(self, register: CreditRegister) -> None:
        light = report().record.model_copy(update={"severity": Severity.MINOR})
        await register.file(CreditReport(id="report-1", record=light))
        await register.repair("r-1", repair(DECIDED), default_credit())


class TestPublication:
    async def test_begins_on_its_day_and_ends_with_the_record(
        self, register: CreditRegister
    ) -> None:
        await register.file(report(publish_on=date(2026, 2, 6)))
        await register.file(report(2))
        for day, published in [
            (date(2026, 2, 5), []),
            (date(2026, 2, 6), ["r-1"]),
            (date(2027, 1, 31), ["r-1"]),
            (date(2027, 2, 1), []),
        ]:
            page = await register.published(day)
            assert [row["id"] for row in page.items] == published, day

    async def test_ends_with_the_repair(self, register: CreditRegister) -> None:
        await register.file(report(publish_on=DECIDED))
        await register.repair("r-1", repair(), default_credit())
        assert len((await register.published(FIRST_REPAIR - timedelta(days=1))).items) == 1
        assert (await register.published(FIRST_REPAIR)).items == []

    async def test_is_listed_newest_first_page_by_page(self, register: CreditRegister) -> None:
        for number in range(5):
            await register.file(report(number, publish_on=DECIDED + timedelta(days=number % 3)))
        day, cursor, seen = date(2026, 6, 1), None, []
        while True:
            page = await register.published(day, cursor=cursor, limit=2)
            seen += [row["id"] for row in page.items]
            if (cursor := page.next) is None:
                break
        assert seen == ["r-2", "r-4", "r-1", "r-3", "r-0"]

    async def test_tells_nothing_about_persons(
        self, register: CreditRegister, execute: Execute
    ) -> None:
        await register.file(report(publish_on=DECIDED), by="p-7")
        (row,) = (await register.published(date(2026, 3, 1))).items
        assert row.keys() == {
            *("id", "subject", "kind", "severity", "decided_on", "ends_on", "document"),
            "publish_on",
        }
