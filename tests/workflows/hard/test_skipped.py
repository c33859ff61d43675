"""A source that never answers again: operators skip what waits for it, and the chain goes on."""

import asyncio

from temporalio.client import WorkflowExecutionStatus

from groundwork.domain import commands as cmd
from groundwork.domain.credit import FILE_CREDIT, LOOK_UP_CREDIT
from groundwork.domain.model import CommitmentState
from groundwork.domain.rejections import Reason
from groundwork.domain.views import open_errands, pending_filings
from groundwork.workflows import attributes as sa
from groundwork.workflows.ports import NOTE_FAILING, Failing
from tests.domain.small import COMMITTED, TOLERANT
from tests.workflows.hard.taped import Taped
from tests.workflows.hard.town import Followed, Town

KEY, PROMISE = "U03.B1", "U03.B1-commitment"
GREENING = cmd.Receive(step="U01.B1", materials=("survey", "fence"), promised=("greening",))


def skip(errand: str) -> cmd.SkipErrand:
    return cmd.SkipErrand(errand=errand, reason="平台已停用")


async def failing_attribute(followed: Followed) -> str | None:
    described = await followed.handle.describe()
    return described.typed_search_attributes.get(sa.FAILING_ACTIVITY)


async def sent_for_no_more(followed: Followed) -> None:
    """Return once the engine tries nothing any more and operators see nothing that fails."""
    while await followed.pending() or await failing_attribute(followed) is not None:
        await asyncio.sleep(0.05)


async def test_a_look_up_is_skipped_once_and_the_chain_is_stuck_no_more(silent_town: Town) -> None:
    town = silent_town
    play = Taped(modes={KEY: COMMITTED}).planned()
    with town.fake.open():
        followed = await town.follow(play)
    play.away = True
    play.at("2026-03-03 10:00").commit(KEY)
    await followed.catch_up()
    shown = await followed.failing()
    note = Failing(activity=LOOK_UP_CREDIT, error="BureauUnavailable", since=play.now)
    await followed.handle.signal(NOTE_FAILING, note)
    while await failing_attribute(followed) is None:
        await asyncio.sleep(0.05)
    assert shown.activity_type.name == LOOK_UP_CREDIT

    (errand,) = open_errands(play.chain)
    play.at("2026-03-03 11:00").do(skip(errand))
    await followed.catch_up()
    sent = play.tape[-1].envelope
    assert sent is not None
    assert (await followed.send(sent)).seq == play.tape[-1].seq
    await sent_for_no_more(followed)
    assert "⚠" not in await followed.details()
    # Nobody is trusted or barred for it, and what does not hang on it goes on.
    assert (await followed.chain()).commitments[PROMISE].state is CommitmentState.SIGNED
    assert play.refused(cmd.Accept(step=KEY)) is Reason.CREDIT_UNKNOWN
    play.settle("U02.B1")
    await followed.catch_up()
    assert (await followed.step("U02.B1"))["state"] == "passed"
    await followed.replay()


async def test_what_was_skipped_is_looked_up_afresh_when_people_ask_for_it(
    silent_town: Town,
) -> None:
    town = silent_town
    play = Taped(modes={"U01": TOLERANT}).planned()
    with town.fake.open():
        followed = await town.follow(play)
    play.away = True
    play.at("2026-03-03 10:00").do(GREENING)
    await followed.catch_up()
    await followed.failing()
    play.at("2026-03-03 11:00").do(skip(open_errands(play.chain)[0]))
    assert play.refused(cmd.Accept(step="U01.B1")) is Reason.CREDIT_UNKNOWN
    await followed.catch_up()
    with town.fake.open():
        play.away = False
        play.at("2026-03-03 15:00").do(cmd.RecheckCredit())
        await followed.catch_up()
        play.accept("U01.B1")
        await followed.catch_up()
    assert (await followed.step("U01.B1"))["state"] == "accepted"
    await followed.replay()


async def test_a_chain_that_waits_for_a_filing_alone_ends_when_that_is_skipped(
    silent_town: Town,
) -> None:
    town = silent_town
    play = Taped(modes={KEY: COMMITTED}).planned()
    play.commit(KEY).accept(KEY).decide(KEY)
    with town.fake.open():
        followed = await town.follow(play)
    play.away = True
    play.wait("2026-06-09 00:00").at("2026-06-09 10:00")
    play.do(cmd.TerminateChain(reason="the investor is gone"))
    await followed.catch_up()
    assert (await followed.failing()).activity_type.name == FILE_CREDIT
    described = await followed.handle.describe()
    assert described.status is WorkflowExecutionStatus.RUNNING
    play.at("2026-06-09 11:00").do(skip(pending_filings(play.chain)[0]))
    await followed.catch_up()
    await followed.handle.result()
    assert (await followed.commitments())[PROMISE]["state"] == "archived"
    assert not town.fake.reports
    await followed.replay()
