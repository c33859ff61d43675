"""People of one department, hired for one test, and what tests of their duties do often."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import httpx

from groundwork.domain.calendar import local_date
from groundwork.domain.model import Role
from tests.api.house import PARK, House

OFFICER: Final = "officer"
OTHER: Final = "other officer"
HEAD: Final = "head"
LEADER: Final = "leader"


def day(after: int = 0) -> str:
    """A local date, so many days after today."""
    today: date = local_date(datetime.now(UTC))
    return (today + timedelta(after)).isoformat()


async def hire(house: House, name: str, role: Role, department: str | None = PARK) -> str:
    """Add a person with a token, under a name for `ask`; returns their id."""
    people = house.resources.people
    person = await people.create("某人", role, department)
    house.people[name] = person.id
    house.tokens[name] = (await people.issue_token(person.id, "test")).secret
    house.resources.standing.forget()
    return person.id


async def staff(house: House) -> None:
    """Two officers, their section head and a deputy leader, all of them new."""
    house.people = dict(house.people)
    await hire(house, OFFICER, Role.OFFICER)
    await hire(house, OTHER, Role.OFFICER)
    await hire(house, HEAD, Role.SECTION_HEAD)
    await hire(house, LEADER, Role.DEPUTY_LEADER)


async def away(
    house: House, who: str, person: str, substitute: str, days: tuple[int, int] = (0, 3)
) -> httpx.Response:
    """Register an absence as somebody."""
    body = {
        "first_day": day(days[0]),
        "last_day": day(days[1]),
        "substitute": house.people[substitute],
        "reason": "年休假",
    }
    return await house.post(who, f"/people/{house.people[person]}/absences", body)


async def delegate(house: House, who: str, to: str, *actions: str, **limits: Any) -> httpx.Response:
    """Delegate as a leader."""
    body = {
        "delegate": house.people[to],
        "actions": actions,
        "first_day": day(),
        "last_day": day(3),
        "reason": "出差",
        **limits,
    }
    return await house.post(who, f"/people/{house.people[who]}/delegations", body)


async def held(house: House, person: str, *, accepted: bool = True) -> str:
    """A chain whose first step is in a person's charge; its id."""
    chain = await house.launch()
    materials = [one["id"] for one in (await step(house, chain))["materials"]]
    await house.act("housekeeper", chain, "receive", step="L01", materials=materials)
    if accepted:
        done = await house.act(person, chain, "accept", step="L01")
        assert done.status_code == 200, done.text
    done = await assign(house, HEAD, chain, person)
    assert done.status_code == 200, done.text
    return chain


async def assign(
    house: House, who: str, chain: str, person: str | None, **more: Any
) -> httpx.Response:
    """Put somebody in charge of the first step."""
    assignee = house.people[person] if person else None
    return await house.act(
        who, chain, "assign", step="L01", assignee=assignee, reason="分办", **more
    )


async def step(house: House, chain: str) -> dict[str, Any]:
    """The first step as the chain's page shows it."""
    detail = (await house.get("housekeeper", f"/chains/{chain}")).json()
    found: dict[str, Any] = next(one for one in detail["steps"] if one["key"] == "L01")
    return found


async def last_by(house: House, chain: str) -> dict[str, Any]:
    """Who did what happened last."""
    items = (await house.get("housekeeper", f"/chains/{chain}/timeline")).json()["items"]
    by: dict[str, Any] = items[-1]["body"]["by"]
    return by
