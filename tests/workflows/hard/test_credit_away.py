"""A credit bureau that is away: what hangs on it waits in full sight, and nothing is guessed."""

import asyncio
from datetime import timedelta

from temporalio.api.enums.v1 import EventType
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import WorkflowExecutionStatus

from groundwork.domain import commands as cmd
from groundwork.domain.credit import FILE_CREDIT, LOOK_UP_CREDIT
from groundwork.domain.model import CommitmentState, StepState
from groundwork.domain.rejections import Reason
from groundwork.workflows import attributes as sa
from tests.bureaus import says, sleeps, status
from tests.domain.acceptance import bad_credit
from tests.domain.small import COMMITTED, STANDARD, TOLERANT
from tests.domain.worlds import USCC
from tests.workflows.hard.taped import Taped
from tests.workflows.hard.town import Followed, Town

KEY, PROMISE = "U03.B1", "U03.B1-commitment"
GREENING = "U01.B1-greening"
PAUSE = timedelta(minutes=5)
"""Longer than the engine ever waits between two attempts."""


async def resumed(followed: Followed) -> None:
    """The bureau is open again: skip the engine's pause, and let the answers come in."""
    play = followed.play
    play.away = False
    play.see_to_errands()
    await followed.forward_to(play.now + PAUSE)
    await followed.catch_up()


def waiting_to_sign() -> Taped:
    """A letter is signed while the bureau is away; another building lacks its greening."""
    play = Taped(modes={KEY: COMMITTED, "U01": TOLERANT}).planned()
    play.do(cmd.Receive(step="U01.B1", materials=("survey", "fence"), promised=("greening",)))
    return play.accept("U01.B1")


async def sign_while_away(town: Town) -> Followed:
    """Follow the play to where the letter is signed and nobody can say yet what credit is."""
    play = waiting_to_sign()
    with town.fake.open():
        followed = await town.follow(play)
    play.away = True
    play.at("2026-03-03 10:00").commit(KEY)
    await followed.catch_up()
    return followed


def failure(shown: PendingActivityInfo) -> tuple[str, str]:
    return shown.activity_type.name, shown.last_failure.application_failure_info.type


async def test_a_signed_letter_waits_visibly_until_the_bureau_is_back(silent_town: Town) -> None:
    town = silent_town
    followed = await sign_while_away(town)
    play = followed.play
    shown = await followed.failing()
    assert failure(shown) == (LOOK_UP_CREDIT, "BureauUnavailable")
    said = str(await town.client.data_converter.decode_failure(shown.last_failure))
    assert "GROUNDWORK_CREDIT_URL" in said
    assert USCC not in said
    # Nobody guesses: the letter is not in force, and what hangs on it is refused with the reason.
    assert (await followed.chain()).commitments[PROMISE].state is CommitmentState.SIGNED
    assert play.refused(cmd.Accept(step=KEY)) is Reason.CREDIT_PENDING
    # What does not hang on it goes on.
    play.settle("U02.B1")
    await followed.catch_up()
    assert (await followed.step("U02.B1"))["state"] == "passed"

    asked = len(town.fake.asked)
    with town.fake.open():
        town.fake.troubles.extend([says(b"nonsense"), status(503)])
        await resumed(followed)
        play.at("2026-03-03 16:00").accept(KEY).decide(KEY)
        await followed.catch_up()
    assert (await followed.commitments())[PROMISE]["state"] == "in_force"
    assert (await followed.step(KEY))["state"] == "passed"
    assert await followed.pending() == []
    # One answer that could not be read, one refusal, one answer: and one errand for each need.
    assert len(town.fake.asked) == asked + 3
    assert await followed.scheduled(LOOK_UP_CREDIT) == len(play.chain.checks)
    await followed.replay()


async def test_operators_read_what_the_chain_waits_for(silent_town: Town) -> None:
    followed = await sign_while_away(silent_town)
    await followed.failing()
    check = list(followed.play.chain.checks)[-1]
    details = await followed.details()
    assert (
        f"等待信用核查 awaiting credit：签署承诺 signing · {PROMISE} · {check} · since 03-03 10:00"
        in details
    )
    assert f"容缺 deficiency：{GREENING} · 待补 open · 2026-03-23" in details
    assert f"承诺 commitment：{PROMISE} · 已签署，待信用核查" in details
    assert "待补正 deficiencies 1 · 未核销承诺 commitments 1" in details
    assert (
        "| U01.B1 step U01 · step U01 | desk · desk | 部门 department | 已受理 · accepted |"
        in details
    )
    assert USCC not in details

    described = await followed.handle.describe()
    assert await described.static_summary() == "疑难测试"
    attributes = described.typed_search_attributes
    assert attributes[sa.OPEN_DEFICIENCIES] == 1
    assert attributes[sa.OPEN_COMMITMENTS] == 1
    assert attributes[sa.CHAIN_STATE] == "running"
    assert attributes[sa.DEFINITION] == "acceptance@1.0.0"
    assert attributes[sa.PROJECT_CODE] == followed.play.chain.launch.project_code

    with silent_town.fake.open():
        await resumed(followed)
    settled = await followed.details()
    assert "等待信用" not in settled
    assert f"承诺 commitment：{PROMISE} · 履行中" in settled


async def test_a_launch_while_it_is_away_falls_back_only_once_the_bureau_says_so(
    silent_town: Town,
) -> None:
    town = silent_town
    play = Taped(modes={KEY: COMMITTED}, away=True, records=(bad_credit(),))
    followed = await town.launch(play)
    shown = await followed.failing()
    assert failure(shown) == (LOOK_UP_CREDIT, "BureauUnavailable")
    assert (
        "等待信用核查 awaiting credit：启动 launch · 整链 whole chain · credit-1"
        in await followed.details()
    )
    play.settle("B01")
    await followed.catch_up()
    assert (await followed.chain()).steps[KEY].mode is COMMITTED

    town.fake.records = [bad_credit().model_dump(mode="json")]
    with town.fake.open():
        await resumed(followed)
    assert (await followed.chain()).steps[KEY].mode is STANDARD
    assert (await followed.step(KEY))["mode"] == "standard"
    assert len(town.fake.asked) == 1
    assert await followed.scheduled(LOOK_UP_CREDIT) == 1


async def test_a_breach_is_on_record_once_when_the_bureau_is_back(silent_town: Town) -> None:
    town = silent_town
    play = Taped(modes={KEY: COMMITTED}).planned()
    play.commit(KEY).accept(KEY).decide(KEY)
    with town.fake.open():
        followed = await town.follow(play)
    play.away = True
    play.wait("2026-06-09 00:00")
    await followed.catch_up()
    assert failure(await followed.failing()) == (FILE_CREDIT, "BureauUnavailable")
    assert (await followed.chain()).steps[KEY].state is StepState.RECHECK
    assert (await followed.commitments())[PROMISE]["state"] == "breached"
    assert f"等待信用归集 awaiting filing：{play.chain.id}/{PROMISE}" in await followed.details()

    asked = len(town.fake.asked)
    with town.fake.open():
        # It takes the report but its answer comes too late: the same comes again, and counts once.
        town.fake.troubles.append(sleeps(1.5))
        await resumed(followed)
    assert len(town.fake.asked) == asked + 2
    assert (await followed.commitments())[PROMISE]["state"] == "archived"
    assert len(town.fake.reports) == 1
    assert await followed.scheduled(FILE_CREDIT) == 1


async def test_a_merged_building_takes_the_letter_that_waits_for_credit_along(
    silent_town: Town,
) -> None:
    play = Taped(modes={"U03": COMMITTED}).planned()
    with silent_town.fake.open():
        followed = await silent_town.follow(play)
    play.away = True
    play.at("2026-03-03 10:00").commit("U03.B2")
    play.do(cmd.MergeUnits(unit="B2", into="B1", reason="one fire compartment"))
    await followed.catch_up()
    moved = (await followed.commitments())["U03.B2-commitment"]
    assert (moved["step"], moved["state"]) == ("U03.B1", "signed")
    with silent_town.fake.open():
        await resumed(followed)
    assert (await followed.commitments())["U03.B2-commitment"]["state"] == "in_force"
    assert await followed.scheduled(LOOK_UP_CREDIT) == 2
    await followed.replay()


async def test_a_terminated_chain_asks_nothing_more(silent_town: Town) -> None:
    followed = await sign_while_away(silent_town)
    await followed.failing()
    followed.play.do(cmd.TerminateChain(reason="the investor is gone"))
    await followed.catch_up()
    await followed.handle.result()
    assert (await followed.commitments())[PROMISE]["state"] == "dropped"
    assert len(silent_town.fake.asked) == 2


async def test_but_what_it_has_to_put_on_record_it_puts_there(silent_town: Town) -> None:
    play = Taped(modes={KEY: COMMITTED}).planned()
    play.commit(KEY).accept(KEY).decide(KEY)
    with silent_town.fake.open():
        followed = await silent_town.follow(play)
    play.away = True
    play.wait("2026-06-09 00:00").at("2026-06-09 10:00")
    play.do(cmd.TerminateChain(reason="the investor is gone"))
    await followed.catch_up()
    assert failure(await followed.failing()) == (FILE_CREDIT, "BureauUnavailable")
    described = await followed.handle.describe()
    assert described.status is WorkflowExecutionStatus.RUNNING
    with silent_town.fake.open():
        await resumed(followed)
    await followed.handle.result()
    assert len(silent_town.fake.reports) == 1


async def test_what_a_terminated_chain_asked_is_given_up_in_the_order_of_asking(
    silent_town: Town,
) -> None:
    # Another order on replay, as a set of names has in another process, would break the history.
    play = Taped().planned()
    with silent_town.fake.open():
        followed = await silent_town.follow(play)
    play.away = True
    for hour in range(10, 15):
        play.at(f"2026-03-03 {hour}:00").do(cmd.RecheckCredit())
    await followed.catch_up()
    while len(await followed.pending()) < 5:
        await asyncio.sleep(0.05)
    play.do(cmd.TerminateChain(reason="the investor is gone"))
    await followed.catch_up()
    await followed.handle.result()
    history = await followed.handle.fetch_history()
    given_up = [
        event.activity_task_cancel_requested_event_attributes.scheduled_event_id
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED
    ]
    assert len(given_up) == 5
    assert given_up == sorted(given_up)
    await followed.replay()
