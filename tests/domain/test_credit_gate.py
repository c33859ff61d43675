"""Credit at launch, at signing and where something is tolerated: waited for, never guessed."""

from groundwork.domain import commands as cmd
from groundwork.domain.credit import CreditGrade, CreditKind
from groundwork.domain.facts import CreditOccasion
from groundwork.domain.model import CommitmentState, StepState
from groundwork.domain.rejections import Reason
from tests.domain.acceptance import FIRM, AcceptancePlay, bad_credit
from tests.domain.small import COMMITTED, STANDARD, TOLERANT
from tests.domain.worlds import Play, small_rules

KEY = "U03.B1"
LACKING = cmd.Receive(step="U01.B1", materials=("survey", "fence"), promised=("greening",))


class TestAtLaunch:
    def test_it_is_asked_for_when_something_is_to_be_given_on_trust(self) -> None:
        (check,) = AcceptancePlay(modes={"U03.B1": COMMITTED}).chain.checks.values()
        assert (check.occasion, check.eligible) == (CreditOccasion.LAUNCH, True)
        assert check.grade is CreditGrade.A

    def test_and_not_otherwise(self) -> None:
        assert not AcceptancePlay().chain.checks
        assert not Play(small_rules(), modes={"A02": COMMITTED}).chain.checks

    def test_bad_credit_falls_back_to_the_usual_way(self) -> None:
        play = AcceptancePlay(modes={"U03": COMMITTED, "U01": TOLERANT}, records=(bad_credit(),))
        assert {play.step(key).mode for key in ("U03.B1", "U03.B2", "U01.B1")} == {STANDARD}

    def test_it_says_why_and_how_it_is_repaired(self) -> None:
        play = AcceptancePlay(modes={"U03.B1": COMMITTED}, records=(bad_credit(),)).planned()
        again = cmd.ChooseMode(step=KEY, mode=COMMITTED)
        said = play.refusal(again)
        assert said.reason is Reason.CREDIT_BARRED
        assert "doc 1" in said.sentence("zh")
        assert "修复" in said.sentence("zh")
        assert "repaired" in said.sentence("en")

    def test_a_repair_restores_eligibility(self) -> None:
        play = AcceptancePlay(modes={"U03.B1": COMMITTED}, records=(bad_credit(),)).planned()
        today = play.now.date()
        play.records = (bad_credit().model_copy(update={"repaired_on": today}),)
        play.do(cmd.RecheckCredit()).do(cmd.ChooseMode(step=KEY, mode=COMMITTED))
        play.commit(KEY)
        assert play.promise().state is CommitmentState.IN_FORCE


class TestAtSigning:
    def test_the_commitment_is_in_force_once_credit_is_known(self) -> None:
        play = AcceptancePlay(modes={"U03.B1": COMMITTED}).planned()
        play.away = True
        play.commit(KEY)
        assert play.promise().state is CommitmentState.SIGNED
        assert play.refused(cmd.Accept(step=KEY)) is Reason.CREDIT_PENDING
        play.away = False
        play.see_to_errands()
        assert play.promise().state is CommitmentState.IN_FORCE
        play.accept(KEY)

    def test_it_was_eligible_if_it_was_when_it_was_asked_however_long_the_source_was_away(
        self,
    ) -> None:
        play = AcceptancePlay(modes={"U03.B1": COMMITTED}).planned()
        play.away = True
        play.commit(KEY).wait("2026-03-09 09:00")
        play.away = False
        play.see_to_errands()
        answered = play.last[-2]
        assert (answered.type, answered.at) == ("credit_answered", play.promise().signed_at)

    def test_a_blacklisted_third_party_stands_in_its_way(self) -> None:
        failed = bad_credit(FIRM, CreditKind.FAILED_REPORT)
        play = AcceptancePlay(modes={"U03.B1": COMMITTED}, records=(failed,)).planned()
        play.receive(KEY, "application").draft(KEY, FIRM).do(cmd.SignCommitment(step=KEY))
        assert play.promise().state is CommitmentState.REFUSED
        assert play.refused(cmd.Accept(step=KEY)) is Reason.COMMITMENT_UNSIGNED
        play.draft(KEY).do(cmd.SignCommitment(step=KEY))
        assert play.chain.commitments[f"{KEY}-commitment-r2"].state is CommitmentState.IN_FORCE

    def test_a_signed_letter_whose_step_is_withdrawn_stays_closed(self) -> None:
        play = AcceptancePlay(modes={"U03.B1": COMMITTED}).planned()
        play.away = True
        play.commit(KEY).do(cmd.WithdrawStep(step=KEY, reason="redrawn"))
        play.away = False
        play.see_to_errands()
        assert play.promise().state is CommitmentState.DROPPED


class TestTolerance:
    def tolerant(self, **facts: object) -> AcceptancePlay:
        return AcceptancePlay(modes={"U01": TOLERANT}, **facts).planned()  # type: ignore[arg-type]

    def test_nothing_is_tolerated_while_credit_is_unknown(self) -> None:
        play = self.tolerant()
        play.away = True
        play.do(LACKING)
        assert play.refused(cmd.Accept(step="U01.B1")) is Reason.CREDIT_PENDING

    def test_unrepaired_bad_credit_is_refused_tolerance(self) -> None:
        play = self.tolerant()
        play.records = (bad_credit(),)
        play.do(LACKING)
        assert play.refused(cmd.Accept(step="U01.B1")) is Reason.CREDIT_BARRED

    def test_silence_accepts_but_tolerates_nothing_then(self) -> None:
        play = self.tolerant()
        play.records = (bad_credit(),)
        play.do(LACKING).wait("2026-03-10 00:00")
        assert play.step("U01.B1").state is StepState.ACCEPTED
        assert not play.chain.deficiencies

    def test_what_is_never_cured_goes_on_record(self) -> None:
        play = self.tolerant().do(LACKING).accept("U01.B1")
        play.decide("U01.B1", "pass_with_tolerance").wait("2026-03-24 00:00")
        assert play.step("U01.B1").state is StepState.RECHECK
        assert play.records[0].kind is CreditKind.LAPSED_DEFICIENCY

    def test_the_record_is_taken_back_for_a_cure_that_was_received_in_time(self) -> None:
        play = self.tolerant().do(LACKING).accept("U01.B1")
        play.decide("U01.B1", "pass_with_tolerance").wait("2026-03-24 09:00")
        cure = cmd.SubmitCure(deficiency="U01.B1-greening", document="photo")
        play.at("2026-03-23 23:59").do(cure)
        (record,) = play.records
        assert record.repaired_on == record.decided_on
        # Refused, it lapses again in its time: that is a record of its own.
        play.at("2026-03-23 23:59").do(
            cmd.RefuseCure(deficiency="U01.B1-greening", reason="another garden")
        )
        play.wait("2026-03-24 09:00")
        assert [one.repaired_on is None for one in play.records] == [False, True]
        assert len({one.id for one in play.records}) == 2


class TestMustAccept:
    def handed_in(self) -> AcceptancePlay:
        return AcceptancePlay(modes={"U01": TOLERANT}).planned().do(LACKING)

    def test_complete_main_materials_and_a_promise_must_be_accepted(self) -> None:
        play = self.handed_in()
        incomplete = cmd.RefuseAcceptance(step="U01.B1", reason="greening is lacking")
        correct = cmd.RequestCorrection(step="U01.B1", items=("greening",))
        assert play.refused(incomplete) is Reason.MUST_ACCEPT
        assert play.refused(correct) is Reason.MUST_ACCEPT
        play.accept("U01.B1")
        assert play.deficiency("U01.B1-greening").cure_by.isoformat() == "2026-03-23"

    def test_a_faulty_main_material_may_be_corrected(self) -> None:
        play = self.handed_in()
        faulty = cmd.RequestCorrection(
            step="U01.B1", items=("the survey is unsigned",), materials=("survey",)
        )
        assert play.do(faulty).step("U01.B1").state is StepState.CORRECTION

    def test_what_is_not_in_its_remit_may_be_refused(self) -> None:
        elsewhere = cmd.RefuseAcceptance(
            step="U01.B1", reason="the county decides", ground=cmd.RefusalGround.OUT_OF_REMIT
        )
        assert self.handed_in().do(elsewhere).step("U01.B1").state is StepState.NOT_ACCEPTED

    def test_without_the_promise_it_is_simply_missing(self) -> None:
        play = AcceptancePlay(modes={"U01": TOLERANT}).planned()
        play.do(cmd.Receive(step="U01.B1", materials=("survey", "fence")))
        assert play.refused(cmd.Accept(step="U01.B1")) is Reason.MATERIALS_MISSING
        play.do(cmd.RequestCorrection(step="U01.B1", items=("greening",)))


class TestTheStepOfCures:
    def test_it_is_not_needed_where_nothing_was_tolerated(self) -> None:
        play = AcceptancePlay().planned().acceptable("B1").accept_jointly("U04.B1")
        assert play.step("U05.B1").state is StepState.EXEMPT

    def test_it_passes_by_itself_once_everything_is_cured(self) -> None:
        play = AcceptancePlay(modes={"U01": TOLERANT}).planned().do(LACKING).accept("U01.B1")
        play.decide("U01.B1", "pass_with_tolerance").settle("U02.B1", "U03.B1")
        play.accept_jointly("U04.B1")
        assert play.step("U05.B1").state is StepState.READY
        assert play.refused(cmd.Receive(step="U05.B1")) is Reason.SETTLES_ITSELF
        play.do(cmd.SubmitCure(deficiency="U01.B1-greening", document="photo"))
        play.do(cmd.ConfirmCure(deficiency="U01.B1-greening"))
        assert play.step("U05.B1").state is StepState.PASSED

    def test_not_while_what_lapsed_is_still_rechecked(self) -> None:
        play = AcceptancePlay(modes={"U01": TOLERANT}).planned().do(LACKING).accept("U01.B1")
        play.decide("U01.B1", "pass_with_tolerance").settle("U02.B1", "U03.B1")
        play.accept_jointly("U04.B1").wait("2026-03-24 00:00")
        assert play.step("U05.B1").state is StepState.READY
        play.do(cmd.ConcludeRecheck(step="U01.B1", upheld=True, reason="planted since"))
        assert play.step("U05.B1").state is StepState.PASSED


def test_documents_of_the_chain_before_count_as_handed_in() -> None:
    play = AcceptancePlay(carried={"survey": "doc 7"}).planned()
    play.do(cmd.Receive(step="U01.B1", materials=("greening", "fence")))
    assert set(play.step("U01.B1").materials) == {"survey", "greening", "fence"}
    play.accept("U01.B1")
