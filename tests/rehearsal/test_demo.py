"""The demonstration on the real engine: a documented case, and one that goes badly."""

import json
from collections.abc import AsyncIterator
from datetime import date

import pytest
import pytest_asyncio

from groundwork.domain.model import (
    ChainState,
    DeficiencyState,
    EscalationState,
    Light,
    Role,
    StepState,
)
from groundwork.rehearsal.case import CaseReport, DeficiencyReport, StepReport
from groundwork.rehearsal.demo import DemoReport, play_demo
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.settings import Settings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(temporal_server: EmbeddedTemporal) -> AsyncIterator[DemoReport]:
    """Both cases, played once."""
    yield await play_demo(Settings(), temporal_server.address)


def step(case: CaseReport, key: str) -> StepReport:
    return next(one for one in case.steps if one.step == key)


def test_the_engine_comes_to_what_the_pure_core_foretells(demo: DemoReport) -> None:
    assert all(case.engine.agrees for case in demo.cases)
    assert not any(case.unplayed for case in demo.cases)


def test_programs_get_one_object_with_the_cases(demo: DemoReport) -> None:
    told = json.loads(demo.model_dump_json())
    assert told.keys() == {"cases"}
    for case in told["cases"]:
        assert case["chain"] == "land-to-construction"
        assert case["working_days"] == {"standard_route": 36, "land_route": 31}
        assert {"project", "status", "milestones", "calendar_days"} <= case.keys()
        assert {"steps", "escalations", "deficiencies"} <= case.keys()


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
