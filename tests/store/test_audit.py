"""Whoever changes the record behind the program's back is found out, and the row is named."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.store.audit import Audit
from groundwork.store.export import export, verify_export
from groundwork.store.ledger import EVENT, Finding, Kind, event_hash
from groundwork.store.recorder import Recorder
from tests.store.conftest import Execute
from tests.store.histories import CHAIN, History, eventful

Tamper = Callable[..., Awaitable[None]]

COPY = (
    "INSERT INTO event SELECT chain_id, {seq}, type, at, recorded_at, actor_id, actor_role,"
    " actor_department, basis, key, body, prev_hash, hash FROM event WHERE chain_id = '{chain}'"
    " AND seq = {source}"
)


@pytest.fixture
def tamper(execute: Execute) -> Tamper:
    """Changes the record as somebody would who owns the database and knows its guards."""

    async def change(*statements: str, **parameters: Any) -> None:
        await execute("ALTER TABLE event DISABLE TRIGGER ALL")
        for statement in statements:
            await execute(statement, **parameters)
        await execute("ALTER TABLE event ENABLE TRIGGER ALL")

    return change


@pytest.fixture(autouse=True)
async def recorded(recorder: Recorder) -> History:
    """Two chains in the record; the tests tamper with one of them."""
    history = eventful()
    for batch in history.batches(4):
        await recorder.record(batch)
    await recorder.record(History(chain_id="untouched").open("L01").batch())
    return history


def brief(findings: list[Finding]) -> list[tuple[int | None, Kind]]:
    assert {finding.chain_id for finding in findings} <= {CHAIN}
    return [(finding.seq, finding.kind) for finding in findings]


class TestVerify:
    async def test_an_honest_record_has_no_findings(self, audit: Audit) -> None:
        assert await audit.verify() == []
        assert await audit.verify(CHAIN) == []

    @pytest.mark.parametrize(
        "change",
        [
            """body = jsonb_set(body, '{materials}', '["other"]')""",
            "recorded_at = recorded_at + interval '1 microsecond'",
            "hash = 'v1:' || repeat('1', 64)",
        ],
    )
    async def test_changed_content(self, audit: Audit, tamper: Tamper, change: str) -> None:
        await tamper(f"UPDATE event SET {change} WHERE chain_id = :chain AND seq = 3", chain=CHAIN)
        assert (3, Kind.CHANGED) in brief(await audit.verify())
        assert (3, Kind.CHANGED) in brief(await audit.verify(CHAIN))
        assert await audit.verify("untouched") == []

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("type", "step_decided"),
            ("actor_id", "p-somebody-else"),
            ("actor_role", "director"),
            ("actor_department", "fire"),
            ("basis", "some law"),
            ("key", "other-key"),
            ("at", "2026-01-01T00:00:00Z"),
        ],
    )
    async def test_a_changed_column_although_the_body_is_whole(
        self, audit: Audit, tamper: Tamper, column: str, value: str
    ) -> None:
        await tamper(
            f"UPDATE event SET {column} = '{value}' WHERE chain_id = :chain AND seq = 3",
            chain=CHAIN,
        )
        (finding,) = await audit.verify()
        assert (finding.chain_id, finding.seq, finding.kind) == (CHAIN, 3, Kind.CHANGED)
        assert f"column {column} " in finding.detail
        assert value not in finding.detail

    async def test_changed_content_with_a_matching_hash(
        self, audit: Audit, tamper: Tamper, execute: Execute
    ) -> None:
        ((body, recorded_at, prev),) = await execute(
            "SELECT body, recorded_at, prev_hash FROM event WHERE chain_id = :chain AND seq = 3",
            chain=CHAIN,
        )
        forged = body | {"materials": ["forged"]}
        await tamper(
            "UPDATE event SET body = CAST(:body AS jsonb), hash = :hash"
            " WHERE chain_id = :chain AND seq = 3",
            body=orjson.dumps(forged).decode(),
            hash=event_hash(CHAIN, forged, recorded_at, prev),
            chain=CHAIN,
        )
        assert brief(await audit.verify()) == [(4, Kind.UNLINKED)]

    async def test_a_missing_row(self, audit: Audit, tamper: Tamper) -> None:
        await tamper("DELETE FROM event WHERE chain_id = :chain AND seq = 5", chain=CHAIN)
        assert brief(await audit.verify()) == [(5, Kind.MISSING)]

    async def test_missing_rows_at_the_beginning_and_at_the_end(
        self, audit: Audit, tamper: Tamper, recorded: History
    ) -> None:
        last = len(recorded.events)
        await tamper(
            "DELETE FROM event WHERE chain_id = :chain AND (seq <= 2 OR seq >= :last)",
            chain=CHAIN,
            last=last - 1,
        )
        first, second = await audit.verify()
        assert (first.seq, first.kind, first.detail) == (
            1,
            Kind.MISSING,
            "events 1 to 2 are missing",
        )
        assert (second.seq, second.kind) == (last - 1, Kind.MISSING)

    async def test_all_rows_missing(self, audit: Audit, tamper: Tamper) -> None:
        await tamper("DELETE FROM event WHERE chain_id = :chain", chain=CHAIN)
        assert brief(await audit.verify()) == [(1, Kind.MISSING)]

    async def test_missing_rows_with_a_head_that_was_moved_back(
        self, audit: Audit, tamper: Tamper, recorded: History
    ) -> None:
        last = len(recorded.events)
        await tamper(
            "DELETE FROM event WHERE chain_id = :chain AND seq = :last",
            "UPDATE chain SET seq = :last - 1 WHERE id = :chain",
            chain=CHAIN,
            last=last,
        )
        assert brief(await audit.verify()) == [(None, Kind.HEAD)]

    async def test_two_rows_in_exchanged_places(self, audit: Audit, tamper: Tamper) -> None:
        await tamper(
            "UPDATE event SET seq = 1000 WHERE chain_id = :chain AND seq = 4",
            "UPDATE event SET seq = 4 WHERE chain_id = :chain AND seq = 5",
            "UPDATE event SET seq = 5 WHERE chain_id = :chain AND seq = 1000",
            chain=CHAIN,
        )
        findings = brief(await audit.verify())
        assert {(4, Kind.REORDERED), (5, Kind.REORDERED)} <= set(findings)

    async def test_an_added_row_at_the_end(
        self, audit: Audit, tamper: Tamper, recorded: History
    ) -> None:
        last = len(recorded.events)
        await tamper(COPY.format(chain=CHAIN, seq=last + 1, source=3))
        assert (last + 1, Kind.ADDED) in brief(await audit.verify())

    async def test_an_added_row_at_the_end_that_continues_the_chain_of_hashes(
        self, audit: Audit, tamper: Tamper, execute: Execute, recorded: History
    ) -> None:
        last = len(recorded.events)
        ((recorded_at, head_hash),) = await execute(
            "SELECT updated_at, head_hash FROM chain WHERE id = :chain", chain=CHAIN
        )
        event = recorded.decide("L03").events[-1]
        body = EVENT.dump_python(event, mode="json")
        await tamper(
            "INSERT INTO event SELECT :chain, :seq, 'step_decided', :at, :recorded_at, 'p-officer',"
            " 'officer', 'planning', '', 'decide-L03', CAST(:body AS jsonb), :prev, :hash",
            chain=CHAIN,
            seq=last + 1,
            at=event.at,
            recorded_at=recorded_at,
            body=orjson.dumps(body).decode(),
            prev=head_hash,
            hash=event_hash(CHAIN, body, recorded_at, head_hash),
        )
        assert brief(await audit.verify()) == [(last + 1, Kind.ADDED)]

    async def test_an_added_row_in_the_middle(
        self, audit: Audit, tamper: Tamper, recorded: History
    ) -> None:
        last = len(recorded.events)
        await tamper(
            f"UPDATE event SET seq = seq + 1000 WHERE chain_id = '{CHAIN}' AND seq >= 5",
            f"UPDATE event SET seq = seq - 999 WHERE chain_id = '{CHAIN}' AND seq >= 1005",
            COPY.format(chain=CHAIN, seq=5, source=4),
        )
        findings = brief(await audit.verify())
        assert {(5, Kind.REORDERED), (5, Kind.UNLINKED), (last + 1, Kind.ADDED)} <= set(findings)

    async def test_a_row_from_another_chain(self, audit: Audit, tamper: Tamper) -> None:
        await tamper(
            "DELETE FROM event WHERE chain_id = :chain AND seq = 4",
            "INSERT INTO event SELECT :chain, seq, type, at, recorded_at, actor_id, actor_role,"
            " actor_department, basis, key, body, prev_hash, hash"
            " FROM event WHERE chain_id = 'untouched' AND seq = 4",
            chain=CHAIN,
        )
        assert (4, Kind.CHANGED) in brief(await audit.verify())

    async def test_a_forged_head(self, audit: Audit, execute: Execute) -> None:
        await execute("UPDATE chain SET head_hash = 'v1:0' WHERE id = :chain", chain=CHAIN)
        assert brief(await audit.verify()) == [(None, Kind.HEAD)]

    async def test_events_without_a_head(
        self, audit: Audit, tamper: Tamper, execute: Execute
    ) -> None:
        for part in ("deficiency", "commitment", "escalation", "step"):
            await execute(f"DELETE FROM {part} WHERE chain_id = '{CHAIN}'")
        await execute("ALTER TABLE chain DISABLE TRIGGER ALL")
        await tamper("DELETE FROM chain WHERE id = :chain", chain=CHAIN)
        assert brief(await audit.verify()) == [(None, Kind.HEAD)]
        assert brief(await audit.verify(CHAIN)) == [(None, Kind.HEAD)]

    async def test_a_body_that_is_no_event(self, audit: Audit, tamper: Tamper) -> None:
        await tamper(
            "UPDATE event SET body = '[]' WHERE chain_id = :chain AND seq = 2", chain=CHAIN
        )
        assert (2, Kind.CHANGED) in brief(await audit.verify())

    async def test_an_unknown_chain_is_not_called_whole(self, audit: Audit) -> None:
        (finding,) = await audit.verify("no-such-chain")
        assert finding.kind is Kind.MISSING


class TestRefold:
    async def test_an_honest_read_model_has_no_findings(self, audit: Audit) -> None:
        assert await audit.refold() == []

    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            ("UPDATE chain SET light = 'green' WHERE id = :chain", f"row {CHAIN} differs in light"),
            (
                "UPDATE chain SET snapshot = jsonb_set(snapshot, '{steps,L01,level}', '0')"
                " WHERE id = :chain",
                f"row {CHAIN} differs in snapshot",
            ),
            (
                "UPDATE chain SET snapshot = '{}' WHERE id = :chain",
                f"row {CHAIN} differs in snapshot",
            ),
            (
                "UPDATE step SET due_on = '2030-01-01', state = 'passed'"
                " WHERE chain_id = :chain AND key = 'L03'",
                f"row {CHAIN} L03 differs in state, due_on",
            ),
            ("DELETE FROM deficiency WHERE chain_id = :chain", f"row {CHAIN} L02-d1 is missing"),
            (
                "UPDATE escalation SET id = 'L01-9' WHERE chain_id = :chain AND id = 'L01-2'",
                f"row {CHAIN} L01-9 has no event behind it",
            ),
            (
                "UPDATE commitment SET obligations = '{}' WHERE chain_id = :chain",
                f"row {CHAIN} L02-c1 differs in obligations",
            ),
        ],
    )
    async def test_a_read_model_that_says_otherwise(
        self, audit: Audit, execute: Execute, statement: str, said: str
    ) -> None:
        await execute(statement, chain=CHAIN)
        findings = await audit.refold()
        assert {(finding.chain_id, finding.kind) for finding in findings} == {
            (CHAIN, Kind.READ_MODEL)
        }
        assert any(finding.detail.endswith(said) for finding in findings)
        assert await audit.verify() == []

    async def test_events_that_cannot_be_folded(self, audit: Audit, tamper: Tamper) -> None:
        await tamper(
            """UPDATE event SET body = jsonb_set(body, '{step}', '"L99"')"""
            " WHERE chain_id = :chain AND seq = 2",
            chain=CHAIN,
        )
        (finding,) = await audit.refold(CHAIN)
        assert "cannot be folded" in finding.detail


class TestExport:
    @pytest.fixture
    async def lines(self, engine: AsyncEngine) -> list[bytes]:
        """The export of one chain."""
        return [line async for line in export(engine, CHAIN)]

    async def test_an_export_can_be_verified_without_a_database(
        self, lines: list[bytes], engine: AsyncEngine, recorded: History
    ) -> None:
        assert len(lines) == len(recorded.events) + 1
        assert all(line.endswith(b"\n") for line in lines)
        assert verify_export(lines) == []
        everything = [line async for line in export(engine)]
        assert verify_export(line.decode() for line in everything) == []
        assert len(everything) > len(lines)

    async def test_a_changed_line(self, lines: list[bytes]) -> None:
        lines[2] = lines[2].replace(b'"plan"', b'"palm"')
        assert brief(verify_export(lines)) == [(3, Kind.CHANGED)]

    async def test_a_missing_line(self, lines: list[bytes]) -> None:
        del lines[2]
        assert brief(verify_export(lines)) == [(3, Kind.MISSING)]

    async def test_exchanged_lines(self, lines: list[bytes]) -> None:
        lines[2], lines[3] = lines[3], lines[2]
        assert (3, Kind.REORDERED) in brief(verify_export(lines))

    async def test_a_repeated_line(self, lines: list[bytes]) -> None:
        lines.insert(3, lines[2])
        assert (3, Kind.REORDERED) in brief(verify_export(lines))

    async def test_an_export_that_was_cut_off(self, lines: list[bytes]) -> None:
        assert brief(verify_export(lines[:-2])) == [(None, Kind.HEAD)]
        shorter = [*lines[:-2], lines[-1]]
        assert brief(verify_export(shorter)) == [(len(lines) - 1, Kind.MISSING)]

    async def test_a_line_that_is_something_else(self, lines: list[bytes]) -> None:
        lines.insert(1, b"not JSON\n")
        (finding,) = verify_export(lines)
        assert finding.kind is Kind.UNREADABLE
        assert "line 2" in finding.detail


async def test_the_check_sees_one_moment_of_a_busy_system(
    audit: Audit, recorder: Recorder, recorded: History
) -> None:
    async def write() -> None:
        for number in range(40):
            last = len(recorded.escalate("L03", 10 + number).events)
            await recorder.record(recorded.batch(last))

    writing = asyncio.create_task(write())
    while not writing.done():
        assert await audit.verify() == []
        assert await audit.refold() == []
    await writing
