"""The demonstration on the real engine: a documented case, one that goes badly, and buildings."""

import json
from collections.abc import AsyncIterator
from datetime import date, datetime

import pytest
import pytest_asyncio

from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.definition import BreachKind
from groundwork.domain.model import (
    ChainState,
    CommitmentState,
    DeficiencyState,
    EscalationState,
    Light,
    Role,
    StepState,
)
from groundwork.rehearsal.case import (
    CaseReport,
    CommitmentReport,
    DeficiencyReport,
    Entry,
    StepReport,
)
from groundwork.rehearsal.demo import DemoReport, play_demo
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.settings import Settings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(temporal_server: EmbeddedTemporal) -> AsyncIterator[DemoReport]:
    """All cases, played once."""
    yield await play_demo(Settings(), temporal_server.address)


def step(case: CaseReport, key: str) -> StepReport:
    return next(one for one in case.steps if one.step == key)


def test_the_engine_comes_to_what_the_pure_core_foretells(demo: DemoReport) -> None:
    assert all(case.engine.agrees for case in demo.cases)
    assert not any(case.unplayed for case in demo.cases)


def test_programs_get_one_object_with_the_cases(demo: DemoReport) -> None:
    told = json.loads(demo.model_dump_json())
    assert told.keys() == {"cases"}
    chains = [case["chain"] for case in told["cases"]]
    assert chains == ["land-to-construction"] * 2 + ["completion-to-production"]
    for case in told["cases"]:
        assert {"project", "status", "milestones", "calendar_days"} <= case.keys()
        assert {"steps", "escalations", "deficiencies", "commitments"} <= case.keys()


def test_only_a_chain_with_named_routes_counts_their_days(demo: DemoReport) -> None:
    land, messy, production = demo.cases
    for case in (land, messy):
        assert case.working_days == {"standard_route": 36, "land_route": 31}
        assert not case.units
        assert not case.production_gate
    assert production.working_days == production.measured_working_days == {}


class TestTheDocumentedCase:
    @pytest.fixture
    def case(self, demo: DemoReport) -> CaseReport:
        return demo.cases[0]

    def test_it_reaches_its_milestones_on_the_published_dates(self, case: CaseReport) -> None:
        assert case.status is ChainState.COMPLETED
        assert case.milestones == {
            "signed": date(2024, 1, 19),
            "land_obtained": date(2024, 4, 2),
            "construction_started": date(2024, 7, 19),
        }

    def test_the_days_between_them_are_counted(self, case: CaseReport) -> None:
        assert case.calendar_days == {
            "signed_to_land": 74,
            "land_to_start": 108,
            "signed_to_start": 182,
        }

    def test_the_published_figure_is_shown_and_never_counted(self, case: CaseReport) -> None:
        assert case.reported_days == 111
        assert case.reported_days not in case.calendar_days.values()

    def test_it_goes_through_every_step_within_its_promise(self, case: CaseReport) -> None:
        assert len(case.steps) == 22
        for one in case.steps:
            assert one.state is StepState.PASSED
            assert one.worst_light is not Light.RED
            if one.promised is not None and one.working_days is not None:
                assert one.working_days <= one.promised.amount
        assert not case.refusals

    def test_both_routes_take_what_the_city_published(self, case: CaseReport) -> None:
        assert case.measured_working_days == {"standard_route": 36, "land_route": 31}

    def test_the_land_approval_runs_over_the_spring_festival(self, case: CaseReport) -> None:
        land = step(case, "L04")
        assert land.working_days == 24
        assert land.accepted_on is not None
        assert land.decided_on is not None
        assert (land.decided_on - land.accepted_on).days == 39

    def test_the_land_is_listed_for_the_days_that_the_law_asks_for(self, case: CaseReport) -> None:
        listing, plan = step(case, "L06"), step(case, "L05")
        assert listing.decided_on is not None
        assert plan.decided_on is not None
        assert (listing.decided_on - plan.decided_on).days > 20


class TestTheMessyCase:
    @pytest.fixture
    def case(self, demo: DemoReport) -> CaseReport:
        return demo.cases[1]

    def deficiency(self, case: CaseReport, key: str) -> DeficiencyReport:
        return next(one for one in case.deficiencies if one.step == key)

    def test_it_completes_all_the_same(self, case: CaseReport) -> None:
        assert case.status is ChainState.COMPLETED
        assert case.worst_light is Light.RED

    def test_a_department_climbs_the_ladder_in_order_up_to_the_supervision_order(
        self, case: CaseReport
    ) -> None:
        climbed = [one for one in case.escalations if one.step == "L17"]
        assert [one.rung for one in climbed] == ["yellow", "red", "yellow_card", "red_card"]
        assert [one.at for one in climbed] == sorted(one.at for one in climbed)
        assert [one.supervision_order for one in climbed] == [False, False, False, True]

    def test_the_supervision_order_is_acknowledged_and_nothing_is_referred(
        self, case: CaseReport
    ) -> None:
        order = next(one for one in case.escalations if one.supervision_order)
        assert order.state is EscalationState.ACKNOWLEDGED
        assert order.answered_by is Role.BUSINESS_ENVIRONMENT_OFFICE
        assert not any(one.human_decides for one in case.escalations)

    def test_a_deficiency_cured_late_on_its_last_day_is_in_time(self, case: CaseReport) -> None:
        cured = self.deficiency(case, "L16")
        assert cured.state is DeficiencyState.CLOSED
        assert cured.on_last_day
        assert cured.consequence is None

    def test_one_that_lapses_before_the_decision_sends_the_step_back(
        self, case: CaseReport
    ) -> None:
        lapsed = self.deficiency(case, "L07")
        assert (lapsed.state, lapsed.consequence) == (DeficiencyState.LAPSED, "step_returned")
        assert step(case, "L07").attempts == 2
        assert step(case, "L07").state is StepState.PASSED

    def test_one_that_lapses_after_it_sends_the_permit_to_re_check(self, case: CaseReport) -> None:
        lapsed = self.deficiency(case, "L20")
        assert (lapsed.state, lapsed.consequence) == (DeficiencyState.LAPSED, "recheck_ordered")
        assert step(case, "L20").state is StepState.PASSED_WITH_TOLERANCE

    def test_the_clock_stops_and_the_limit_is_prolonged(self, case: CaseReport) -> None:
        assert step(case, "L04").stopped_days == 10
        assert step(case, "L08").stopped_days == 5
        assert step(case, "L11").extended_by == 5
        assert step(case, "L11").late_by == 0

    def test_a_second_correction_notice_is_refused(self, case: CaseReport) -> None:
        assert [one.reason for one in case.refusals] == ["already_corrected"]
        told = [entry.event for entry in case.timeline if entry.step == "L08"]
        assert told.count("correction_requested") == 1

    def test_silence_accepts_a_step_from_its_receipt(self, case: CaseReport) -> None:
        silent = step(case, "L12")
        assert silent.accepted_by_silence
        assert silent.accepted_on == silent.received_on


class TestTheBuildings:
    @pytest.fixture
    def case(self, demo: DemoReport) -> CaseReport:
        return demo.cases[2]

    def commitment(self, case: CaseReport, key: str) -> CommitmentReport:
        return next(one for one in case.commitments if one.step == key)

    def told(self, case: CaseReport, event: str, step: str | None = None) -> list[Entry]:
        return [one for one in case.timeline if one.event == event and step in {None, one.step}]

    def test_it_completes_with_nothing_refused(self, case: CaseReport) -> None:
        assert case.status is ChainState.COMPLETED
        assert not case.refusals
        assert len(case.steps) == 27

    def test_equipment_enters_half_a_year_before_the_whole_is_accepted(
        self, case: CaseReport
    ) -> None:
        entered, whole = case.milestones["equipment_entered"], case.milestones["whole_accepted"]
        assert entered == step(case, "C04").decided_on == date(2024, 6, 17)
        assert whole == step(case, "C17").decided_on == date(2024, 12, 16)
        assert case.calendar_days["entry_before_whole"] == 182
        for unit in case.units:
            assert unit.in_use_on is not None
            assert entered is not None
            assert entered < unit.in_use_on

    def test_two_buildings_are_accepted_and_used_in_turn(self, case: CaseReport) -> None:
        assert [(one.id, one.accepted_on, one.in_use_on) for one in case.units] == [
            ("B1", date(2024, 9, 23), date(2024, 9, 23)),
            ("B2", date(2024, 11, 29), date(2024, 11, 29)),
        ]
        assert not any(one.waits_for for one in case.units)

    def test_production_begins_in_one_before_the_other_is_surveyed_or_accepted(
        self, case: CaseReport
    ) -> None:
        first, second = case.production_gate
        assert (first.unit, second.unit) == ("B1", "B2")
        assert first.open_since == datetime(2024, 9, 24, 16, tzinfo=SHANGHAI)
        assert second.open_since == datetime(2024, 12, 3, 16, tzinfo=SHANGHAI)
        assert first.open
        assert not first.missing
        begun = step(case, "C08.B2").received_on
        assert begun is not None
        assert first.open_since.date() < begun

    def test_archives_and_communications_go_on_commitments(self, case: CaseReport) -> None:
        kept = self.commitment(case, "C12.B1")
        assert kept.unit == "B1"
        assert kept.item.zh.startswith("可承诺专项")
        assert (kept.signed_on, kept.due_on) == (date(2024, 9, 2), date(2024, 12, 2))
        assert kept.performed_on == date(2024, 11, 20)
        assert (kept.state, kept.outcome) == (CommitmentState.ARCHIVED, CommitmentState.FULFILLED)
        assert (kept.breach, kept.consequence, kept.credit) == (None, None, ())

    def test_a_deficiency_is_cured_long_before_its_last_day(self, case: CaseReport) -> None:
        (cured,) = case.deficiencies
        assert (cured.step, cured.unit, cured.material) == ("C09.B1", "B1", "landscaping")
        assert cured.state is DeficiencyState.CLOSED
        assert (cured.confirmed_on, cured.cure_by) == (date(2024, 10, 17), date(2024, 12, 2))
        assert cured.consequence is None
        settled = step(case, "C14.B1")
        assert settled.decided_on == cured.confirmed_on

    def test_one_commitment_is_overdue_on_record_and_re_checked(self, case: CaseReport) -> None:
        broken = self.commitment(case, "C12.B2")
        assert broken.due_on == date(2025, 2, 5)
        assert (broken.outcome, broken.breach) == (CommitmentState.BREACHED, BreachKind.OVERDUE)
        assert broken.performed_on is None
        assert broken.consequence == "recheck_ordered"
        (record,) = broken.credit
        assert (record.due_on, record.filed_on) == (date(2025, 2, 11), date(2025, 2, 11))
        assert not record.takes_back
        (concluded,) = self.told(case, "recheck_concluded", "C12.B2")
        assert broken.closed_on is not None
        assert broken.closed_on < concluded.at.date()
        assert step(case, "C12.B2").state is StepState.PASSED

    def test_fire_disagrees_once_and_is_heard_again(self, case: CaseReport) -> None:
        said = [entry.text.zh for entry in self.told(case, "opinion_given", "C13.B2")]
        assert ["不同意" in one for one in said] == [False, True, False]
        assert len(self.told(case, "consultation_opened", "C13.B2")) == 2
        assert step(case, "C13.B2").stopped_days == 4
