"""Buildings and phases that change while their chain runs on the engine."""

from groundwork.domain import commands as cmd
from groundwork.domain.model import DeficiencyState, StepState
from tests.domain.small import TOLERANT
from tests.workflows.hard.taped import Taped, on_land
from tests.workflows.hard.town import Town


async def test_a_building_added_mid_fan_out_opens_its_own_steps_and_holds_the_whole(
    town: Town,
) -> None:
    play = Taped().planned().accepted_unit("B1").accepted_unit("B2")
    play.at("2026-03-04 09:00").do(
        cmd.AddUnit(unit="B3", name="Workshop 3", reason="the firm grows")
    )
    followed = await town.follow(play)
    chain = await followed.chain()
    assert [unit.id for unit in chain.active_units] == ["B1", "B2", "B3"]
    assert chain.steps["U01.B3"].state is StepState.READY
    assert chain.steps["U04.B3"].state is StepState.WAITING
    # What waits for all buildings is held; what was granted to the others stands.
    assert chain.steps["W01"].state is StepState.WAITING
    assert chain.steps["U06.B1"].state is StepState.PASSED
    assert chain.steps["B02"].state is StepState.RECHECK
    assert (await followed.step("U01.B3"))["state"] == "ready"
    assert (await town.reads.unit_names(followed.id)).keys() == {"B1", "B2", "B3"}

    play.at("2026-03-05 09:00").do(
        cmd.ConcludeRecheck(step="B02", upheld=True, reason="the plan covers it")
    )
    play.accepted_unit("B3")
    await followed.catch_up()
    assert (await followed.step("W01"))["state"] == "ready"


async def test_two_buildings_merged_with_deficiencies_open_in_both_keep_both_terms(
    town: Town,
) -> None:
    play = Taped(modes={"U01": TOLERANT}).planned()
    for day, unit in (("2026-03-03 09:00", "B1"), ("2026-03-04 09:00", "B2")):
        lacking = cmd.Receive(
            step=f"U01.{unit}", materials=("survey", "fence"), promised=("greening",)
        )
        play.at(day).do(lacking).accept(f"U01.{unit}")
        play.decide(f"U01.{unit}", "pass_with_tolerance")
    play.at("2026-03-05 09:00")
    play.do(cmd.MergeUnits(unit="B2", into="B1", reason="one fire compartment"))
    followed = await town.follow(play)
    ledger = await followed.deficiencies()
    assert {row["state"] for row in ledger.values()} == {"open"}
    assert {row["step"] for row in ledger.values()} == {"U01.B1"}
    assert {name: row["cure_by"].isoformat() for name, row in ledger.items()} == {
        "U01.B1-greening": "2026-03-23",
        "U01.B2-greening": "2026-03-24",
    }

    # One is cured in time and the other is not: each ends as its own term says.
    cure = cmd.SubmitCure(deficiency="U01.B1-greening", document="photo")
    play.at("2026-03-20 10:00").do(cure)
    play.do(cmd.ConfirmCure(deficiency="U01.B1-greening")).wait("2026-03-25 00:00")
    await followed.catch_up()
    ended = (await followed.chain()).deficiencies
    assert ended["U01.B1-greening"].state is DeficiencyState.CLOSED
    assert ended["U01.B2-greening"].state is DeficiencyState.LAPSED
    assert (await followed.step("U01.B1"))["state"] == "recheck"
    assert (await followed.step("U01.B2"))["state"] == "dropped"


async def test_a_permit_phase_revoked_after_its_successor_was_licensed_voids_nothing_silently(
    town: Town,
) -> None:
    phases = ("L20.A", "L20.B")
    play = on_land("1.1.0", phases={"L20": ("A", "B")}).settle_up_to(*phases, "L21")
    play.settle(*phases, "L22")
    play.at("2026-03-10 10:00").do(cmd.Revoke(step="L20.A", reason="the pit plan changed"))
    followed = await town.follow(play)
    chain = await followed.chain()
    assert chain.steps["L20.A"].state is StepState.REVOKED
    assert chain.steps["L20.B"].state is StepState.PASSED
    assert chain.steps["L22"].state is StepState.RECHECK
    assert chain.steps["L22"].cause == "L20.A"
    untouched = {key for key in chain.steps if key not in {"L20.A", "L22"}}
    assert not {chain.steps[key].state for key in untouched} & {
        StepState.RECHECK,
        StepState.REVOKED,
        StepState.ANNULLED,
    }
    rows = {key: (await followed.step(key))["state"] for key in (*phases, "L22")}
    assert rows == {"L20.A": "revoked", "L20.B": "passed", "L22": "recheck"}

    # The permit is granted anew, and people say what that means for what was built on it.
    play.at("2026-03-12 10:00").settle("L20.A")
    play.do(cmd.ConcludeRecheck(step="L22", upheld=True, reason="the new pit plan covers it"))
    await followed.catch_up()
    assert (await followed.step("L22"))["state"] == "passed"
