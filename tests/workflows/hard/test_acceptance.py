"""Acceptance that takes effect backwards: by silence, and by a command that arrives late."""

import pytest

from groundwork.domain import core
from groundwork.domain.commands import Decide
from groundwork.domain.model import DecisionResult, StepState
from groundwork.domain.rejections import Reason
from tests.domain.worlds import local
from tests.workflows.hard.taped import Taped
from tests.workflows.hard.town import Town


def handed_in() -> Taped:
    """B02 handed in on Tuesday 3 March; five working days later silence accepts it."""
    return Taped().settle("B01").at("2026-03-03 10:00").receive("B02")


async def test_silence_accepts_as_of_the_receipt_and_the_clock_has_run_since(town: Town) -> None:
    followed = await town.follow(handed_in().wait("2026-03-11 00:00"))
    step = (await followed.chain()).steps["B02"]
    assert step.accepted_by_silence
    assert local(step.accepted_at) == "2026-03-03 10:00"
    assert step.due_on is not None
    # Three working days from the receipt: over before the silence was.
    assert step.due_on.isoformat() == "2026-03-06"
    row = await followed.step("B02")
    assert (row["state"], row["light"], row["due_on"]) == ("accepted", "red", step.due_on)
    accepted = [one for one in await followed.events() if one.type == "step_accepted"][-1]
    assert local(accepted.at) == "2026-03-11 00:00"
    later = [one for one in await followed.events() if one.seq > accepted.seq]
    assert later
    assert all(one.at >= accepted.at for one in later)


async def test_an_acceptance_received_in_time_replaces_the_silence_however_late_it_arrives(
    town: Town,
) -> None:
    play = handed_in().wait("2026-03-11 09:00").at("2026-03-10 16:00").accept("B02")
    followed = await town.follow(play.wait("2026-03-11 09:00"))
    step = (await followed.chain()).steps["B02"]
    assert not step.accepted_by_silence
    assert local(step.accepted_at) == "2026-03-10 16:00"
    row = await followed.step("B02")
    assert (row["state"], row["light"]) == ("accepted", "green")
    assert row["due_on"].isoformat() == "2026-03-13"
    # The rungs that the silence had climbed are taken back by events; none is deleted.
    assert {one.state for one in (await followed.chain()).escalations.values()} == {"reversed"}
    play.at("2026-03-13 17:00").decide("B02")
    await followed.catch_up()
    assert (await followed.step("B02"))["state"] == StepState.PASSED
    await followed.replay()


async def test_what_an_earlier_release_let_pass_replays_and_is_let_pass_no_more(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = core.handle
    key = "U04.B1"
    play = Taped().planned().acceptable("B1").receive(key).accept(key).visit(key)
    with monkeypatch.context() as earlier:
        earlier.setattr(core, "handle", lambda *case, **_: strict(*case, let_pass=True))
        # Silence became an opinion meanwhile.
        play.wait("2026-03-09 09:00").at("2026-03-05 16:00").decide(key)
        followed = await town.follow(play)
    await followed.replay()
    assert (await followed.chain()).steps[key].state is StepState.PASSED

    key = "U04.B2"
    play.at("2026-03-09 10:00").acceptable("B2").receive(key).accept(key).visit(key)
    play.wait("2026-03-16 09:00").at("2026-03-10 16:00")
    refusal = play.refusal(Decide(step=key, result=DecisionResult.PASS))
    await followed.catch_up()
    assert refusal.reason is Reason.CONSULTATION_PENDING
