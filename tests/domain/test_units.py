"""Buildings and phases: each its own way, added, dropped and merged while the chain runs."""

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.facts import UnitState
from groundwork.domain.fold import fold
from groundwork.domain.model import ChainState, DeficiencyState, Role, StepState
from groundwork.domain.rejections import Reason
from tests.domain.acceptance import B1, AcceptancePlay
from tests.domain.small import TOLERANT
from tests.domain.worlds import actor

ADD_B3 = cmd.AddUnit(unit="B3", name="Workshop 3", reason="the firm grows")
DROP_B2 = cmd.DropUnit(unit="B2", reason="not built after all")
MERGE = cmd.MergeUnits(unit="B2", into="B1", reason="one fire compartment")


def keys(play: AcceptancePlay, unit: str) -> list[str]:
    return [key for key in play.chain.steps if key.endswith(f".{unit}")]


class TestFanningOut:
    def test_the_marked_steps_are_there_once_per_unit(self) -> None:
        play = AcceptancePlay()
        assert len(keys(play, "B1")) == len(keys(play, "B2")) == 7
        assert "W01" in play.chain.steps

    def test_a_unit_builds_on_its_own_steps_only(self) -> None:
        play = AcceptancePlay().planned().acceptable("B1")
        assert play.step("U04.B1").state is StepState.READY
        assert play.step("U04.B2").state is StepState.WAITING

    def test_what_closes_the_whole_waits_for_every_unit(self) -> None:
        play = AcceptancePlay().planned().accepted_unit("B1")
        assert play.step("W01").state is StepState.WAITING
        play.accepted_unit("B2")
        assert play.step("W01").state is StepState.READY

    def test_the_chain_ends_when_every_unit_may_produce(self) -> None:
        play = AcceptancePlay().planned().accepted_unit("B1").accepted_unit("B2")
        play.settle("U07.B1", "U07.B2", "W01", "W02", "W03").register("B1")
        assert play.state() is ChainState.RUNNING
        play.register("B2")
        assert play.state() is ChainState.COMPLETED

    def test_a_mode_chosen_for_a_step_holds_for_all_its_units(self) -> None:
        play = AcceptancePlay(modes={"U01": TOLERANT, "U01.B2": "standard"})
        assert play.step("U01.B1").mode is TOLERANT
        assert play.step("U01.B2").mode == "standard"

    def test_the_history_folds_to_the_same_chain(self) -> None:
        play = AcceptancePlay().planned().do(ADD_B3).do(DROP_B2)
        assert fold(play.events) == play.chain


class TestAdding:
    def test_its_steps_open_as_far_as_the_chain_has_come(self) -> None:
        play = AcceptancePlay().planned().acceptable("B1").do(ADD_B3)
        assert play.step("U01.B3").state is StepState.READY
        assert play.step("U04.B3").state is StepState.WAITING
        assert [unit.id for unit in play.chain.active_units] == ["B1", "B2", "B3"]

    def test_the_decision_that_named_the_units_goes_to_recheck(self) -> None:
        play = AcceptancePlay().planned().do(ADD_B3)
        assert play.step("B02").state is StepState.RECHECK
        assert play.step("B02").cause == "B3"

    def test_a_whole_step_that_was_ready_waits_for_the_new_unit(self) -> None:
        play = AcceptancePlay().planned().accepted_unit("B1").accepted_unit("B2").do(ADD_B3)
        assert "step_held" in play.happened("W01")
        assert play.step("W01").state is StepState.WAITING
        play.accepted_unit("B3")
        assert play.step("W01").state is StepState.READY

    def test_not_once_the_whole_is_handed_in(self) -> None:
        play = AcceptancePlay().planned().accepted_unit("B1").accepted_unit("B2").receive("W01")
        assert play.refused(ADD_B3) is Reason.UNITS_GATHERED

    def test_an_id_is_used_once_and_there_is_a_most(self) -> None:
        play = AcceptancePlay().do(ADD_B3)
        assert play.refused(ADD_B3) is Reason.UNIT_EXISTS
        more = cmd.AddUnit(unit="B4", name="Workshop 4", reason="more")
        assert play.refused(more) is Reason.TOO_MANY_UNITS
        play.do(DROP_B2).do(more)
        assert play.refused(cmd.AddUnit(unit="B2", name="x", reason="y")) is Reason.UNIT_EXISTS

    def test_an_officer_cannot(self) -> None:
        refused = AcceptancePlay().refused(ADD_B3, actor(Role.OFFICER, "desk"))
        assert refused is Reason.NOT_PERMITTED


class TestDropping:
    def test_its_steps_and_promises_end_with_it(self) -> None:
        play = AcceptancePlay(modes={"U01": TOLERANT}).planned()
        play.do(cmd.Receive(step="U01.B2", materials=("survey", "fence"), promised=("greening",)))
        play.accept("U01.B2").do(DROP_B2)
        assert {play.step(key).state for key in keys(play, "B2")} == {StepState.DROPPED}
        assert play.deficiency("U01.B2-greening").state is DeficiencyState.DROPPED
        assert play.chain.units["B2"].state is UnitState.DROPPED

    def test_the_others_go_on_without_it(self) -> None:
        play = AcceptancePlay().planned().accepted_unit("B1").do(DROP_B2)
        assert play.step("W01").state is StepState.READY

    def test_the_last_one_stays(self) -> None:
        assert (
            AcceptancePlay(units=(B1,)).refused(cmd.DropUnit(unit="B1", reason="over"))
            is Reason.LAST_UNIT
        )

    def test_an_accepted_one_is_not_made_to_vanish(self) -> None:
        play = AcceptancePlay().planned().accepted_unit("B2")
        assert play.refused(DROP_B2) is Reason.UNIT_ACCEPTED

    def test_a_dropped_step_cannot_be_acted_on(self) -> None:
        play = AcceptancePlay().planned().do(DROP_B2)
        assert play.refused(cmd.Receive(step="U01.B2")) is Reason.WRONG_STATE


class TestMerging:
    def lacking_in_both(self) -> AcceptancePlay:
        """Both buildings lack their greening, the second a day later."""
        play = AcceptancePlay(modes={"U01": TOLERANT}).planned()
        for day, unit in (("2026-03-03 09:00", "B1"), ("2026-03-04 09:00", "B2")):
            lacking = cmd.Receive(
                step=f"U01.{unit}", materials=("survey", "fence"), promised=("greening",)
            )
            play.at(day).do(lacking).accept(f"U01.{unit}")
            play.decide(f"U01.{unit}", "pass_with_tolerance")
        return play

    def test_deficiencies_open_in_both_stay_open_on_their_own_terms(self) -> None:
        play = self.lacking_in_both().do(MERGE)
        first, second = play.deficiency("U01.B1-greening"), play.deficiency("U01.B2-greening")
        assert first.state is second.state is DeficiencyState.OPEN
        assert first.step == second.step == "U01.B1"
        assert (second.cure_by - first.cure_by).days == 1

    def test_each_is_cured_by_itself_and_lapses_by_itself(self) -> None:
        play = self.lacking_in_both().do(MERGE)
        cure = cmd.SubmitCure(deficiency="U01.B1-greening", document="photo")
        play.at("2026-03-20 10:00").do(cure)
        play.do(cmd.ConfirmCure(deficiency="U01.B1-greening")).wait("2026-03-25 00:00")
        assert play.deficiency("U01.B1-greening").state is DeficiencyState.CLOSED
        assert play.deficiency("U01.B2-greening").state is DeficiencyState.LAPSED
        assert play.step("U01.B1").state is StepState.RECHECK

    def test_a_decision_that_does_not_cover_the_absorbed_unit_is_rechecked(self) -> None:
        play = AcceptancePlay().planned().settle("U01.B1", "U02.B1", "U02.B2").do(MERGE)
        assert play.step("U01.B1").state is StepState.RECHECK
        assert play.step("U02.B1").state is StepState.PASSED

    def test_the_absorbed_unit_leaves_the_chain(self) -> None:
        play = AcceptancePlay().planned().do(MERGE)
        absorbed = play.chain.units["B2"]
        assert (absorbed.state, absorbed.into) == (UnitState.MERGED, "B1")
        assert {play.step(key).state for key in keys(play, "B2")} == {StepState.DROPPED}

    def test_not_into_itself_nor_once_one_is_accepted(self) -> None:
        play = AcceptancePlay().planned().accepted_unit("B1")
        assert play.refused(MERGE) is Reason.UNIT_ACCEPTED
        itself = cmd.MergeUnits(unit="B2", into="B2", reason="a slip")
        assert play.refused(itself) is Reason.SAME_UNIT

    def test_a_commitment_moves_along(self) -> None:
        play = AcceptancePlay(modes={"U03": "commitment"}).planned().commit("U03.B2").do(MERGE)
        assert play.promise("B2").step == "U03.B1"


class TestPhases:
    def phased(self) -> AcceptancePlay:
        return AcceptancePlay(phases={"W02": ("A",)}).settle("B01")

    def test_a_phase_is_added_by_the_same_command(self) -> None:
        play = self.phased().do(cmd.AddUnit(unit="C", of="W02", reason="the frame begins"))
        assert play.step("W02.C").state is StepState.READY

    def test_one_is_revoked_without_the_others_after_its_successor_was_licensed(self) -> None:
        play = self.phased().do(cmd.AddUnit(unit="C", of="W02", reason="the frame begins"))
        play.settle("W02.A", "W02.C", "W03")
        play.do(cmd.Revoke(step="W02.A", reason="the pit plan changed"))
        assert play.step("W02.A").state is StepState.REVOKED
        assert play.step("W02.C").state is StepState.PASSED
        assert play.step("W03").state is StepState.RECHECK

    def test_a_dropped_phase_can_come_back(self) -> None:
        play = self.phased().do(cmd.AddUnit(unit="C", of="W02", reason="the frame begins"))
        play.do(cmd.DropUnit(unit="C", of="W02", reason="later"))
        play.do(cmd.AddUnit(unit="C", of="W02", reason="now"))
        assert play.step("W02.C").state is StepState.READY

    def test_only_phases_that_the_definition_knows_in_a_chain_that_runs_in_phases(self) -> None:
        unknown = cmd.AddUnit(unit="Z", of="W02", reason="x")
        assert self.phased().refused(unknown) is Reason.UNKNOWN_PHASE
        whole = AcceptancePlay().settle("B01")
        assert whole.refused(cmd.AddUnit(unit="A", of="W02", reason="x")) is Reason.UNKNOWN_PHASE

    def test_phases_merge(self) -> None:
        play = self.phased().do(cmd.AddUnit(unit="C", of="W02", reason="the frame begins"))
        play.do(cmd.MergeUnits(unit="C", into="A", of="W02", reason="one permit"))
        assert play.step("W02.C").state is StepState.DROPPED


@pytest.mark.parametrize("unit", ["B9", "B2"])
def test_a_unit_that_is_not_there_any_more_is_unknown(unit: str) -> None:
    play = AcceptancePlay().do(DROP_B2)
    assert play.refused(cmd.DropUnit(unit=unit, reason="x")) is Reason.UNKNOWN_UNIT
