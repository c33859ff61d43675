"""Promises that are broken, or kept in the last second, on the engine."""

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.definition import BreachKind
from groundwork.domain.model import CommitmentState, DeficiencyState, StepState
from groundwork.domain.rejections import Reason
from tests.domain.acceptance import TWO_OFFICERS
from tests.domain.small import TOLERANT
from tests.workflows.hard.taped import Taped
from tests.workflows.hard.town import SECOND, Town

KEY, PROMISE = "U03.B1", "U03.B1-commitment"
GREENING = "U01.B1-greening"
HAND_IN = cmd.SubmitCure(deficiency=GREENING, document="photo")


async def test_a_false_commitment_found_after_the_successor_was_licensed_annuls_and_rechecks(
    town: Town,
) -> None:
    play = Taped(modes={KEY: "commitment"}).planned().settle("U01.B1", "U02.B1")
    play.commit(KEY).accept(KEY).decide(KEY).accept_jointly("U04.B1").settle("U06.B1")
    play.at("2026-04-15 10:00").do(cmd.SubmitPerformance(commitment=PROMISE, document="slip"))
    play.at("2026-04-20 10:00").do(
        cmd.VerifyCommitment(
            commitment=PROMISE,
            outcome=cmd.VerificationOutcome.BREACHED,
            reason="there is no archive",
            officers=TWO_OFFICERS,
            breach=BreachKind.FALSE,
        )
    )
    followed = await town.follow(play)
    chain = await followed.chain()
    assert chain.steps[KEY].state is StepState.ANNULLED
    # What was built on it is looked at again, and what was built on that still stands.
    assert chain.steps["U04.B1"].state is StepState.RECHECK
    assert chain.steps["U06.B1"].state is StepState.PASSED
    rows = {key: (await followed.step(key))["state"] for key in (KEY, "U04.B1", "U06.B1")}
    assert rows == {KEY: "annulled", "U04.B1": "recheck", "U06.B1": "passed"}
    assert (await followed.commitments())[PROMISE]["state"] == "archived"
    # On record once: one report at the bureau, one request, one pair of events.
    (report,) = town.fake.reports.values()
    assert report["record"]["kind"] == "false_commitment"
    assert [one for one in town.fake.asked if "record" in one] == [report]
    filed = [one for one in await followed.events() if isinstance(one, ev.CreditFiled)]
    assert len(filed) == 1


async def test_an_overdue_commitment_breached_after_the_licence_is_rechecked_once(
    town: Town,
) -> None:
    play = Taped(modes={KEY: "commitment"}).planned().settle("U01.B1", "U02.B1")
    play.commit(KEY).accept(KEY).decide(KEY).accept_jointly("U04.B1").settle("U06.B1")
    play.wait("2026-06-09 00:00").wait("2026-06-30 09:00")
    followed = await town.follow(play)
    chain = await followed.chain()
    assert chain.commitments[PROMISE].state is CommitmentState.ARCHIVED
    assert chain.commitments[PROMISE].breach is BreachKind.OVERDUE
    assert chain.steps[KEY].state is StepState.RECHECK
    assert chain.steps["U06.B1"].state is StepState.PASSED
    assert len(town.fake.reports) == 1


def tolerated() -> Taped:
    """Greening is lacking: promised on 3 March, to follow by Monday 23 March."""
    play = Taped(modes={"U01": TOLERANT}).planned().at("2026-03-03 09:00")
    play.do(cmd.Receive(step="U01.B1", materials=("survey", "fence"), promised=("greening",)))
    return play.accept("U01.B1").decide("U01.B1", "pass_with_tolerance")


async def test_a_cure_in_the_last_second_of_its_last_day_is_in_time(town: Town) -> None:
    play = tolerated().at("2026-03-23 23:59:59").do(HAND_IN)
    followed = await town.follow(play)
    assert (await followed.chain()).deficiencies[GREENING].state is DeficiencyState.SUBMITTED
    assert (await followed.deficiencies())[GREENING]["state"] == "submitted"
    # Days later the department confirms what came in time.
    play.wait("2026-03-26 09:00").do(cmd.ConfirmCure(deficiency=GREENING))
    await followed.catch_up()
    assert (await followed.deficiencies())[GREENING]["state"] == "closed"
    assert (await followed.step("U01.B1"))["state"] == "passed_with_tolerance"
    assert town.fake.reports == {}


async def test_a_cure_a_second_later_has_lapsed(town: Town) -> None:
    play = tolerated().wait("2026-03-24 00:00:00")
    assert play.refused(HAND_IN) is Reason.CURE_TOO_LATE
    followed = await town.follow(play)
    assert (await followed.chain()).deficiencies[GREENING].state is DeficiencyState.LAPSED
    assert (await followed.deficiencies())[GREENING]["state"] == "lapsed"
    assert (await followed.step("U01.B1"))["state"] == "recheck"
    assert len(town.fake.reports) == 1


async def test_a_cure_of_the_last_second_that_arrives_late_undoes_the_lapse(town: Town) -> None:
    play = tolerated().wait("2026-03-24 09:00").at("2026-03-23 23:59:59").do(HAND_IN)
    followed = await town.follow(play.wait("2026-03-24 09:00"))
    kinds = [one.type for one in await followed.events()]
    assert kinds.index("deficiency_lapsed") < kinds.index("lapse_reversed")
    assert (await followed.deficiencies())[GREENING]["state"] == "submitted"
    assert (await followed.step("U01.B1"))["state"] == "passed_with_tolerance"
    # What went on record for the lapse is taken back: a second report repairs the same record.
    lapsed, repaired = (report["record"] for report in town.fake.reports.values())
    assert lapsed["id"] == repaired["id"]
    assert (lapsed["repaired_on"], repaired["repaired_on"]) == (None, "2026-03-24")
    await followed.replay()


async def test_the_same_upload_twice_is_one_cure_and_one_event(town: Town) -> None:
    followed = await town.follow(tolerated().at("2026-03-10 10:00").do(HAND_IN))
    upload = followed.play.tape[-1].envelope
    assert upload is not None
    seq = followed.play.chain.seq
    assert (await followed.send(upload)).seq == seq
    # Sent again a moment later it is another update to the engine, and the same to the chain.
    later = upload.model_copy(update={"received_at": upload.received_at + SECOND})
    receipt = await followed.handle.execute_update(
        "submit_cure", later, id="uploaded-again", result_type=cmd.Receipt
    )
    assert receipt.seq == seq
    await followed.catch_up()
    kinds = [one.type for one in await followed.events()]
    assert kinds.count("cure_submitted") == 1
    assert kinds.count("deficiency_opened") == 1
    assert len(await followed.deficiencies()) == 1


async def test_another_upload_under_the_same_key_is_refused(town: Town) -> None:
    followed = await town.follow(tolerated().at("2026-03-10 10:00").do(HAND_IN))
    upload = followed.play.tape[-1].envelope
    assert upload is not None
    other = upload.model_copy(
        update={"command": cmd.SubmitCure(deficiency=GREENING, document="another photo")}
    )
    assert await followed.refused(other) is Reason.KEY_REUSED
    # With a key of its own it is refused because the first is already being looked at.
    assert await followed.refused(other.model_copy(update={"key": "another-key"})) == "wrong_state"
    await followed.catch_up()
