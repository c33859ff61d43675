"""The way through a chain: readiness, phases, variants, re-checks and the end."""

from typing import Any

from groundwork.domain import commands as cmd
from groundwork.domain.definition import Edge, Phase, Variant
from groundwork.domain.model import ChainState, DecisionResult, StepState
from tests.domain.small import COMMITTED, EXEMPT, STANDARD, TOLERANT, material, step, text
from tests.domain.worlds import Play, local, real_rules, rules_of

PHASED = {"A08": ("A", "B")}


TOLERATING = step(
    "B01",
    promised=3,
    modes=(STANDARD, TOLERANT, COMMITTED),
    materials=(material("form"), material("wages", 15)),
)


def before_the_permit(**choices: Any) -> Play:
    """Everything settled that the permit A08 builds on."""
    return Play(**choices).settle("A01", "A02", "A03", "A05", "A06", "A07")


def states(play: Play, *keys: str) -> list[str]:
    return [play.step(key).state.value for key in keys]


def test_a_step_waits_for_all_that_it_builds_on() -> None:
    play = Play().settle("A01", "A02", "A05")
    assert play.step("A08").state is StepState.WAITING
    assert play.settle("A03", "A06", "A07").step("A08").state is StepState.READY


def test_a_dependency_of_one_variant_does_not_bind_the_other() -> None:
    edge = Edge(step="B01", variants=(Variant.STANDARD,))
    rules = rules_of(step("B01", promised=1), step("B02", promised=1, after=(edge,)))
    assert states(Play(rules), "B02") == ["waiting"]
    assert states(Play(rules, variant=Variant.FAST), "B02") == ["ready"]


def test_each_phase_is_a_step_of_its_own() -> None:
    play = before_the_permit(phases=PHASED)
    assert states(play, "A08.A", "A08.B") == ["ready", "ready"]
    play.at("2026-03-02 10:00").receive("A08.A").accept("A08.A")
    play.at("2026-03-09 10:00").receive("A08.B").accept("A08.B")
    due = [play.step(key).due_on for key in ("A08.A", "A08.B")]
    assert [str(day) for day in due] == ["2026-03-05", "2026-03-12"]


def test_what_builds_on_a_phase_need_not_wait_for_the_others() -> None:
    play = before_the_permit(phases=PHASED).settle("A08.A")
    assert states(play, "A08.B", "A09") == ["ready", "ready"]


def test_what_builds_on_a_phase_waits_for_the_step_where_there_are_no_phases() -> None:
    play = before_the_permit()
    assert states(play, "A09") == ["waiting"]
    assert states(play.settle("A08"), "A09") == ["ready"]


def test_what_builds_on_a_step_waits_for_all_its_phases() -> None:
    phases = (Phase(id="A", name=text("pit")), Phase(id="B", name=text("frame")))
    rules = rules_of(step("B01", promised=1, phases=phases), step("B02", "B01", promised=1))
    play = Play(rules, phases={"B01": ("A", "B")}).settle("B01.A")
    assert states(play, "B02") == ["waiting"]
    assert states(play.settle("B01.B"), "B02") == ["ready"]


def test_a_phase_can_have_a_mode_of_its_own() -> None:
    play = before_the_permit(phases=PHASED, modes={"A08.A": TOLERANT})
    play.receive("A08.A", lacking=("wages",)).accept("A08.A")
    assert play.deficiency("A08.A-wages").step == "A08.A"


def test_annulling_one_phase_leaves_the_other_alone() -> None:
    play = before_the_permit(phases=PHASED).settle("A08.A", "A08.B", "A09")
    play.do(cmd.Annul(step="A08.A", reason="forged"))
    assert states(play, "A08.A", "A08.B", "A09") == ["annulled", "passed", "recheck"]


def test_an_annulment_sends_what_was_granted_on_it_to_recheck() -> None:
    play = Play().settle("A01", "A02", "A03").do(cmd.Annul(step="A01", reason="forged plan"))
    assert states(play, "A01", "A02", "A03") == ["annulled", "recheck", "recheck"]
    assert play.step("A02").cause == "A01"


def test_an_annulment_leaves_what_is_undecided_alone() -> None:
    play = Play().settle("A01").receive("A02").do(cmd.Annul(step="A01", reason="forged plan"))
    assert states(play, "A02", "A03", "A04", "A08") == ["received", "ready", "accepted", "waiting"]


def test_an_annulment_voids_nothing_by_itself() -> None:
    play = Play().settle("A01", "A02", "A05").do(cmd.Annul(step="A01", reason="forged plan"))
    assert states(play, "A05", "A06") == ["passed", "ready"]
    assert play.step("A02").decision is not None


def test_a_revocation_sends_what_was_granted_on_it_to_recheck() -> None:
    play = Play().settle("A01", "A02").do(cmd.Revoke(step="A01", reason="the law changed"))
    assert states(play, "A01", "A02") == ["revoked", "recheck"]


def test_later_steps_may_build_on_one_in_recheck() -> None:
    play = Play().settle("A01", "A02").do(cmd.Annul(step="A01", reason="forged plan"))
    assert play.settle("A05").step("A05").state is StepState.PASSED


def test_a_recheck_that_upholds_gives_the_decision_back() -> None:
    play = Play(modes={"A02": TOLERANT}).settle("A01").receive("A02", lacking=("pipeline",))
    play.accept("A02").decide("A02", "pass_with_tolerance")
    play.do(cmd.Annul(step="A01", reason="forged plan"))
    play.do(cmd.ConcludeRecheck(step="A02", upheld=True, reason="stands by itself"))
    assert states(play, "A02") == ["passed_with_tolerance"]


def test_a_recheck_that_does_not_uphold_goes_on_to_what_was_built_on_it() -> None:
    play = Play().settle("A01", "A02", "A05").do(cmd.Annul(step="A01", reason="forged plan"))
    play.do(cmd.ConcludeRecheck(step="A02", upheld=False, reason="built on the plan"))
    assert states(play, "A02", "A05") == ["annulled", "recheck"]


def test_an_annulled_step_can_be_handed_in_again() -> None:
    play = Play().settle("A01", "A02").do(cmd.Annul(step="A01", reason="forged plan"))
    assert states(play.settle("A01"), "A01", "A02") == ["passed", "recheck"]


def test_the_chain_is_complete_when_every_step_is_settled() -> None:
    play = Play(modes={"A03": EXEMPT})
    play.settle("A01", "A02", "A05", "A06", "A07", "A08", "A09", "A10", "A11")
    assert play.state() is ChainState.RUNNING
    play.at("2026-03-04 10:00").decide("A04")
    assert play.happened()[-1] == "chain_completed"
    assert play.state() is ChainState.COMPLETED
    assert local(play.chain.finished_at) == "2026-03-04 10:00"


def test_a_deficiency_keeps_the_chain_open() -> None:
    play = Play(rules_of(TOLERATING), modes={"B01": TOLERANT})
    play.receive("B01", "form").accept("B01").decide("B01", "pass_with_tolerance")
    assert play.state() is ChainState.RUNNING
    play.do(cmd.SubmitCure(deficiency="B01-wages"))
    assert play.state() is ChainState.RUNNING
    play.do(cmd.ConfirmCure(deficiency="B01-wages"))
    assert play.state() is ChainState.COMPLETED


def test_a_commitment_keeps_the_chain_open() -> None:
    play = Play(rules_of(TOLERATING), modes={"B01": COMMITTED}).receive("B01", "form")
    play.sign("B01").accept("B01").decide("B01")
    assert play.state() is ChainState.RUNNING
    kept = cmd.VerificationOutcome.FULFILLED
    play.do(cmd.VerifyCommitment(commitment="B01-commitment", outcome=kept))
    assert play.state() is ChainState.COMPLETED


def test_a_recheck_keeps_the_chain_open_until_it_is_concluded() -> None:
    play = Play(rules_of(TOLERATING), modes={"B01": TOLERANT})
    play.receive("B01", "form").accept("B01").decide("B01", "pass_with_tolerance")
    play.wait("2026-04-30 09:00")
    assert (play.state(), states(play, "B01")) == (ChainState.RUNNING, ["recheck"])
    play.do(cmd.ConcludeRecheck(step="B01", upheld=True, reason="paid meanwhile"))
    assert play.state() is ChainState.COMPLETED


def test_a_withdrawn_chain_withdraws_what_was_undecided() -> None:
    play = Play().settle("A01").receive("A02").do(cmd.WithdrawChain(reason="no more money"))
    assert play.state() is ChainState.WITHDRAWN
    assert play.chain.ending == "no more money"
    assert states(play, "A01", "A02", "A03", "A08") == ["passed", *["withdrawn"] * 3]


def test_a_terminated_chain_terminates_what_was_undecided() -> None:
    play = Play().settle("A01").receive("A02").do(cmd.TerminateChain(reason="land not won"))
    assert states(play, "A01", "A02", "A08") == ["passed", "terminated", "terminated"]


def test_nothing_is_due_any_more_when_the_chain_has_ended() -> None:
    play = Play().receive("A01").accept("A01").do(cmd.TerminateChain(reason="land not won"))
    assert play.wait("2027-12-31 09:00").last == ()


def through_all(play: Play) -> Play:
    """Settle whatever is ready until nothing is."""
    while ready := [k for k, one in play.chain.steps.items() if one.state is StepState.READY]:
        play.settle(*ready)
    return play


def test_land_to_construction_can_be_completed_on_either_variant() -> None:
    for variant in Variant:
        play = through_all(Play(real_rules(), variant=variant))
        assert play.state() is ChainState.COMPLETED
        assert all(one.state is StepState.PASSED for one in play.chain.steps.values())


def test_the_construction_permit_of_the_catalogue_can_be_had_in_phases() -> None:
    play = Play(real_rules(), variant=Variant.FAST, phases={"L20": ("A", "B", "C")})
    before = [k for k in play.chain.steps if k not in {"L20.A", "L20.B", "L20.C", "L22"}]
    while todo := [k for k in before if play.step(k).state is StepState.READY]:
        play.settle(*todo)
    assert states(play, "L20.A", "L20.B", "L20.C", "L22") == [*["ready"] * 3, "waiting"]
    assert states(play.settle("L20.A"), "L22") == ["ready"]


def test_land_that_is_clear_and_assessed_goes_on_at_once() -> None:
    play = Play(real_rules(), modes={"L03": EXEMPT, "L04": EXEMPT}).settle("L01")
    assert states(play, "L03", "L04", "L05") == ["exempt", "exempt", "ready"]


def test_a_decision_that_fails_opens_nothing() -> None:
    play = Play().receive("A01").accept("A01")
    play.do(cmd.Decide(step="A01", result=DecisionResult.FAIL, opinion="no road"))
    assert states(play, "A01", "A02") == ["failed", "waiting"]
