"""Definitions, departments, calendars, and the reckoning of a due date."""

from concurrent.futures import ThreadPoolExecutor

from groundwork.api import reckoning_shapes, shapes
from groundwork.domain.calendar import Calendar
from groundwork.domain.definition import ChainDefinition
from tests.api.house import PARK, House


async def test_a_definition_is_sent_once_and_then_confirmed(house: House) -> None:
    listed = await house.get("ops", "/catalogue")
    (head, *_) = shapes.Listed[shapes.DefinitionHead].model_validate_json(listed.content).items
    place = f"/catalogue/{head.id}?version={head.version}"
    first = await house.get("ops", place)
    definition = ChainDefinition.model_validate_json(first.content)
    assert (definition.id, len(definition.steps)) == (head.id, head.steps)
    assert first.headers["etag"] == f'"{head.hash}"'
    again = await house.get("ops", place, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_departments_have_names(house: House) -> None:
    response = await house.get("ops", "/departments")
    items = shapes.Listed[shapes.DepartmentShape].model_validate_json(response.content).items
    assert {one.id: one.name for one in items}[PARK] == "Park Management Committee"


async def test_calendars_are_listed_and_sent(house: House) -> None:
    listed = await house.get("ops", "/calendars")
    newest = shapes.Listed[shapes.CalendarHead].model_validate_json(listed.content).items[-1]
    response = await house.get("ops", f"/calendars/{newest.version}")
    shapes.CalendarShape.model_validate_json(response.content)
    assert Calendar.model_validate_json(response.content).published == tuple(newest.published)


async def test_a_due_date_is_reckoned_day_by_day(house: House) -> None:
    response = await house.get("ops", "/calendar/due?from=2026-09-18&working_days=10")
    due = reckoning_shapes.CalendarDueShape.model_validate_json(response.content)
    assert due.due_on.isoformat() == "2026-10-09"
    assert not due.provisional
    assert [day.number for day in due.ledger if day.number] == list(range(1, 11))


async def test_an_unpublished_year_is_provisional(house: House) -> None:
    response = await house.get("ops", "/calendar/due?from=2027-01-04&working_days=5")
    assert response.json()["provisional"]


async def test_the_api_describes_itself(house: House) -> None:
    response = await house.get("ops", "/openapi.json")
    assert response.json() == house.app.openapi()


def test_its_description_is_made_once_whoever_asks_at_once(house: House) -> None:
    house.app.openapi_schema = None
    with ThreadPoolExecutor(2) as people:
        asked = [people.submit(house.app.openapi) for _ in range(2)]
    first, second = (one.result() for one in asked)
    assert first is second
