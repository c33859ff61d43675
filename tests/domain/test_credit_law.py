"""Credit: months, grades, who may commit or be tolerated, and how bad credit ends."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from groundwork.domain.credit import (
    CreditAnswer,
    CreditGrade,
    CreditKind,
    CreditPurpose,
    CreditRecord,
    Severity,
)
from groundwork.domain.credit_law import (
    Breach,
    CreditVerdict,
    ends_on,
    grade,
    judge,
    months_after,
    record_of_breach,
    repairable_from,
)
from groundwork.domain.definition import (
    BreachSeverity,
    CreditBar,
    CreditPolicy,
    CreditTerms,
    EligibilityLoss,
    Limit,
    LimitUnit,
    Provenance,
)

ENTERPRISE, FIRM = "91440784MA0000015C", "91440784MA00003300"
COMMITMENT, TOLERANCE = CreditPurpose.COMMITMENT, CreditPurpose.TOLERANCE
DAY = date(2026, 3, 31)


def months(amount: int, source: str = "XY36") -> Limit:
    return Limit(amount=amount, unit=LimitUnit.MONTHS, provenance=Provenance.DEFAULT, source=source)


BREACHES = {
    CreditKind.FALSE_COMMITMENT: Severity.SERIOUS,
    CreditKind.OVERDUE_COMMITMENT: Severity.GENERAL,
    CreditKind.NON_CONFORMING_COMMITMENT: Severity.GENERAL,
    CreditKind.LAPSED_DEFICIENCY: Severity.MINOR,
    CreditKind.FAILED_REPORT: Severity.GENERAL,
}
POLICY = CreditPolicy(
    terms={
        Severity.MINOR: CreditTerms(minimum=months(0), maximum=months(3)),
        Severity.GENERAL: CreditTerms(minimum=months(3), maximum=months(12)),
        Severity.SERIOUS: CreditTerms(minimum=months(12), maximum=months(36)),
    },
    breaches={k: BreachSeverity(severity=s, source="P") for k, s in BREACHES.items()},
    commitment=CreditBar(
        severities=(Severity.SERIOUS,), kinds=(CreditKind.FALSE_COMMITMENT,), source="CN42"
    ),
    tolerance=CreditBar(severities=tuple(Severity), source="FX"),
    third_parties=CreditBar(kinds=(CreditKind.FAILED_REPORT,), source="P"),
    loss=EligibilityLoss(
        kinds=(CreditKind.FALSE_COMMITMENT, CreditKind.OVERDUE_COMMITMENT),
        months=months(6, "GZ18"),
    ),
)


def record(
    severity: Severity = Severity.GENERAL,
    kind: CreditKind = CreditKind.OTHER,
    *,
    subject: str = ENTERPRISE,
    repaired_on: date | None = None,
    open_end: bool = False,
) -> CreditRecord:
    return CreditRecord(
        id=f"{subject}-{kind}-{severity}",
        subject=subject,
        kind=kind,
        severity=severity,
        decided_on=DAY,
        ends_on=None if open_end else ends_on(POLICY, severity, DAY),
        repaired_on=repaired_on,
        document="鹤营商〔2026〕7号",
    )


def verdict(
    purpose: CreditPurpose, on: date, *records: CreditRecord, policy: CreditPolicy = POLICY
) -> CreditVerdict:
    answer = CreditAnswer(
        asked_at=datetime(2026, 4, 1, tzinfo=UTC),
        source="register",
        subjects=(ENTERPRISE, FIRM),
        records=records,
    )
    return judge(policy, answer, purpose, on)


def eligible(purpose: CreditPurpose, on: date, *records: CreditRecord) -> bool:
    return verdict(purpose, on, *records).eligible


days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
records = st.builds(
    CreditRecord,
    id=st.uuids().map(str),
    subject=st.sampled_from([ENTERPRISE, FIRM]),
    kind=st.sampled_from(CreditKind),
    severity=st.sampled_from(Severity),
    decided_on=days,
    ends_on=st.none() | days,
    repaired_on=st.none() | days,
)
purposes = st.sampled_from(CreditPurpose)


class TestMonths:
    @pytest.mark.parametrize(
        ("day", "count", "expected"),
        [
            (date(2026, 1, 31), 1, date(2026, 2, 28)),
            (date(2028, 1, 31), 1, date(2028, 2, 29)),
            (date(2024, 2, 29), 12, date(2025, 2, 28)),
            (date(2026, 11, 30), 3, date(2027, 2, 28)),
            (date(2026, 8, 31), 6, date(2027, 2, 28)),
            (date(2026, 12, 5), 1, date(2027, 1, 5)),
            (date(2026, 12, 31), 0, date(2026, 12, 31)),
        ],
    )
    def test_end_with_the_same_day_or_the_last(self, day: date, count: int, expected: date) -> None:
        assert months_after(day, count) == expected

    @given(day=days, count=st.integers(0, 240))
    def test_land_in_the_right_month_on_the_right_day(self, day: date, count: int) -> None:
        end = months_after(day, count)
        assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == count
        assert end.day == day.day or (end.day < day.day and (end + timedelta(days=1)).day == 1)

    @given(first=days, second=days, count=st.integers(0, 240))
    def test_never_overtake(self, first: date, second: date, count: int) -> None:
        early, late = sorted([first, second])
        assert months_after(early, count) <= months_after(late, count)

    def test_stop_where_dates_do(self) -> None:
        assert months_after(date(9999, 12, 1), 1) == date.max
        assert months_after(date(9999, 11, 30), 1) == date(9999, 12, 30)
        late = CreditRecord(
            id="late",
            subject=ENTERPRISE,
            kind=CreditKind.OVERDUE_COMMITMENT,
            severity=Severity.SERIOUS,
            decided_on=date(9999, 12, 1),
        )
        assert repairable_from(POLICY, late) == date.max
        assert eligible(COMMITMENT, DAY, late)


class TestGrade:
    @pytest.mark.parametrize(
        ("severity", "expected"),
        [(Severity.MINOR, "B"), (Severity.GENERAL, "C"), (Severity.SERIOUS, "D")],
    )
    def test_follows_the_gravest_record(self, severity: Severity, expected: str) -> None:
        assert grade([record(severity)], ENTERPRISE, DAY) == expected
        assert grade([record(severity), record(Severity.MINOR)], ENTERPRISE, DAY) == expected
        assert grade([record(severity)], FIRM, DAY) is CreditGrade.A

    @given(known=st.lists(records), more=records, on=days)
    def test_no_record_makes_anybody_better(
        self, known: list[CreditRecord], more: CreditRecord, on: date
    ) -> None:
        assert grade([*known, more], ENTERPRISE, on) >= grade(known, ENTERPRISE, on)

    @given(known=st.lists(records), on=days)
    def test_a_is_for_whom_nothing_counts(self, known: list[CreditRecord], on: date) -> None:
        counting = [one for one in known if one.subject == ENTERPRISE and one.counts(on)]
        assert (grade(known, ENTERPRISE, on) is CreditGrade.A) == (not counting)


class TestCommitment:
    def test_is_barred_by_serious_credit_to_the_last_day(self) -> None:
        bad = record(Severity.SERIOUS)
        last = date(2029, 3, 31)
        assert not eligible(COMMITMENT, DAY, bad)
        assert not eligible(COMMITMENT, last, bad)
        assert eligible(COMMITMENT, last + timedelta(days=1), bad)
        assert eligible(COMMITMENT, DAY - timedelta(days=1), bad)

    @pytest.mark.parametrize("severity", [Severity.MINOR, Severity.GENERAL])
    def test_is_open_to_lighter_credit(self, severity: Severity) -> None:
        assert eligible(COMMITMENT, DAY, record(severity))

    def test_is_barred_by_a_false_promise_however_light(self) -> None:
        false = record(Severity.GENERAL, CreditKind.FALSE_COMMITMENT)
        assert not eligible(COMMITMENT, date(2027, 3, 31), false)
        assert eligible(COMMITMENT, date(2027, 4, 1), false)

    def test_is_lost_for_six_months_after_a_breach(self) -> None:
        overdue = record(Severity.GENERAL, CreditKind.OVERDUE_COMMITMENT)
        last = date(2026, 9, 30)
        (ground,) = verdict(COMMITMENT, last, overdue).grounds
        assert (ground.until, ground.source) == (last, "GZ18")
        assert eligible(COMMITMENT, last + timedelta(days=1), overdue)

    def test_is_lost_longer_than_a_light_record_counts(self) -> None:
        overdue = record(Severity.MINOR, CreditKind.OVERDUE_COMMITMENT)
        assert overdue.ends_on == date(2026, 6, 30)
        assert not eligible(COMMITMENT, date(2026, 7, 1), overdue)

    def test_is_given_back_by_a_repair(self) -> None:
        repaired = date(2026, 7, 1)
        overdue = record(kind=CreditKind.OVERDUE_COMMITMENT, repaired_on=repaired)
        assert not eligible(COMMITMENT, repaired - timedelta(days=1), overdue)
        assert eligible(COMMITMENT, repaired, overdue)


class TestTolerance:
    @pytest.mark.parametrize("severity", Severity)
    def test_is_refused_for_any_bad_credit(self, severity: Severity) -> None:
        assert not eligible(TOLERANCE, DAY, record(severity))
        assert eligible(TOLERANCE, DAY, record(severity, repaired_on=DAY))


class TestThirdParties:
    @pytest.mark.parametrize("purpose", CreditPurpose)
    def test_bar_when_a_report_of_theirs_failed(self, purpose: CreditPurpose) -> None:
        failed = record(kind=CreditKind.FAILED_REPORT, subject=FIRM)
        found = verdict(purpose, DAY, failed)
        assert not found.eligible
        assert found.grade is CreditGrade.A
        assert found.grounds[0].subject == FIRM
        assert "更换机构" in found.grounds[0].remedy.zh

    @pytest.mark.parametrize("purpose", CreditPurpose)
    def test_bar_by_nothing_else(self, purpose: CreditPurpose) -> None:
        assert eligible(purpose, DAY, record(Severity.SERIOUS, subject=FIRM))


class TestGrounds:
    def test_say_who_what_until_when_and_the_way_out(self) -> None:
        (ground,) = verdict(COMMITMENT, DAY, record(Severity.SERIOUS, CreditKind.PENALTY)).grounds
        assert (ground.subject, ground.document) == (ENTERPRISE, "鹤营商〔2026〕7号")
        assert (ground.kind, ground.severity) == (CreditKind.PENALTY, Severity.SERIOUS)
        assert (ground.until, ground.source) == (date(2029, 3, 31), "CN42")
        assert ground.repairable_from == date(2027, 4, 1)
        for part in (ENTERPRISE, "严重失信", "行政处罚", "鹤营商〔2026〕7号", "2029-03-31"):
            assert part in ground.why.zh
        for part in (ENTERPRISE, "serious", "penalty", "鹤营商〔2026〕7号", "2029-03-31"):
            assert part in ground.why.en
        assert "2027-04-01" in ground.remedy.zh
        assert "2027-04-01" in ground.remedy.en

    def test_last_until_the_repair_where_the_record_has_no_end(self) -> None:
        false = record(Severity.SERIOUS, CreditKind.FALSE_COMMITMENT, open_end=True)
        (ground,) = verdict(COMMITMENT, date(2099, 1, 1), false).grounds
        assert ground.until is None
        assert "修复前" in ground.why.zh

    @given(known=st.lists(records, max_size=6, unique_by=lambda r: r.id), purpose=purposes, on=days)
    def test_are_what_stands_against_somebody_and_nothing_else(
        self, known: list[CreditRecord], purpose: CreditPurpose, on: date
    ) -> None:
        found = verdict(purpose, on, *known)
        assert found.eligible == (not found.grounds)
        assert found == verdict(purpose, on, *reversed(known))
        against = {ground.record for ground in found.grounds}
        rest = [one for one in known if one.id not in against]
        assert eligible(purpose, on, *rest)
        for ground in found.grounds:
            assert not eligible(purpose, on, *(one for one in known if one.id == ground.record))
            assert ground.until is None or ground.until >= on

    @given(known=st.lists(records, max_size=6, unique_by=lambda r: r.id), purpose=purposes, on=days)
    def test_fall_away_together_when_all_is_repaired(
        self, known: list[CreditRecord], purpose: CreditPurpose, on: date
    ) -> None:
        repaired = [one.model_copy(update={"repaired_on": on}) for one in known]
        found = verdict(purpose, on, *repaired)
        assert found.eligible
        assert found.grade is CreditGrade.A

    @given(known=st.lists(records, max_size=6, unique_by=lambda r: r.id), on=days)
    def test_of_whose_credit_is_a_there_are_none_against_tolerance(
        self, known: list[CreditRecord], on: date
    ) -> None:
        own = [one for one in known if one.subject == ENTERPRISE]
        found = verdict(TOLERANCE, on, *own)
        assert found.eligible == (found.grade is CreditGrade.A)


class TestBreaches:
    @pytest.mark.parametrize("kind", BREACHES)
    def test_are_recorded_as_the_policy_says(self, kind: CreditKind) -> None:
        breach = Breach(id="r-1", subject=ENTERPRISE, kind=kind, decided_on=DAY, document="第1号")
        made = record_of_breach(POLICY, breach)
        assert (made.id, made.subject, made.kind) == ("r-1", ENTERPRISE, kind)
        assert made.severity is BREACHES[kind]
        assert made.ends_on == ends_on(POLICY, made.severity, DAY)
        assert made.document == "第1号"

    @given(kind=st.sampled_from(sorted(BREACHES)), on=days)
    def test_may_be_repaired_before_they_end(self, kind: CreditKind, on: date) -> None:
        breach = Breach(id="r-1", subject=ENTERPRISE, kind=kind, decided_on=on)
        made = record_of_breach(POLICY, breach)
        assert made.ends_on is not None
        assert made.decided_on <= repairable_from(POLICY, made) <= made.ends_on
        assert made.counts(made.decided_on)
        assert made.counts(made.ends_on)

    def test_are_no_penalties(self) -> None:
        with pytest.raises(KeyError):
            record_of_breach(
                POLICY,
                Breach(id="r-1", subject=ENTERPRISE, kind=CreditKind.PENALTY, decided_on=DAY),
            )


class TestAnswers:
    def test_speak_only_of_whom_was_asked_for(self) -> None:
        with pytest.raises(ValidationError, match="not asked for"):
            verdict(TOLERANCE, DAY, record(subject="91440784MA0000285Y"))

    def test_tell_each_record_once(self) -> None:
        with pytest.raises(ValidationError, match="twice"):
            verdict(TOLERANCE, DAY, record(), record())
