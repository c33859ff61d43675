"""Why a step is due when it is, told day by day, and why another has no date."""

from datetime import date

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.clock import DayMark
from groundwork.domain.definition import LimitUnit, Provenance, StopReason, Variant
from groundwork.domain.explain import (
    Explanation,
    NoDateReason,
    OpenWindow,
    WindowKind,
    explain,
)
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.terms import explain_term
from tests.domain.small import COMMITTED, EXEMPT, TOLERANT
from tests.domain.worlds import Play, local, moment, real_rules


def reviewed(accepted: str = "2026-03-02 10:00") -> Play:
    """A02 accepted at that moment, with ten working days to run."""
    play = Play(start="2026-02-02 09:00", modes={"A02": TOLERANT}).settle("A01")
    return play.at(accepted).receive("A02", lacking=("pipeline",)).accept("A02")


def of(play: Play, key: str, at: str | None = None) -> Explanation:
    return explain(play.rules, play.chain, key, moment(at) if at else None)


def why_not(play: Play, key: str) -> NoDateReason | None:
    explanation = of(play, key)
    return explanation.no_date.reason if explanation.no_date else None


def window(play: Play, key: str, kind: WindowKind) -> OpenWindow:
    return next(one for one in of(play, key).windows if one.kind is kind)


def test_the_ledger_leads_day_by_day_to_the_due_date() -> None:
    due = of(reviewed("2026-04-29 10:00"), "A02").due
    assert due is not None
    assert due.on == date(2026, 5, 15)
    told = {str(day.day): (day.mark, day.number) for day in due.ledger}
    assert told["2026-04-29"] == (DayMark.EVENT_DAY, None)
    assert told["2026-04-30"] == (DayMark.COUNTED, 1)
    assert told["2026-05-01"] == (DayMark.REST_DAY, None)
    assert told["2026-05-09"] == (DayMark.COUNTED, 5)  # a Saturday worked for May Day
    assert told["2026-05-15"] == (DayMark.COUNTED, 10)
    assert len(told) == 17  # no day is left out


def test_the_ledger_names_the_holiday_in_both_languages() -> None:
    due = of(reviewed("2026-04-29 10:00"), "A02").due
    assert due is not None
    notes = {str(day.day): day.note for day in due.ledger}
    assert notes["2026-05-01"].zh == "劳动节"
    assert "调休" in notes["2026-05-09"].zh


def test_the_promised_limit_stands_with_its_unit_and_its_source() -> None:
    explanation = of(Play(real_rules()).settle("L01").receive("L04").accept("L04"), "L04")
    promised = explanation.promised
    assert promised is not None
    assert (promised.amount, promised.unit) == (24, LimitUnit.WORKING_DAYS)
    assert promised.provenance in Provenance
    assert promised.source


def test_the_promise_is_told_before_the_clock_starts() -> None:
    promised = of(Play(variant=Variant.FAST), "A02").promised
    assert promised is not None
    assert promised.amount == 1


def test_the_date_is_projected_while_the_clock_is_stopped() -> None:
    play = reviewed().at("2026-03-04 10:00").stop("A02", "2026-03-11")
    due = of(play, "A02").due
    assert due is not None
    assert (due.projected, due.on) == (True, date(2026, 3, 23))
    stopped = [day.day.day for day in due.ledger if day.mark is DayMark.STOPPED]
    assert stopped == [5, 6, 9, 10, 11]


def test_a_date_in_a_year_without_a_calendar_is_provisional() -> None:
    due = of(reviewed("2026-12-28 10:00"), "A02").due
    assert due is not None
    assert due.provisional
    assert [day.provisional for day in due.ledger if day.day.year == 2026] == [False] * 4


def test_an_extension_is_told_with_its_reason() -> None:
    explanation = of(reviewed().extend("A02", 5), "A02")
    assert explanation.extension is not None
    assert explanation.extension.reason == "complex"
    assert explanation.due is not None
    assert explanation.due.budget == 15


def test_whose_time_was_used_is_told_on_request() -> None:
    play = reviewed().at("2026-03-04 10:00").stop("A02", "2026-03-11").wait("2026-03-13 09:00")
    split = of(play, "A02", "2026-03-13 09:00").split
    assert split is not None
    assert (split.department_days, split.stopped_days) == (4, 5)
    assert of(play, "A02", "2026-03-13 09:00").left == 6
    assert of(play, "A02").split is None


def test_after_the_decision_no_more_time_is_used() -> None:
    play = reviewed().at("2026-03-05 10:00").decide("A02", "pass_with_tolerance")
    split = of(play, "A02", "2026-06-30 10:00").split
    assert split is not None
    assert split.department_days == 3


def test_a_decided_step_still_says_when_it_was_due() -> None:
    play = reviewed().at("2026-03-05 10:00").decide("A02", "pass_with_tolerance")
    due = of(play, "A02").due
    assert due is not None
    assert due.on == date(2026, 3, 16)


def test_an_acceptance_by_silence_is_told() -> None:
    explanation = of(Play().receive("A01").wait("2026-03-10 09:00"), "A01")
    assert explanation.by_silence
    assert local(explanation.accepted_at) == "2026-03-02 09:00"


def test_each_statutory_limit_has_its_own_date_or_the_reason_for_none() -> None:
    terms = of(reviewed(), "A02").statutory
    assert [str(term.due_on) for term in terms] == [
        "2026-03-30",  # 20 working days
        "2026-05-06",  # 60 calendar days, in the case of a report; 1 to 5 May are off
        "None",  # a minimum
        "None",  # a part of the step
        "None",  # in months
    ]
    assert [term.remark is None for term in terms] == [True, True, False, False, False]


def test_a_stop_moves_the_statutory_date_and_an_extension_does_not() -> None:
    play = reviewed().at("2026-03-04 10:00").stop("A02", "2026-03-11").wait("2026-03-12 09:00")
    term = of(play.extend("A02", 5), "A02").statutory[0]
    assert term.due_on == date(2026, 4, 7)
    assert term.remark is not None


def test_a_statutory_limit_has_no_date_before_the_acceptance() -> None:
    term = of(Play(), "A02").statutory[0]
    assert term.due_on is None
    assert term.remark is not None


def handed_in() -> Play:
    return Play().receive("A01")


def corrected() -> Play:
    return handed_in().do(cmd.RequestCorrection(step="A01", items=("sign it",)))


def contracted() -> Play:
    return Play().settle("A01", "A02")


@pytest.mark.parametrize(
    ("play", "key", "reason"),
    [
        (Play, "A02", NoDateReason.WAITING),
        (Play, "A01", NoDateReason.NOT_HANDED_IN),
        (handed_in, "A01", NoDateReason.NOT_ACCEPTED_YET),
        (corrected, "A01", NoDateReason.BEING_CORRECTED),
        (contracted, "A06", NoDateReason.APPLICANTS_TIME),
        (
            lambda: contracted().settle("A06").receive("A07").accept("A07"),
            "A07",
            "nothing_promised",
        ),
        (lambda: Play(modes={"A03": EXEMPT}).settle("A01"), "A03", NoDateReason.EXEMPT),
        (
            lambda: handed_in().do(cmd.RefuseAcceptance(step="A01", reason="not ours")),
            "A01",
            NoDateReason.APPLICATION_ENDED,
        ),
        (
            lambda: reviewed().do(cmd.WithdrawStep(step="A02", reason="redrawn")),
            "A02",
            NoDateReason.APPLICATION_ENDED,
        ),
        (lambda: reviewed().wait("2026-03-17 09:00"), "A02", NoDateReason.APPLICATION_ENDED),
    ],
)
def test_a_step_without_a_date_says_why(play: object, key: str, reason: str) -> None:
    assert callable(play)
    explanation = of(play(), key)
    assert explanation.due is None
    assert explanation.no_date is not None
    assert explanation.no_date.reason == reason
    assert explanation.no_date.text.zh.endswith("。")
    assert explanation.no_date.text.en.endswith(".")


def test_a_waiting_step_names_what_it_waits_for() -> None:
    no_date = of(Play().settle("A01", "A03"), "A08").no_date
    assert no_date is not None
    assert "A05、A07" in no_date.text.zh


def test_the_window_to_accept_is_open_after_handing_in() -> None:
    play = Play().at("2026-03-02 10:00").receive("A01")
    open_window = window(play, "A01", WindowKind.ACCEPTANCE)
    assert local(open_window.closes) == "2026-03-10 00:00"
    assert open_window.closes_on == date(2026, 3, 9)
    assert open_window.due is not None
    assert [day.number for day in open_window.due.ledger if day.number] == [1, 2, 3, 4, 5]


def test_the_window_to_accept_opens_afresh_after_a_correction() -> None:
    play = corrected()
    assert of(play, "A01").windows == ()
    play.at("2026-03-11 10:00").do(cmd.SubmitCorrection(step="A01"))
    assert window(play, "A01", WindowKind.ACCEPTANCE).closes_on == date(2026, 3, 18)


def test_the_window_to_accept_closes_with_the_acceptance() -> None:
    assert of(handed_in().accept("A01"), "A01").windows == ()


def test_an_open_stop_says_when_it_will_end() -> None:
    play = reviewed().stop("A02", "2026-03-11", StopReason.PUBLICITY)
    stop = window(play, "A02", WindowKind.STOP)
    assert (stop.name.zh, local(stop.closes)) == ("公示", "2026-03-12 00:00")


def test_an_open_deficiency_says_by_when_its_material_must_follow() -> None:
    cure = window(reviewed(), "A02", WindowKind.CURE)
    assert (cure.subject, cure.closes_on) == ("A02-pipeline", date(2026, 3, 16))
    assert local(cure.closes) == "2026-03-17 00:00"


def test_a_commitment_and_its_rectification_are_windows() -> None:
    play = Play(modes={"A02": COMMITTED}).settle("A01").at("2026-03-02 10:00").receive("A02")
    kept = window(play.sign("A02"), "A02", WindowKind.COMMITMENT)
    assert (kept.subject, kept.closes_on) == ("A02-commitment", date(2026, 4, 1))
    faults = cmd.VerificationOutcome.RECTIFY
    play.do(cmd.VerifyCommitment(commitment="A02-commitment", outcome=faults, reason="unsafe"))
    assert window(play, "A02", WindowKind.RECTIFICATION).closes_on == date(2026, 3, 16)


def test_an_explanation_that_is_owed_is_a_window() -> None:
    play = handed_in().accept("A01").wait("2026-03-06 09:00")
    answer = window(play, "A01", WindowKind.ANSWER)
    assert answer.subject == "A01-yellow_card"
    play.do(cmd.Acknowledge(escalation="A01-yellow_card", answer="two officers are ill"))
    assert of(play, "A01").windows == ()


def test_a_cure_date_has_its_ledger() -> None:
    play = reviewed("2026-04-29 10:00")
    cure = explain_term(play.rules, play.chain, "deficiency:A02-pipeline")
    assert cure.due is not None
    assert cure.due.on == play.deficiency("A02-pipeline").cure_by == date(2026, 5, 15)
    assert (cure.limit.amount, cure.extended, cure.name.en) == (10, False, "pipeline")
    assert cure.due.ledger[-1].number == 10


def test_a_prolonged_cure_date_counts_the_longer_term() -> None:
    play = reviewed().do(cmd.ExtendCure(deficiency="A02-pipeline", reason="holidays"))
    cure = explain_term(play.rules, play.chain, "deficiency:A02-pipeline")
    assert (cure.limit.amount, cure.extended) == (15, True)
    assert cure.due is not None
    assert cure.due.on == play.deficiency("A02-pipeline").cure_by


def test_what_does_not_exist_cannot_be_explained() -> None:
    play = Play()
    with pytest.raises(Rejection) as step_unknown:
        of(play, "Z99")
    with pytest.raises(Rejection) as deficiency_unknown:
        explain_term(play.rules, play.chain, "deficiency:A02-pipeline")
    assert step_unknown.value.reason is Reason.UNKNOWN_STEP
    assert deficiency_unknown.value.reason is Reason.UNKNOWN_TERM


def test_an_explanation_survives_the_journey_as_json() -> None:
    play = reviewed().stop("A02", "2026-03-11").wait("2026-03-12 09:00")
    told = of(play, "A02", "2026-03-12 09:00")
    assert Explanation.model_validate_json(told.model_dump_json()) == told
    cure = explain_term(play.rules, play.chain, "deficiency:A02-pipeline")
    assert type(cure).model_validate_json(cure.model_dump_json()) == cure


def test_every_step_of_the_catalogue_can_be_explained() -> None:
    play = Play(real_rules())
    assert all(why_not(play, key) for key in play.chain.steps)


def test_a_limit_in_hours_tells_its_instant() -> None:
    timed = Play().settle("A01").at("2026-03-03 20:00").receive("A10").accept("A10")
    due = of(timed, "A10").due
    assert due is not None
    assert local(due.moment) == "2026-03-04 04:00"
