"""Lists come whole, in order, a page at a time, while others write."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain import events as ev
from groundwork.store.errors import BadCursor
from groundwork.store.paging import Page
from groundwork.store.projects import Projects
from groundwork.store.reads import ChainFilter, EscalationFilter, Reads
from groundwork.store.recorder import Recorder
from tests.store.histories import CHAIN, OFFICER, PROJECT, T0, History, eventful, project

FIRST_DAY = date(2026, 5, 1)


async def every(read: Any, *arguments: Any, limit: int = 3, **options: Any) -> list[Any]:
    """All items of a list, page by page."""
    items: list[Any] = []
    cursor = None
    while True:
        page: Page = await read(*arguments, **options, cursor=cursor, limit=limit)
        assert len(page.items) <= limit
        items += page.items
        if page.next is None:
            return items
        assert page.next != cursor
        cursor = page.next


@pytest.fixture
async def many(recorder: Recorder) -> list[History]:
    """Ten chains: pairs of them are due on the same day, the last two on none."""
    histories = []
    for number in range(10):
        history = History(
            chain_id=f"chain-{9 - number}",
            district="gonghe" if number % 2 else "shaping",
            housekeeper=f"p-{number % 3}",
        )
        if number < 8:
            day = FIRST_DAY + timedelta(days=7 - number // 2)
            history.open("L01", due_on=day).open("L03", due_on=day)
        await recorder.record(history.batch())
        histories.append(history)
    return histories


class TestChains:
    @pytest.mark.usefixtures("many")
    @pytest.mark.parametrize("limit", [1, 3, 10, 100])
    async def test_pages_hold_every_chain_once_most_urgent_first(
        self, reads: Reads, limit: int
    ) -> None:
        chains = await every(reads.chains, limit=limit)
        assert len({chain["id"] for chain in chains}) == len(chains) == 10
        keys = [(chain["act_by"], chain["id"]) for chain in chains]
        assert keys == sorted(keys)
        assert [chain["next_due_on"] for chain in chains[-2:]] == [None, None]

    @pytest.mark.usefixtures("many")
    async def test_a_page_does_not_shift_when_rows_come_and_go_before_it(
        self, reads: Reads, recorder: Recorder, many: list[History]
    ) -> None:
        first = await reads.chains(limit=4)
        seen = {chain["id"] for chain in first.items}
        urgent = History(chain_id="urgent").open("L01", due_on=FIRST_DAY - timedelta(days=9))
        await recorder.record(urgent.batch())
        gone = next(history for history in many if history.chain_id in seen)
        gone.add(ev.ChainWithdrawn, by=OFFICER, reason="withdrawn")
        await recorder.record(gone.batch(len(gone.events)))

        rest = []
        cursor = first.next
        while cursor:
            page = await reads.chains(cursor=cursor, limit=4)
            rest += [chain["id"] for chain in page.items]
            cursor = page.next
        unmoved = {history.chain_id for history in many} - seen
        assert unmoved <= set(rest)
        assert len(rest) == len(set(rest))
        assert set(rest) - unmoved == {gone.chain_id}

    @pytest.mark.usefixtures("many")
    async def test_filters_narrow_the_list(self, reads: Reads, recorder: Recorder) -> None:
        red = History(chain_id="red").open("L02").escalate("L02", 2)
        await recorder.record(red.batch())

        async def ids(**which: str) -> set[str]:
            return {chain["id"] for chain in await every(reads.chains, ChainFilter(**which))}

        assert await ids(light="red") == {"red"}
        assert len(await ids(state="running")) == 11
        assert await ids(state="completed") == set()
        assert len(await ids(type="LandToConstruction")) == 11
        assert await ids(definition="completion-to-production") == set()
        assert len(await ids(district="shaping")) == 5
        assert len(await ids(housekeeper="p-0")) == 4
        assert len(await ids(housekeeper="p-0", district="shaping")) == 2
        assert len(await ids(department="fire")) == 8
        assert len(await ids(department="planning")) == 9
        assert len(await ids(project=PROJECT)) == 11
        assert await ids(department="nobody") == set()

    async def test_a_chain_that_is_not_there(self, reads: Reads) -> None:
        assert await reads.chain("none") is None
        assert await reads.projected_seq("none") == 0
        assert await reads.steps("none") == []
        assert await reads.timeline("none") == []

    @pytest.mark.usefixtures("many")
    @pytest.mark.parametrize(
        "cursor",
        ["", "x", "é", "W10", "WzEsMl0", "bnVsbA", "WyIyMDI2LTAxLTAxIiwgMV0", "W1tdLFtdXQ"],
    )
    async def test_a_cursor_of_somewhere_else_is_refused(self, reads: Reads, cursor: str) -> None:
        with pytest.raises(BadCursor, match="first page"):
            await reads.chains(cursor=cursor)


class TestInbox:
    @pytest.mark.usefixtures("many")
    async def test_open_steps_of_one_department_most_urgent_first(self, reads: Reads) -> None:
        steps = await every(reads.inbox, "fire")
        assert [step["key"] for step in steps] == ["L03"] * 8
        days = [step["due_on"] for step in steps]
        assert days == sorted(days)
        assert steps[0]["project_name"] == "新材料生产基地"

    async def test_a_decided_step_leaves_and_a_stepless_day_comes_last(
        self, reads: Reads, recorder: Recorder
    ) -> None:
        history = History().open("L01").open("L02").add(ev.StepReady, step="L04").decide("L01")
        await recorder.record(history.batch())
        steps = await every(reads.inbox, "planning")
        assert [(step["key"], step["due_on"]) for step in steps] == [
            ("L02", date(2026, 4, 1)),
            ("L04", None),
        ]

    async def test_it_can_be_narrowed(self, reads: Reads, recorder: Recorder) -> None:
        history = History().open("L01").escalate("L01").open("L02").add(ev.StepReady, step="L04")
        await recorder.record(history.batch())
        assert [s["key"] for s in await every(reads.inbox, "planning", light="red")] == ["L01"]
        waiting = await every(reads.inbox, "planning", waiting_on="applicant")
        assert [step["key"] for step in waiting] == ["L04"]


class TestEscalations:
    async def test_newest_first_and_by_default_the_open_ones(
        self, reads: Reads, recorder: Recorder
    ) -> None:
        history = History().open("L01").open("L03")
        for level in range(1, 4):
            history.escalate("L01", level).escalate("L03", level)
        history.add(ev.EscalationAcknowledged, by=OFFICER, escalation="L01-1", answer="soon")
        await recorder.record(history.batch())

        still_open = await every(reads.escalations)
        assert [row["id"] for row in still_open] == ["L03-3", "L01-3", "L03-2", "L01-2", "L03-1"]
        assert still_open[0]["recipients"] == ["deputy_leader", "data_bureau"]
        everything = await every(reads.escalations, EscalationFilter())
        assert len(everything) == 6
        assert everything[-1]["answer"] == "soon"
        fire = await every(reads.escalations, EscalationFilter(department="fire", level=2))
        assert [row["id"] for row in fire] == ["L03-2"]
        assert await every(reads.escalations, EscalationFilter(chain_id="other")) == []


class TestHistory:
    async def test_a_timeline_can_be_followed(self, reads: Reads, recorder: Recorder) -> None:
        history = eventful()
        await recorder.record(history.batch())
        assert [row["seq"] for row in await reads.timeline(CHAIN, after=3, limit=4)] == [4, 5, 6, 7]
        row = (await reads.timeline(CHAIN, after=2, limit=1))[0]
        assert (row["type"], row["actor_id"], row["at"]) == (
            "step_received",
            OFFICER.id,
            T0 + timedelta(days=2),
        )
        assert await reads.projected_seq(CHAIN) == len(history.events)

    async def test_a_receipt_is_the_last_event_of_its_command(
        self, reads: Reads, recorder: Recorder
    ) -> None:
        history = History().open("L01")
        history.add(ev.StepReady, key="accept-L01", step="L02")
        await recorder.record(history.batch())
        assert await reads.receipt(CHAIN, "accept-L01") == 5
        assert await reads.receipt(CHAIN, "launch-key") == 1
        assert await reads.receipt(CHAIN, "unknown-key") is None
        assert await reads.receipt("other-chain", "accept-L01") is None

    async def test_audit_rows_come_in_the_order_of_recording(
        self, reads: Reads, recorder: Recorder
    ) -> None:
        history = eventful()
        for batch in history.batches(5):
            await recorder.record(batch)
        await recorder.record(History(chain_id="other").open("L01").batch())
        of_one = await every(reads.audit, chain_id=CHAIN)
        assert [row["seq"] for row in of_one] == list(range(1, len(history.events) + 1))
        assert of_one[1]["prev_hash"] == of_one[0]["hash"]
        assert len(await every(reads.audit)) == len(history.events) + 4


class TestProjects:
    async def test_newest_first_and_filtered(
        self, reads: Reads, recorder: Recorder, engine: AsyncEngine
    ) -> None:
        projects = Projects(engine)
        for number in range(5):
            await projects.create(
                project(f"2604-440784-04-01-00000{number}", district=f"d{number % 2}")
            )
        codes = [row["code"] for row in await every(reads.projects, limit=2)]
        assert codes == [f"2604-440784-04-01-00000{n}" for n in (4, 3, 2, 1, 0)] + [PROJECT]
        assert len(await every(reads.projects, district="d0")) == 3
        assert await every(reads.projects, housekeeper="nobody") == []


@pytest.mark.parametrize(
    ("index", "query"),
    [
        (
            "ix_step_inbox",
            "SELECT * FROM step WHERE department = 'fire' AND open"
            " AND (act_by, chain_id, key) > ('2026-05-01', 'chain', 'L01')"
            " ORDER BY act_by, chain_id, key LIMIT 50",
        ),
        (
            "ix_chain_act_by_id",
            "SELECT * FROM chain WHERE (act_by, id) > ('2026-05-01', 'chain')"
            " ORDER BY act_by, id LIMIT 50",
        ),
        (
            "ix_chain_light_act_by_id",
            "SELECT * FROM chain WHERE light = 'red' ORDER BY act_by, id LIMIT 50",
        ),
        (
            "ix_escalation_open",
            "SELECT * FROM escalation WHERE state = 'open' AND department = 'fire'"
            " ORDER BY at DESC, chain_id DESC, id DESC LIMIT 50",
        ),
        ("ix_event_key", "SELECT seq FROM event WHERE chain_id = 'chain' AND key = 'some-key'"),
    ],
)
async def test_hot_lists_can_be_read_in_the_order_of_an_index(
    engine: AsyncEngine, index: str, query: str
) -> None:
    async with engine.connect() as connection:
        # With so few rows a scan is cheaper; what matters is that the index fits the query.
        await connection.execute(text("SET enable_seqscan = off"))
        await connection.execute(text("SET enable_bitmapscan = off"))
        plan = "\n".join(await connection.scalars(text(f"EXPLAIN {query}")))
    assert f"Index Scan using {index} " in plan.replace("Index Scan Backward", "Index Scan")
    assert "Sort" not in plan
