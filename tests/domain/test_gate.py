"""The conversion gate: what the pre-review found takes effect with the land, or the chain ends."""

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.definition import Variant
from groundwork.domain.model import ChainState, DecisionResult, StepState
from tests.domain.small import TOLERANT
from tests.domain.worlds import OTHER_USCC, USCC, Play, local, real_rules


def at_the_gate() -> Play:
    """A02 pre-reviewed, and the gate A05 accepted."""
    play = Play().settle("A01", "A02")
    return play.at("2026-03-10 10:00").receive("A05").accept("A05")


def effect(play: Play, key: str) -> bool:
    decision = play.step(key).decision
    assert decision is not None
    return decision.legal_effect


def test_a_pre_review_has_no_legal_effect_before_the_gate() -> None:
    assert not effect(at_the_gate(), "A02")


def test_an_ordinary_decision_has_legal_effect_at_once() -> None:
    assert effect(at_the_gate(), "A01")


def test_the_same_winner_under_the_same_conditions_converts_the_pre_review() -> None:
    play = at_the_gate().decide("A05")
    assert play.happened()[:2] == ["step_decided", "pre_review_converted"]
    assert effect(play, "A02")
    assert local(play.chain.converted_at) == "2026-03-10 10:00"


@pytest.mark.parametrize("written", [USCC.lower(), f" {USCC} "])
def test_the_winners_code_may_be_written_in_any_case(written: str) -> None:
    assert at_the_gate().decide("A05", winner_uscc=written).chain.converted_at is not None


def test_another_winner_ends_the_chain_with_the_reason() -> None:
    play = at_the_gate().decide("A05", winner_uscc=OTHER_USCC)
    assert play.state() is ChainState.TERMINATED
    assert "竞得人" in play.chain.ending
    assert not effect(play, "A02")


def test_changed_planning_conditions_end_the_chain_with_the_reason() -> None:
    play = at_the_gate().decide("A05", planning_conditions_changed=True)
    assert play.state() is ChainState.TERMINATED
    assert "规划条件" in play.chain.ending


def test_a_failed_gate_leaves_the_pre_review_open() -> None:
    play = at_the_gate().decide("A05", "fail", winner_uscc=None, planning_conditions_changed=None)
    assert (play.state(), play.step("A05").state) == (ChainState.RUNNING, StepState.FAILED)
    assert play.receive("A05").accept("A05").decide("A05").chain.converted_at is not None


def test_a_gate_that_ends_the_chain_ends_its_promises() -> None:
    play = Play(modes={"A02": TOLERANT}).settle("A01").receive("A02", lacking=("pipeline",))
    play.accept("A02").decide("A02", "pass_with_tolerance").receive("A05").accept("A05")
    play.decide("A05", winner_uscc=OTHER_USCC)
    assert play.deficiency("A02-pipeline").state == "dropped"


def test_a_gate_decided_in_time_takes_later_rungs_back_even_if_it_ends_the_chain() -> None:
    play = at_the_gate().wait("2026-03-20 09:00").at("2026-03-12 10:00")
    play.decide("A05", winner_uscc=OTHER_USCC)
    assert play.rungs("A05") == [("yellow", "2026-03-12 00:00")]


def test_a_pre_review_step_decided_after_the_gate_has_effect_at_once() -> None:
    play = at_the_gate().decide("A05").do(cmd.Annul(step="A02", reason="forged drawing"))
    assert effect(play.settle("A02"), "A02")


def test_a_pre_review_in_recheck_converts_too() -> None:
    play = at_the_gate().do(cmd.Annul(step="A01", reason="forged plan")).decide("A05")
    assert play.step("A02").state is StepState.RECHECK
    assert effect(play, "A02")


def test_the_catalogues_land_contract_converts_what_was_reviewed_before_it() -> None:
    play = Play(real_rules(), variant=Variant.FAST)
    play.settle("L01", "L02", "L03", "L07", "L12", "L13", "L04", "L05", "L06")
    assert not effect(play, "L07")
    play.settle("L14")
    assert all(effect(play, key) for key in ("L07", "L12", "L13"))
    assert effect(play.settle("L11"), "L11")


def test_the_catalogues_land_contract_ends_the_chain_for_another_winner() -> None:
    play = Play(real_rules(), variant=Variant.FAST)
    play.settle("L01", "L02", "L03", "L07", "L04", "L05", "L06").receive("L14").accept("L14")
    play.do(
        cmd.Decide(
            step="L14",
            result=DecisionResult.PASS,
            winner_uscc=OTHER_USCC,
            planning_conditions_changed=False,
        )
    )
    assert play.state() is ChainState.TERMINATED
