"""The park file: everything in it is sound, and on any day it shows an example of everything."""

import textwrap
from datetime import datetime
from pathlib import Path

import pytest

from groundwork.demonstration.park import (
    ParkError,
    PlannedProject,
    last_day_of_work,
    read_park_file,
)
from groundwork.domain.calendar import local_date
from groundwork.domain.events import SiteVisitHeld
from groundwork.domain.identifiers import check_project_code, check_uscc
from groundwork.domain.model import Role
from groundwork.rehearsal.reading import ScriptError
from tests.demonstration import stage

DAYS = (
    "2026-02-13T10:00+08:00",  # the last working day before the Spring Festival
    "2026-02-24T08:30+08:00",  # the first after it, before the office opens
    "2026-11-21T21:00+08:00",  # a Saturday
)
WANTED = {
    *("project: not launched", "chain: just launched", "chain: follows another"),
    *(f"light: {one}" for one in ("green", "yellow", "red", "paused")),
    *("chain: running land-to-construction", "chain: running completion-to-production"),
    *("chain: completed land-to-construction", "chain: completed completion-to-production"),
    *("chain: withdrawn land-to-construction", "chain: terminated land-to-construction"),
    *("completed: in time", "completed: late"),
    *(f"card {level}: open" for level in (1, 2, 3, 4, 5)),
    *("card 2: acknowledged", "card 3: acknowledged", "card 4: acknowledged", "card 3: annulled"),
    *("appeal: pending", "appeal: granted", "appeal: dismissed", "event: answer_overdue"),
    *("stop: superior_approval", "stop: expert_review", "stop: rectification"),
    *("step: correction", "step: recheck", "step: annulled", "step: in_review"),
    *("event: limit_extended", "event: step_exempted", "event: pre_review_converted"),
    *(f"commitment: {one}" for one in ("draft", "refused", "in_force", "awaiting_verification")),
    *(f"commitment: {one}" for one in ("rectifying", "fulfilled", "breached")),
    *("commitment: due soon", "commitment: due later", "event: credit_filed"),
    *(f"deficiency: {one}" for one in ("open", "submitted", "closed", "lapsed")),
    *("deficiency: due soon", "deficiency: due later", "refused: credit_barred"),
    *("event: opinion_given", "event: silence_counted", "event: site_visit_held"),
    *("event: unit_added", "event: equipment_registered"),
    *("gate: early-entry everywhere", "gate: use in part", "gate: use everywhere"),
    *("gate: production in part", "gate: production everywhere"),
}
KNOWN = ("福建友谊", "风平金属", "镓洋卫浴", "意墨迅机电", "弘乐运输")


@pytest.fixture(scope="module", params=DAYS)
def as_of(request: pytest.FixtureRequest) -> datetime:
    """The day on which the park is opened."""
    return datetime.fromisoformat(request.param)


@pytest.fixture(scope="module")
def projects(as_of: datetime) -> list[PlannedProject]:
    """The whole park on that day."""
    return list(read_park_file().planned(stage.casting(), as_of))


class TestThePark:
    def test_shows_an_example_of_everything(
        self, projects: list[PlannedProject], as_of: datetime
    ) -> None:
        assert sorted(WANTED - stage.shown(projects, as_of)) == []

    def test_has_sound_codes_each_once(self, projects: list[PlannedProject]) -> None:
        for project in projects:
            assert check_project_code(project.code).clean
            assert check_uscc(project.uscc).clean
        assert len({one.code for one in projects}) == len(projects) >= 40
        assert len({one.uscc for one in projects}) == len(projects)
        assert all(any(name in one.enterprise for one in projects) for name in KNOWN)

    def test_lies_in_the_past_and_comes_up_to_today(
        self, projects: list[PlannedProject], as_of: datetime
    ) -> None:
        for plan in (plan for project in projects for plan in project.plans):
            assert all(event.at <= as_of for event in plan.events)
            assert all(cue.envelope.received_at <= as_of for cue in plan.cues)
            if not plan.ends:
                assert plan.until == as_of
        newest = max(p.launch.received_at for one in projects for p in one.plans)
        assert local_date(newest) == last_day_of_work(projects[0].plans[0].rules.calendar, as_of)

    def test_is_played_by_people_of_the_demonstration(self, projects: list[PlannedProject]) -> None:
        people = {one.person: one for one in stage.players()}
        acting = set()
        for plan in (plan for project in projects for plan in project.plans):
            for cue in plan.cues:
                player, by = people[cue.envelope.by.id], cue.envelope.by
                assert (player.role, player.department) == (by.role, by.department)
            acting |= stage.roles(plan)
        everybody = {Role.OFFICER, Role.SECTION_HEAD, Role.DEPUTY_LEADER, Role.DIRECTOR}
        assert everybody - {Role.SECTION_HEAD} <= acting

    def test_has_two_of_the_department_on_every_site(self, projects: list[PlannedProject]) -> None:
        desks = {one.person: one.department for one in stage.players()}
        visits = [
            (event, plan.rules.step(event.step).lead)
            for project in projects
            for plan in project.plans
            for event in plan.events
            if isinstance(event, SiteVisitHeld)
        ]
        assert visits
        for event, lead in visits:
            assert [desks[one] for one in event.officers] == [lead, lead]

    def test_refuses_nothing_but_what_credit_bars(self, projects: list[PlannedProject]) -> None:
        refused = {
            one.rejection.reason.value
            for project in projects
            for plan in project.plans
            for one in plan.refusals
        }
        assert refused == {"credit_barred"}


class TestTheFile:
    GARDEN = Path(__file__).parent / "garden.yaml"

    def test_is_the_same_whenever_it_is_planned_for_a_moment(self) -> None:
        at = datetime.fromisoformat(DAYS[0])
        first, again = (
            list(read_park_file(self.GARDEN).planned(stage.casting(), at)) for _ in range(2)
        )
        assert first == again

    @pytest.mark.parametrize(
        ("line", "mistaken", "error"),
        [
            ("today: 2 wd after L02 due", "today: 2 wd after L92 due", ScriptError),
            ("today: 2 wd after L02 due", "today: 2 wd after L02 annulled", ParkError),
            ("without: [decide L02]", "whithout: [decide L02]", ScriptError),
        ],
    )
    def test_is_told_what_is_wrong(
        self, tmp_path: Path, line: str, mistaken: str, error: type[Exception]
    ) -> None:
        file = tmp_path / "park.yaml"
        file.write_text(textwrap.dedent(self.GARDEN.read_text()).replace(line, mistaken))
        with pytest.raises(error):
            list(read_park_file(file).planned(stage.casting(), datetime.fromisoformat(DAYS[0])))
