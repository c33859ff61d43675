"""Why acceptance windows, cures, commitments and answers end when they do."""

from datetime import date

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.clock import DayMark
from groundwork.domain.definition import LimitUnit
from groundwork.domain.explain import explain
from groundwork.domain.model import CommitmentState
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.terms import Term, commitment_term, explain_term
from tests.domain.ladders import carded_rules
from tests.domain.small import COMMITTED, TOLERANT
from tests.domain.worlds import Play


def term(play: Play, name: str) -> Term:
    """The term, whose ledger ends on the day that was told."""
    told = explain_term(play.rules, play.chain, name)
    assert told.due is not None
    assert (told.due.on, told.due.moment) == (told.closes_on, told.closes)
    counted = [day for day in told.due.ledger if day.mark is DayMark.COUNTED]
    assert len(counted) == told.limit.amount
    assert Term.model_validate_json(told.model_dump_json()) == told
    return told


def received() -> Play:
    return Play(start="2026-03-02 09:00").receive("A01")


def committed() -> Play:
    play = Play(start="2026-03-02 09:00", modes={"A02": COMMITTED}).settle("A01").receive("A02")
    return play.do(cmd.SignCommitment(step="A02", obligations=("as the law says",)))


def test_the_acceptance_window_counts_from_the_receipt() -> None:
    told = term(received(), "acceptance:A01")
    assert told.began == received().step("A01").received_at
    assert told.limit == received().rules.definition.windows.acceptance


def test_after_a_correction_it_counts_afresh() -> None:
    play = received().do(cmd.RequestCorrection(step="A01", items=("sign the form",)))
    with pytest.raises(Rejection):
        explain_term(play.rules, play.chain, "acceptance:A01")
    play.at("2026-03-04 09:00").do(cmd.SubmitCorrection(step="A01"))
    assert term(play, "acceptance:A01").due == play.rules.window(
        play.now, play.rules.definition.windows.acceptance
    )


def test_a_cure_counts_from_its_opening_and_longer_once_extended() -> None:
    play = Play(start="2026-03-02 09:00", modes={"A02": TOLERANT}).settle("A01")
    play.receive("A02", lacking=("pipeline",)).accept("A02")
    before = term(play, "deficiency:A02-pipeline")
    play.do(cmd.ExtendCure(deficiency="A02-pipeline", reason="holidays"))
    after = term(play, "deficiency:A02-pipeline")
    assert (before.extended, after.extended) == (False, True)
    assert after.closes_on > before.closes_on
    assert after.limit.amount > before.limit.amount


def test_a_commitment_counts_from_its_signature() -> None:
    told = term(committed(), "commitment:A02-commitment")
    assert told.began == committed().now
    assert told.limit.source


def test_putting_faults_right_counts_from_the_order() -> None:
    play = committed().accept("A02").decide("A02").at("2026-03-05 09:00")
    play.do(
        cmd.VerifyCommitment(
            commitment="A02-commitment",
            outcome=cmd.VerificationOutcome.RECTIFY,
            reason="not yet built",
        )
    )
    told = term(play, "commitment:A02-commitment")
    assert told.began == play.now
    assert told.limit == play.rules.definition.windows.rectification
    assert explain(play.rules, play.chain, "A02").windows[0].due == told.due


def test_an_order_of_which_nobody_knows_the_day_keeps_the_date_on_record() -> None:
    play = committed()
    signed = play.chain.commitments["A02-commitment"]
    older = signed.model_copy(update={"state": CommitmentState.RECTIFYING})
    told = commitment_term(play.rules, older)
    assert told is not None
    assert (told.began, told.due, told.rules) == (None, None, ())
    assert told.closes_on == signed.due_on


def test_an_answer_counts_from_the_escalation() -> None:
    play = received().accept("A01").wait("2026-03-20 09:00")
    told = term(play, "escalation:A01-yellow_card")
    assert told.closes_on == play.escalation("A01-yellow_card").answer_by


def test_an_answer_is_counted_by_the_ladder_of_its_own_step() -> None:
    play = Play(carded_rules(), "2026-03-02 09:00").settle("A01").receive("A10").accept("A10")
    play.wait("2026-03-02 18:00")
    told = explain_term(play.rules, play.chain, "escalation:A10-yellow_card")
    assert told.due is not None
    assert told.limit.unit is LimitUnit.HOURS
    assert told.closes == told.due.moment == play.escalation("A10-yellow_card").answer_before


@pytest.mark.parametrize(
    "name",
    [
        "deficiency:A02-pipeline",
        "acceptance:A02",
        "acceptance:Z99",
        "escalation:A01-red",
        "A01",
        "",
    ],
)
def test_a_term_that_there_is_not_is_refused(name: str) -> None:
    play = received().accept("A01").wait("2026-03-20 09:00")
    with pytest.raises(Rejection) as refused:
        explain_term(play.rules, play.chain, name)
    assert refused.value.reason is Reason.UNKNOWN_TERM


def test_every_mark_of_a_ledger_has_its_rule_and_source() -> None:
    play = Play(start="2026-04-02 10:00").settle("A01").receive("A02").accept("A02")
    play.at("2026-04-08 10:00").stop("A02", "2026-04-10").wait("2026-04-11 10:00")
    told = explain(play.rules, play.chain, "A02", play.now)
    assert told.due is not None
    marks = {day.mark for day in told.due.ledger}
    assert marks == {DayMark.EVENT_DAY, DayMark.COUNTED, DayMark.REST_DAY, DayMark.STOPPED}
    rules = {rule.mark: rule for rule in told.rules}
    assert rules.keys() == marks | {None}
    assert "第四十五条" in rules[DayMark.STOPPED].source
    assert play.rules.calendar.source in rules[DayMark.REST_DAY].source
    assert "24:00" in rules[None].text.zh
    (stop,) = told.stops
    assert (stop.planned_end, stop.ended_by_itself) == (date(2026, 4, 10), True)


def test_the_rest_days_over_which_calendar_days_roll_are_explained() -> None:
    play = Play().settle("A01").at("2026-03-05 10:00").receive("A11").accept("A11")
    told = explain(play.rules, play.chain, "A11")
    rolled = next(rule for rule in told.rules if rule.mark is DayMark.ROLLED)
    assert "第二百零三条" in rolled.source
