"""What an inspector can prove: every single change of a row, in database or export, is named."""

from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.store.audit import Audit, verify_on
from groundwork.store.denials import Denials
from groundwork.store.engine import create_engine
from groundwork.store.export import export
from groundwork.store.ledger import Finding, Kind
from groundwork.store.proof_export import Scope, proof_export
from groundwork.store.proof_reading import verify_file
from groundwork.store.recorder import Recorder
from groundwork.store.signatures import SigningKey, fingerprint
from groundwork.store.signed_heads import SignedHeads
from tests.store.conftest import Execute
from tests.store.histories import CHAIN, PROJECT, History, eventful, find_definition

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
KEY = SigningKey.new()
OTHER = "untouched"
DAY = timedelta(days=1)


@pytest.fixture
def heads(engine: AsyncEngine) -> SignedHeads:
    """The signed heads of that database."""
    return SignedHeads(engine)


@pytest.fixture(autouse=True)
async def recorded(engine: AsyncEngine, recorder: Recorder, heads: SignedHeads) -> History:
    """Two chains and four denials; signed on three days, with some of each after the last."""
    history, denials = eventful(), Denials(engine)
    for number, batch in enumerate(history.batches(8)):
        await recorder.record(batch)
        await denials.write("p-1", "decide", f"chains/{CHAIN}/commands/decide", "not_permitted")
        if number < 2:
            await heads.sign(NOON + number * DAY, KEY)
    await recorder.record(History(chain_id=OTHER).open("L01").batch())
    await heads.sign(NOON + 2 * DAY, KEY)
    await denials.write(None, "read_audit", "audit", "not_permitted")
    await recorder.record(history.decide("L03").batch())
    return history


async def lines(engine: AsyncEngine, scope: Scope = Scope()) -> list[bytes]:  # noqa: B008
    return [line async for line in proof_export(engine, scope)]


def told(findings: list[Finding]) -> str:
    return " | ".join(f"{one.chain_id}#{one.seq} {one.kind} {one.detail}" for one in findings)


class TestSigning:
    async def test_days_are_signed_once(self, heads: SignedHeads, execute: Execute) -> None:
        before = await execute("SELECT * FROM signed_head ORDER BY day")
        assert [row.day for row in before] == [
            date(2026, 3, 9),
            date(2026, 3, 10),
            date(2026, 3, 11),
        ]
        assert await heads.sign(NOON + 2 * DAY, SigningKey.new()) == []
        assert await execute("SELECT * FROM signed_head ORDER BY day") == before

    async def test_missed_days_are_made_up_for(self, heads: SignedHeads, audit: Audit) -> None:
        assert await heads.sign(NOON + 5 * DAY, KEY) == [date(2026, 3, day) for day in (12, 13, 14)]
        assert await audit.verify(now=NOON + 5 * DAY) == []
        newest, *_ = await heads.list()
        assert newest.said()["chains"] == 2

    async def test_a_day_ends_at_midnight_in_shanghai(self, heads: SignedHeads) -> None:
        before_midnight = datetime(2026, 3, 12, 15, 59, tzinfo=UTC)
        assert await heads.sign(before_midnight, KEY) == []
        assert await heads.sign(before_midnight + timedelta(minutes=1), KEY) == [date(2026, 3, 12)]

    async def test_heads_can_only_be_added(self, execute: Execute) -> None:
        for statement in ("DELETE FROM signed_head", "UPDATE denial SET reason = 'x'"):
            with pytest.raises(Exception, match="only ever added"):
                await execute(statement)

    async def test_a_changed_key_is_told(self, heads: SignedHeads, engine: AsyncEngine) -> None:
        fresh = SigningKey.new()
        await heads.sign(NOON + 3 * DAY, fresh)
        known, now = fingerprint(KEY.public), NOON + 3 * DAY
        assert await Audit(engine, find_definition).verify(now=now) == []
        both = frozenset({known, fingerprint(fresh.public)})
        assert await Audit(engine, find_definition, both).verify(now=now) == []
        (finding,) = await Audit(engine, find_definition, frozenset({known})).verify(now=now)
        assert finding.kind is Kind.SIGNATURE
        assert "signed head 2026-03-12" in finding.detail
        verdict = verify_file(await lines(engine))
        assert list(verdict.keys) == [known, fingerprint(fresh.public)]


NOW = NOON + 2 * DAY
CHANGES = {
    "event": (
        *("type", "at", "recorded_at", "actor_id", "actor_role", "actor_department", "basis"),
        *("key", "body", "prev_hash", "hash", "seq"),
    ),
    "signed_head": ("statement", "hash", "signature", "public_key", "leaves", "denials", "day"),
    "denial": ("at", "actor", "action", "subject", "reason"),
}
OTHERWISE = {
    "at": "at + interval '1 second'",
    "recorded_at": "recorded_at + interval '1 microsecond'",
    "seq": "seq + 1000",
    "day": "day + 100",
    "body": """jsonb_set(body, '{at}', '"2020-01-01T00:00:00Z"')""",
    "leaves": 'leaves || \'[["x", 1, "y"]]\'',
    "denials": "denials || '[[99, \"y\"]]'",
}
ROWS = {
    "event": f"chain_id = '{CHAIN}' AND seq = {{}}",
    "signed_head": "day = date '2026-03-08' + {}",
    "denial": "id = (SELECT id FROM denial ORDER BY id OFFSET {} - 1 LIMIT 1)",
}
EVENTS = len(eventful().events)
HOW_MANY = {"event": EVENTS + 1, "signed_head": 3, "denial": -(-EVENTS // 8)}


@st.composite
def tampering(draw: st.DrawFn) -> tuple[str, int, str]:
    """A table, the number of a row in it, and the statement that changes this row alone."""
    of = draw(st.sampled_from(sorted(CHANGES)))
    number = draw(st.integers(1, HOW_MANY[of]))
    row = ROWS[of].format(number)
    column = draw(st.sampled_from([None, *CHANGES[of]]))
    if column is None:
        return of, number, f"DELETE FROM {of} WHERE {row}"
    value = OTHERWISE.get(column, f"coalesce({column}, '') || '!'")
    return of, number, f"UPDATE {of} SET {column} = {value} WHERE {row}"


class TestDatabase:
    async def test_an_honest_record_has_no_findings(self, audit: Audit) -> None:
        assert await audit.verify(now=NOW) == []
        assert await audit.verify(CHAIN, now=NOW) == []

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(change=tampering())
    @example(change=("denial", 1, f"DELETE FROM denial WHERE {ROWS['denial'].format(1)}"))
    @example(
        change=("signed_head", 3, f"DELETE FROM signed_head WHERE {ROWS['signed_head'].format(3)}")
    )
    async def test_every_single_change_is_found_and_named(
        self, database: str, change: tuple[str, int, str]
    ) -> None:
        of, number, statement = change
        engine = create_engine(database)
        try:
            async with engine.connect() as connection:
                denials = await connection.execute(text("SELECT id FROM denial ORDER BY id"))
                ids = denials.scalars().all()
                for table in CHANGES:
                    await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
                changed = await connection.execute(text(statement))
                assert changed.rowcount == 1
                findings = await verify_on(connection, now=NOW + DAY)
                await connection.rollback()
        finally:
            await engine.dispose()
        if of == "event":
            named = f"{CHAIN}#{number} "
        elif of == "denial":
            named = f"denial {ids[number - 1]}:"
        else:
            named = f"signed head 2026-03-{8 + number:02}:"
        assert named in told(findings), (statement, told(findings))

    async def test_a_rewritten_history_is_found_by_the_heads(
        self, audit: Audit, engine: AsyncEngine, execute: Execute, recorder: Recorder
    ) -> None:
        for table in ("event", "chain"):
            await execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for part in ("deficiency", "commitment", "escalation", "step", "event"):
            await execute(f"DELETE FROM {part} WHERE chain_id = '{CHAIN}'")
        await execute(f"DELETE FROM chain WHERE id = '{CHAIN}'")
        forged = History().open("L01").escalate("L01").decide("L01").open("L02").open("L03")
        await Recorder(engine, find_definition).record(forged.batch())
        assert [f for f in await audit.verify(now=NOW) if "holds" not in f.detail] == []
        assert "the signed head of 2026-03-09 holds" in told(await audit.verify(now=NOW))

    async def test_a_chain_that_is_gone_is_missed(self, audit: Audit, execute: Execute) -> None:
        for table in ("event", "chain"):
            await execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for part in ("step", "event"):
            await execute(f"DELETE FROM {part} WHERE chain_id = '{OTHER}'")
        await execute(f"DELETE FROM chain WHERE id = '{OTHER}'")
        (finding,) = await audit.verify(now=NOW)
        assert (finding.chain_id, finding.kind) == (OTHER, Kind.MISSING)

    async def test_a_refused_attempt_that_was_slipped_in_is_found(
        self, audit: Audit, execute: Execute
    ) -> None:
        await execute(
            "INSERT INTO denial (id, at, action, subject, reason)"
            " OVERRIDING SYSTEM VALUE VALUES (0, now(), 'decide', 'chains/x', 'not_permitted')"
        )
        (finding,) = await audit.verify(now=NOW)
        assert (finding.kind, finding.detail) == (Kind.ADDED, "denial 0: no signed head holds it")

    async def test_a_head_that_was_slipped_in_is_found(
        self, audit: Audit, execute: Execute
    ) -> None:
        await execute(
            "INSERT INTO signed_head SELECT day - 30, statement, hash, signature, public_key,"
            " leaves, denials FROM signed_head WHERE day = '2026-03-10'"
        )
        assert "signed head 2026-02-08: its statement does not match" in told(
            await audit.verify(now=NOW)
        )

    async def test_a_day_without_a_head_is_missed_when_it_is_overdue(self, audit: Audit) -> None:
        assert await audit.verify(now=NOW + DAY) == []
        (finding,) = await audit.verify(now=NOW + 2 * DAY)
        assert finding.detail.startswith("signed head 2026-03-12")


class TestExport:
    @pytest.fixture
    async def whole(self, engine: AsyncEngine) -> list[bytes]:
        """The export of everything."""
        return await lines(engine)

    @pytest.mark.parametrize(
        "scope", [Scope(), Scope(chain=CHAIN), Scope(project=PROJECT), Scope(chain="none")]
    )
    async def test_an_honest_export_has_no_findings(
        self, engine: AsyncEngine, scope: Scope
    ) -> None:
        verdict = verify_file(await lines(engine, scope), frozenset({fingerprint(KEY.public)}))
        assert verdict.findings == ()
        assert verdict.last_head == date(2026, 3, 11)
        assert list(verdict.keys) == [fingerprint(KEY.public)]

    async def test_it_says_how_much_is_not_signed_yet(self, whole: list[bytes]) -> None:
        assert verify_file(whole).unsigned == {CHAIN: 1}

    async def test_the_export_of_a_chain_names_no_other(self, engine: AsyncEngine) -> None:
        content = b"".join(await lines(engine, Scope(chain=CHAIN)))
        assert OTHER.encode() not in content
        assert b'"path":[[' in content
        assert content.count(b'"kind":"denial"') == HOW_MANY["denial"]

    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    async def test_every_single_change_of_a_line_is_found_and_named(
        self, whole: list[bytes], data: st.DataObject
    ) -> None:
        at = data.draw(st.integers(0, len(whole) - 1))
        changed, named = list(whole), f"line {at + 1}:"
        how = data.draw(st.sampled_from(["byte", "drop", "repeat", "move", "add"]))
        if how == "byte":
            place = data.draw(st.integers(0, len(whole[at]) - 1))
            byte = data.draw(st.integers(0, 255).filter(lambda one: one != whole[at][place]))
            changed[at] = whole[at][:place] + bytes([byte]) + whole[at][place + 1 :]
        elif how == "drop":
            del changed[at]
            named = (
                f"line {at + 1} is missing" if at + 1 < len(whole) else "end of the file is missing"
            )
        elif how == "repeat":
            changed.insert(at, whole[at])
            named = f"line {at + 2}:"
        elif how == "move":
            there = data.draw(st.integers(0, len(whole) - 1).filter(lambda one: one != at))
            changed.insert(there, changed.pop(at))
            named = f"line {there + 1}:"
        else:
            changed.insert(at, b'{"sum":"' + b"0" * 64 + b'","content":{},"kind":"event","n":1}\n')
        assert named in told(list(verify_file(changed).findings)), how

    async def test_sums_made_anew_do_not_help(self, whole: list[bytes]) -> None:
        from groundwork.store.proof_lines import Writer

        writer, forged = Writer(), []
        for line in whole:
            row = orjson.loads(line)
            if row["kind"] == "event" and row["content"]["seq"] == 3:
                row["content"]["event"]["at"] = "2020-01-01T00:00:00Z"
            forged.append(writer.line(row["kind"], row["content"]))
        assert f"{CHAIN}#3 changed" in told(list(verify_file(forged).findings))

    async def test_a_head_signed_by_another_key_is_not_trusted(self, whole: list[bytes]) -> None:
        verdict = verify_file(whole, frozenset({fingerprint(SigningKey.new().public)}))
        assert {one.kind for one in verdict.findings} == {Kind.SIGNATURE}

    async def test_an_export_of_the_older_format_is_still_verified(
        self, engine: AsyncEngine
    ) -> None:
        older = [line async for line in export(engine, CHAIN)]
        assert verify_file(older).findings == ()
        assert f"{CHAIN}#3 missing" in told(list(verify_file(older[:2] + older[3:]).findings))

    async def test_an_empty_file_is_not_whole(self) -> None:
        assert "no manifest" in told(list(verify_file([]).findings))
