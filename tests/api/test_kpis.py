"""Figures of effect through the API: what they say, who may see them, and their workbooks."""

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api import kpi_shapes
from groundwork.api.shapes import Listed
from groundwork.domain.grants import Grant, GrantKind
from groundwork.domain.model import Role, StepState
from groundwork.runtime.loop import run
from groundwork.store.duties import Written
from tests.api.house import PARK, Cast, House, sign_up
from tests.api.recorded import launched_for, recorded, started_for
from tests.domain.worlds import Play, rules_in_catalogue

OFFICE = "business_environment_office"
YEAR = {"from": "2026-01-01", "to": "2026-12-31"}
CAST = (
    (Role.HOUSEKEEPER, None),
    (Role.PROJECT_MANAGER, None),
    (Role.OFFICER, PARK),
    (Role.DIRECTOR, PARK),
    (Role.BUSINESS_ENVIRONMENT_OFFICE, None),
    (Role.OPS, None),
)


@pytest.fixture
def database(migrated_url: str) -> str:
    """A migrated database for one test alone, so that its chains are all there are."""
    return migrated_url


@pytest.fixture
def cast(database: str) -> Cast:
    """People who may see much, little or nothing."""
    return run(sign_up(database, CAST))


async def played(house: House, engine: AsyncEngine) -> Play:
    """A chain of a new project in which each step is decided two days after it was accepted."""
    code = (await house.project())["code"]
    play = await launched_for(code, engine, rules_in_catalogue("land-to-construction", "1.0.0"))
    day = 2
    while ready := [k for k, one in play.chain.steps.items() if one.state is StepState.READY]:
        when = f"2026-{3 + day // 28:02}-{1 + day % 28:02} 10:00"
        play.wait(when)
        for key in ready:
            play.receive(key)
            if not play.rules.step(key).applicant_owned:
                play.accept(key)
        day += 2
        play.wait(f"2026-{3 + day // 28:02}-{1 + day % 28:02} 10:00")
        for key in ready:
            play.decide(key)
    await recorded(engine, play)
    return play


async def figures(house: House, who: str = OFFICE, **query: Any) -> dict[str, Any]:
    response = await house.get(who, "/kpis", params=YEAR | query)
    assert response.status_code == 200, response.text
    kpi_shapes.KpisShape.model_validate_json(response.content)
    told: dict[str, Any] = response.json()
    return told | {"figures": {one["id"]: one for one in told["figures"]}}


async def test_the_figures_say_what_they_are_compared_with(
    house: House, engine: AsyncEngine
) -> None:
    play = await played(house, engine)
    told = await figures(house)
    assert (told["running"], told["book"]) == (0, "default-1.0.0")
    time = told["figures"]["approval-time"]
    assert (time["baseline"]["amount"], time["target"]["amount"]) == (55, 36)
    assert (time["promised_compression"], time["baseline"]["provenance"]) == (34.5, "promised")
    assert (time["summary"]["n"], time["summary"]["small"]) == (1, True)
    assert "indication" in time["remark"]
    median = time["summary"]["median"]
    assert time["compression"] == round(100 * (55 - median) / 55, 1)
    span = told["figures"]["signing-to-start"]
    assert (span["reported"]["amount"], span["reported"]["reported"]) == (111, True)
    assert span["baseline"]["up_to"] == 270
    steps = told["figures"]["step-time"]
    decided = [
        key
        for key in play.chain.steps
        if not play.rules.step(key.partition(".")[0]).applicant_owned
    ]
    assert steps["summary"]["n"] == len(decided)
    assert sum(group["n"] for group in steps["departments"]) == len(decided)
    assert sum(group["n"] for group in steps["months"]) == len(decided)
    assert {group["id"] for group in steps["steps"]} >= {"land-to-construction/L02"}
    assert told["figures"]["on-time"]["summary"]["percent"] is not None


async def test_each_figure_leads_to_its_cases(house: House, engine: AsyncEngine) -> None:
    await played(house, engine)
    told = await figures(house)
    for figure in told["figures"].values():
        address = figure["cases"].removeprefix("/api/v1")
        response = await house.get(OFFICE, address)
        page = Listed[kpi_shapes.CaseShape].model_validate_json(response.content)
        assert len(page.items) == min(figure["summary"]["n"], 50)
    page = (await house.get(OFFICE, "/kpis/on-time/cases", params=YEAR | {"hit": False})).json()
    rate = told["figures"]["on-time"]["summary"]
    assert len(page["items"]) == rate["n"] - rate["hits"]


async def test_a_department_has_no_figures_of_whole_chains(
    house: House, engine: AsyncEngine
) -> None:
    await played(house, engine)
    told = await figures(house, department=PARK)
    assert "approval-time" not in told["figures"]
    assert [one["id"] for one in told["figures"]["step-time"]["departments"]] == [PARK]
    path = "/kpis/approval-time/cases"
    page = (await house.get(OFFICE, path, params=YEAR | {"department": PARK})).json()
    assert page == {"items": [], "next": None}


async def test_nothing_is_said_of_nothing(house: House) -> None:
    told = await figures(house)
    assert {one["summary"]["n"] for one in told["figures"].values()} == {0}
    assert told["figures"]["approval-time"]["compression"] is None
    assert told["figures"]["on-time"]["summary"]["percent"] is None
    assert told["figures"]["on-time"]["remark"] == "Nothing ended in this period"


async def test_officers_see_their_own_department(house: House, engine: AsyncEngine) -> None:
    await played(house, engine)
    officer = f"officer@{PARK}"
    told = await figures(house, officer)
    assert told["department"] == PARK
    assert [one["id"] for one in told["figures"]["step-time"]["departments"]] == [PARK]
    other = await house.get(officer, "/kpis", params={"department": "housing-construction"})
    assert (other.status_code, other.json()["code"]) == (403, "other_figures")
    assert (await figures(house, f"director@{PARK}"))["department"] is None


async def test_who_may_not_see_them(house: House) -> None:
    for who in ("project_manager", "ops"):
        response = await house.get(who, "/kpis")
        assert (response.status_code, response.json()["code"]) == (403, "not_permitted")
    assert (await house.get("ops", "/kpis/lights")).status_code == 200
    assert (await house.get("project_manager", "/kpis/lights")).status_code == 403


async def test_lights_count_what_is_open_now(house: House, engine: AsyncEngine) -> None:
    code = (await house.project())["code"]
    play = await launched_for(code, engine, rules_in_catalogue("land-to-construction", "1.0.0"))
    await recorded(engine, play.receive("L01").accept("L01"))
    told = (await house.get("ops", "/kpis/lights")).json()
    kpi_shapes.LightsShape.model_validate(told)
    (park,) = told["departments"]
    assert (park["department"], park["lights"], park["total"]) == (PARK, {"green": 1}, 1)
    assert told["total"] == {"green": 1}
    assert (await figures(house))["running"] == 1


async def test_what_cannot_be_answered(house: House) -> None:
    wrong = await house.get(OFFICE, "/kpis", params={"from": "2026-03-02", "to": "2026-03-01"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "period_reversed")
    unknown = await house.get(OFFICE, "/kpis/speed/cases")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "kpi_not_found")
    assert "approval-time" in unknown.json()["detail"]
    for days in ({"to": "0001-01-01"}, {"from": "0001-01-01"}, {"to": "9999-12-31"}):
        far = await house.get(OFFICE, "/kpis", params=days)
        assert (far.status_code, far.json()["code"]) == (422, "date_out_of_range")
    cursor = await house.get(OFFICE, "/kpis/step-time/cases", params={"cursor": "nonsense"})
    assert (cursor.status_code, cursor.json()["code"]) == (400, "cursor_invalid")


async def test_workbooks_hold_the_same(house: House, engine: AsyncEngine) -> None:
    await played(house, engine)
    told = await figures(house)
    response = await house.get(OFFICE, "/kpis.xlsx", params=YEAR)
    sheet: Any = load_workbook(BytesIO(response.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    whole = {row[0]: row for row in rows[1:] if row[3] == "All"}
    time = told["figures"]["approval-time"]
    assert whole[time["name"]][6] == time["summary"]["median"]
    assert whole[time["name"]][10] == 55
    response = await house.get(OFFICE, "/kpis/step-time/cases.xlsx", params=YEAR)
    sheet = load_workbook(BytesIO(response.content)).active
    assert sheet.max_row - 1 == told["figures"]["step-time"]["summary"]["n"]


async def hired(house: House, name: str, role: Role, department: str | None = None) -> None:
    """Somebody new, who reaches no project by what they were given."""
    person = await house.resources.people.create("某人", role, department)
    house.people[name] = person.id
    house.tokens[name] = (await house.resources.people.issue_token(person.id, "test")).secret


async def given(house: House, name: str, code: str) -> None:
    """Give somebody one project."""
    grant = Grant(kind=GrantKind.PROJECT, value=code)
    await house.resources.grants.give(house.people[name], grant, Written("p-admin", "test"))
    house.resources.standing.forget()


async def numbers(house: House, who: str) -> tuple[int, int, int, int]:
    """What somebody is told of finished chains, their cases, running ones and open steps."""
    told = await figures(house, who)
    cases = await house.get(who, "/kpis/approval-time/cases", params=YEAR)
    lights = (await house.get(who, "/kpis/lights")).json()["total"]
    time = told["figures"]["approval-time"]["summary"]["n"]
    return time, len(cases.json()["items"]), told["running"], sum(lights.values())


async def test_totals_count_what_is_within_reach(house: House, engine: AsyncEngine) -> None:
    one, *_ = [await played(house, engine) for _ in range(3)]
    running = [(await house.project())["code"] for _ in range(3)]
    for code in running:
        await recorded(engine, await started_for(code, engine, one.rules))
    everything = await numbers(house, OFFICE)
    await hired(house, "narrow", Role.HOUSEKEEPER)
    assert await numbers(house, "narrow") == (0, 0, 0, 0)
    await given(house, "narrow", one.chain.launch.project_code)
    assert await numbers(house, "narrow") == (1, 1, 0, 0)
    await given(house, "narrow", running[0])
    assert await numbers(house, "narrow") == (1, 1, 1, everything[3] // 3)
    await hired(house, "elsewhere", Role.DIRECTOR, "heritage-elsewhere")
    assert await numbers(house, "elsewhere") == (0, 0, 0, 0)
    # What one was told is nobody else's answer, in whatever order they ask.
    assert await numbers(house, OFFICE) == everything
    assert everything[:3] == (3, 3, 3)


async def test_a_desk_counts_its_own_steps_and_operators_all(
    house: House, engine: AsyncEngine
) -> None:
    play = await played(house, engine)
    await recorded(engine, await started_for((await house.project())["code"], engine, play.rules))
    everybody = (await house.get(OFFICE, "/kpis/lights")).json()
    assert (await house.get("ops", "/kpis/lights")).json()["total"] == everybody["total"]
    own = (await house.get(f"officer@{PARK}", "/kpis/lights")).json()
    assert own["departments"] == [
        one for one in everybody["departments"] if one["department"] == PARK
    ]
    of_all = await figures(house, department=PARK)
    told = await figures(house, f"officer@{PARK}")
    assert told["figures"]["step-time"]["summary"] == of_all["figures"]["step-time"]["summary"]
