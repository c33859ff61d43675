"""A commitment's life: told, signed, in force, kept or broken, and what follows by rule."""

from datetime import date

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.commitments import told
from groundwork.domain.credit import CreditKind
from groundwork.domain.definition import BreachKind
from groundwork.domain.filings import filings_of
from groundwork.domain.model import ChainState, CommitmentState, StepState
from groundwork.domain.rejections import Reason
from tests.domain.acceptance import TWO_OFFICERS, AcceptancePlay
from tests.domain.small import COMMITTED
from tests.domain.worlds import USCC, Play, local

KEY, PROMISE = "U03.B1", "U03.B1-commitment"
KEPT, RECTIFY, BROKEN = cmd.VerificationOutcome


def launched(**choices: object) -> AcceptancePlay:
    return AcceptancePlay(modes={"U03.B1": "commitment"}, **choices).planned()  # type: ignore[arg-type]


def in_force() -> AcceptancePlay:
    """Signed on Monday 2 March 2026, due ninety days later on Sunday 31 May, so on 1 June."""
    return launched().commit(KEY)


def granted() -> AcceptancePlay:
    return in_force().accept(KEY).decide(KEY)


def verify(outcome: cmd.VerificationOutcome, **facts: object) -> cmd.VerifyCommitment:
    given = {"officers": TWO_OFFICERS, "reason": "as found", **facts}
    return cmd.VerifyCommitment.model_validate({"commitment": PROMISE, "outcome": outcome} | given)


PERFORMED = cmd.SubmitPerformance(commitment=PROMISE, document="archive slip")


class TestSigning:
    def test_the_notice_comes_first(self) -> None:
        play = launched().receive(KEY, "application")
        sign = cmd.SignCommitment(step=KEY)
        assert play.refused(sign) is Reason.LETTER_MISSING
        play.draft(KEY)
        assert play.promise().state is CommitmentState.DRAFT
        play.do(sign)
        assert play.promise().state is CommitmentState.IN_FORCE
        assert play.promise().obligations == ("hand in the archive",)

    def test_the_letter_is_signed_as_it_stands(self) -> None:
        play = launched().receive(KEY, "application").draft(KEY)
        other = cmd.SignCommitment(step=KEY, obligations=("something less",))
        assert play.refused(other) is Reason.LETTER_DIFFERS

    def test_a_letter_that_says_nothing_undertakes_what_the_notice_tells(self) -> None:
        play = launched().receive(KEY, "application").do(cmd.DraftCommitment(step=KEY))
        notice = play.rules.step(KEY).commitment
        assert notice is not None
        assert play.promise().obligations == told(notice)
        assert all(
            one.zh in said for one, said in zip(notice.conditions, told(notice), strict=True)
        )

    def test_without_a_notice_it_must_say_what_is_undertaken(self) -> None:
        play = Play(modes={"A02": COMMITTED}).settle("A01").receive("A02")
        assert play.refused(cmd.DraftCommitment(step="A02")) is Reason.REASON_MISSING

    def test_a_new_draft_takes_the_place_of_the_old(self) -> None:
        play = launched().receive(KEY, "application").draft(KEY).draft(KEY)
        states = [one.state for one in play.chain.commitments.values()]
        assert states == [CommitmentState.DROPPED, CommitmentState.DRAFT]

    def test_it_covers_what_is_lacking_and_outlives_its_step(self) -> None:
        play = granted()
        assert play.step(KEY).state is StepState.PASSED
        assert not play.chain.deficiencies
        assert play.promise().state is CommitmentState.IN_FORCE

    def test_it_keeps_the_chain_open_until_it_is_closed(self) -> None:
        play = AcceptancePlay(modes={"U03.B1": "commitment"}).planned()
        play.settle("U01.B1", "U02.B1").commit(KEY).accept(KEY).decide(KEY)
        play.accept_jointly("U04.B1").settle("U06.B1", "U07.B1").register("B1")
        play.accepted_unit("B2").settle("U07.B2").register("B2").settle("W01", "W02", "W03")
        assert play.state() is ChainState.RUNNING
        play.do(PERFORMED).do(verify(KEPT))
        assert play.state() is ChainState.COMPLETED

    def test_an_unsigned_letter_grants_nothing(self) -> None:
        play = launched().receive(KEY, "application").draft(KEY)
        assert play.refused(cmd.Accept(step=KEY)) is Reason.COMMITMENT_UNSIGNED


class TestReminders:
    def test_they_come_ten_and_three_days_before_and_on_the_day(self) -> None:
        play = granted().wait("2026-06-01 12:00")
        told = [(local(e.at), e.days_left) for e in play.events if e.type == "commitment_reminded"]
        assert told == [
            ("2026-05-22 00:00", 10),
            ("2026-05-29 00:00", 3),
            ("2026-06-01 00:00", 0),
        ]

    def test_a_cure_has_them_too_and_none_once_it_is_handed_in(self) -> None:
        play = AcceptancePlay(modes={"U01": "deficiency_tolerant"}).planned()
        lacking = cmd.Receive(step="U01.B1", materials=("survey", "fence"), promised=("greening",))
        play.do(lacking).accept("U01.B1").wait("2026-03-13 09:00")
        assert play.deficiency("U01.B1-greening").reminded == (10,)
        play.do(cmd.SubmitCure(deficiency="U01.B1-greening")).wait("2026-04-30 09:00")
        assert play.deficiency("U01.B1-greening").reminded == (10,)


class TestVerification:
    def test_it_takes_two_named_officers(self) -> None:
        play = granted().do(PERFORMED)
        for officers in ((), ("officer-a",), ("officer-a", "officer-a")):
            assert play.refused(verify(KEPT, officers=officers)) is Reason.OFFICERS_MISSING
        play.do(verify(KEPT))
        assert play.promise().officers == TWO_OFFICERS

    def test_kept_it_is_archived(self) -> None:
        play = granted().do(PERFORMED).do(verify(KEPT))
        assert play.promise().state is CommitmentState.ARCHIVED
        assert play.promise().outcome is CommitmentState.FULFILLED

    def test_it_has_its_days_and_is_missed_visibly(self) -> None:
        play = granted().do(PERFORMED)
        assert play.promise().verify_on == date(2026, 5, 6)
        play.wait("2026-05-07 00:00")
        assert play.promise().unverified
        assert play.happened() == ["verification_missed"]
        play.do(verify(KEPT))
        assert play.promise().outcome is CommitmentState.FULFILLED


class TestRectifying:
    def ordered(self) -> AcceptancePlay:
        return granted().do(PERFORMED).do(verify(RECTIFY))

    def test_faults_are_put_right_by_a_day_and_looked_at_again(self) -> None:
        play = self.ordered()
        assert play.promise().state is CommitmentState.RECTIFYING
        assert play.promise().due_on == date(2026, 3, 16)
        play.at("2026-03-16 23:59").do(PERFORMED).do(verify(KEPT))
        assert play.promise().outcome is CommitmentState.FULFILLED

    def test_it_is_ordered_once(self) -> None:
        play = self.ordered().do(PERFORMED).do(verify(RECTIFY))
        assert play.promise().breach is BreachKind.NON_CONFORMING

    def test_when_it_runs_out_the_commitment_is_broken(self) -> None:
        play = self.ordered().wait("2026-03-17 00:00")
        assert play.promise().breach is BreachKind.NON_CONFORMING
        assert play.step(KEY).state is StepState.RECHECK

    def test_a_report_received_in_time_undoes_that(self) -> None:
        play = self.ordered().wait("2026-03-18 09:00").at("2026-03-16 23:59").do(PERFORMED)
        assert play.promise().state is CommitmentState.AWAITING_VERIFICATION
        assert play.step(KEY).state is StepState.PASSED


class TestOverdue:
    def test_it_is_broken_and_on_record_on_day_six(self) -> None:
        play = granted().wait("2026-06-06 23:59")
        assert play.promise().state is CommitmentState.AWAITING_VERIFICATION
        play.wait("2026-06-09 00:00")  # the fifth day is a Saturday: the term ends on Monday
        assert play.promise().state is CommitmentState.ARCHIVED
        assert play.promise().breach is BreachKind.OVERDUE
        (record,) = play.records
        assert (record.kind, record.subject) == (CreditKind.OVERDUE_COMMITMENT, USCC)

    def test_what_was_granted_on_it_is_rechecked_never_voided(self) -> None:
        play = granted().wait("2026-06-09 00:00")
        assert play.step(KEY).state is StepState.RECHECK
        assert play.step(KEY).cause == PROMISE

    def test_the_next_letter_is_refused_while_eligibility_is_lost(self) -> None:
        play = granted().wait("2026-06-10 09:00")
        play.do(cmd.ConcludeRecheck(step=KEY, upheld=False, reason="no archive at all"))
        play.do(cmd.RecheckCredit())
        again = cmd.Receive(step=KEY, materials=("application",))
        assert play.refused(again) is Reason.CREDIT_BARRED
        play.at("2026-12-10 09:00").do(cmd.RecheckCredit())
        play.do(again)

    def test_a_report_before_day_six_leads_to_verification_instead(self) -> None:
        play = granted().at("2026-06-04 10:00").do(PERFORMED).wait("2026-06-20 09:00")
        assert play.promise().state is CommitmentState.AWAITING_VERIFICATION
        overdue = verify(BROKEN, breach=BreachKind.OVERDUE)
        assert play.do(overdue).promise().breach is BreachKind.OVERDUE

    def test_one_received_before_and_processed_after_takes_the_record_back(self) -> None:
        play = granted().wait("2026-06-10 09:00").at("2026-06-08 23:59").do(PERFORMED)
        assert play.promise().state is CommitmentState.AWAITING_VERIFICATION
        assert play.step(KEY).state is StepState.PASSED
        (record,) = play.records
        assert record.repaired_on == record.decided_on
        told, taken_back = filings_of(play.chain, PROMISE)
        assert told.report.record.repaired_on is None
        assert taken_back.report.record.repaired_on is not None

    def test_what_another_promise_put_on_record_is_not_this_ones(self) -> None:
        play = granted().wait("2026-06-09 00:00")
        (filing,) = filings_of(play.chain, PROMISE)
        again = filing.report.record.id + "-2"
        record = filing.report.record.model_copy(update={"id": again})
        report = filing.report.model_copy(update={"id": again, "record": record})
        twice = filing.model_copy(update={"report": report})
        filings = {**play.chain.filings, again: twice}
        chain = play.chain.model_copy(update={"filings": filings})
        assert filings_of(chain, PROMISE) == (filing, twice)
        assert filings_of(chain, f"{PROMISE}-r2") == ()
        assert filings_of(chain, PROMISE.removesuffix("-commitment")) == ()

    def test_but_a_second_later_it_is_broken_for_good(self) -> None:
        play = granted().wait("2026-06-10 09:00").at("2026-06-09 00:00")
        assert play.refused(PERFORMED) is Reason.WRONG_STATE

    def test_nothing_is_undone_once_people_have_concluded_the_recheck(self) -> None:
        play = granted().wait("2026-06-10 09:00")
        play.do(cmd.ConcludeRecheck(step=KEY, upheld=True, reason="handed in meanwhile"))
        assert play.at("2026-06-08 23:59").refused(PERFORMED) is Reason.WRONG_STATE


class TestFalse:
    def test_a_false_promise_annuls_what_it_led_to_and_rechecks_what_was_built_on_it(self) -> None:
        play = launched().settle("U01.B1", "U02.B1").commit(KEY).accept(KEY).decide(KEY)
        play.accept_jointly("U04.B1").do(PERFORMED)
        play.do(verify(BROKEN, breach=BreachKind.FALSE))
        assert play.step(KEY).state is StepState.ANNULLED
        assert play.step("U04.B1").state is StepState.RECHECK
        assert play.records[0].kind is CreditKind.FALSE_COMMITMENT

    def test_the_kind_of_breach_is_said(self) -> None:
        assert granted().do(PERFORMED).refused(verify(BROKEN)) is Reason.REASON_MISSING


def test_a_breach_after_the_successor_was_licensed_voids_nothing() -> None:
    play = launched().settle("U01.B1", "U02.B1").commit(KEY).accept(KEY).decide(KEY)
    play.accept_jointly("U04.B1").settle("U06.B1").wait("2026-06-09 00:00")
    assert play.step(KEY).state is StepState.RECHECK
    assert play.step("U06.B1").state is StepState.PASSED


def test_while_the_record_is_not_filed_the_chain_waits_for_it() -> None:
    play = granted()
    play.away = True
    play.wait("2026-06-09 00:00")
    assert play.promise().state is CommitmentState.BREACHED
    play.away = False
    play.see_to_errands()
    assert play.promise().state is CommitmentState.ARCHIVED


@pytest.mark.parametrize("state", ["kept", "broken"])
def test_a_closed_commitment_is_not_verified_again(state: str) -> None:
    kept = state == "kept"
    first = verify(KEPT) if kept else verify(BROKEN, breach=BreachKind.NON_CONFORMING)
    play = granted().do(PERFORMED).do(first)
    assert play.refused(verify(KEPT)) is Reason.WRONG_STATE
