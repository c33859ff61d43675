"""Reach beyond the matrix: who acts for others, what is created and launched, what pages hear."""

from pathlib import Path

import pytest

from groundwork.api import authority
from groundwork.api.hub import CHAINS, Reader
from groundwork.domain.model import Actor, Role
from groundwork.domain.names import ACTIONS
from groundwork.domain.policy import PERMITTED
from groundwork.domain.reach import EVERYTHING, Reach
from tests.api.desks import away, hire
from tests.api.house import House, failing_uscc, fresh_code, project_body
from tests.api.test_grants import give

DOCS = Path(__file__).parents[2] / "docs"
HERE = "440784"
ELSEWHERE = "440703"


def test_the_page_of_the_policy_is_current() -> None:
    """Written by `python -m groundwork.api.authority > docs/authority.md`."""
    assert (DOCS / "authority.md").read_text() == authority.page()
    assert PERMITTED.keys() <= ACTIONS.keys()


async def test_a_housekeeper_creates_in_their_own_parks_only(house: House) -> None:
    refused = await house.post("housekeeper", "/projects", project_body(district=ELSEWHERE))
    assert (refused.status_code, refused.json()["code"]) == (403, "park_not_given")

    made = await house.post("administrator", "/projects", project_body(district=ELSEWHERE))
    code = made.json()["code"]
    body = {"chain": "land-to-construction", "project": code}
    launched = await house.post("housekeeper", "/chains", body)
    assert (launched.status_code, launched.json()["code"]) == (404, "project_not_found")
    taken = await house.post("housekeeper", "/projects", project_body(code=code))
    assert (taken.status_code, taken.json()["code"]) == (409, "project_exists")


@pytest.mark.parametrize(
    ("region", "district", "code"),
    [
        ("440703", HERE, "district_elsewhere"),
        ("440600", HERE, "district_elsewhere"),
        ("440703", None, "park_not_given"),
        ("440784", HERE, None),
        # A city or a province files projects of its districts.
        ("440700", HERE, None),
        ("440000", HERE, None),
    ],
)
async def test_a_housekeeper_claims_no_project_of_another_region(
    idle_house: House, region: str, district: str | None, code: str | None
) -> None:
    body = project_body(district=district)
    body["code"] = body["code"].replace(HERE, region)
    answer = await idle_house.post("housekeeper", "/projects", body)
    assert answer.json().get("code") == (code or body["code"])
    if code:
        # Whoever answers for everybody knows of projects that the codes do not tell.
        entered = await idle_house.post("administrator", "/projects", body)
        assert entered.status_code == 201


async def test_an_enterprise_reaches_its_projects_by_its_credit_code(house: House) -> None:
    project = await house.project()
    assert (await house.get("project_manager", f"/projects/{project['code']}")).status_code == 200
    other = (
        await house.post(
            "administrator",
            "/projects",
            project_body(uscc=failing_uscc(), uscc_override_reason="已核营业执照"),
        )
    ).json()
    missing = await house.get("project_manager", f"/projects/{other['code']}")
    assert (missing.status_code, missing.json()["code"]) == (404, "project_not_found")
    listed = (await house.get("project_manager", "/projects?limit=200")).json()["items"]
    codes = {one["code"] for one in listed}
    assert project["code"] in codes
    assert other["code"] not in codes


async def test_a_supervisor_reads_what_was_given_until_it_is_taken(house: House) -> None:
    project = await house.project()
    person = await hire(house, "supervisor", Role.SUPERVISOR, None)
    place = f"/projects/{project['code']}"
    assert (await house.get("supervisor", place)).status_code == 404
    await give(house, "supervisor", "project", project["code"])
    assert (await house.get("supervisor", place)).status_code == 200
    refused = await house.post("supervisor", f"{place}/tracking-code", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    grant = f"/people/{person}/grants/project/{project['code']}"
    assert (await house.ask("administrator", "DELETE", grant)).status_code == 204
    assert (await house.get("supervisor", place)).status_code == 404


async def test_a_substitute_reaches_what_the_absent_person_reaches(house: House) -> None:
    house.people = dict(house.people)
    await hire(house, "one", Role.HOUSEKEEPER, None)
    await hire(house, "other", Role.HOUSEKEEPER, None)
    await give(house, "one", "park", ELSEWHERE)
    there = fresh_code().replace(HERE, ELSEWHERE)
    made = await house.post("one", "/projects", project_body(code=there))
    place = f"/projects/{made.json()['code']}"
    assert (await house.get("other", place)).status_code == 404
    assert (await away(house, "one", "one", "other")).status_code == 201
    assert (await house.get("other", place)).status_code == 200


async def test_pages_hear_of_cases_within_reach_only(house: House) -> None:
    project = await house.project()
    live, chain = house.resources.live, f"chain:land-to-construction.{project['code']}"
    actor = Actor(id="p-1", role=Role.HOUSEKEEPER)
    start = live.position
    for topic in (chain, f"documents:{project['code']}", "credit"):
        live._hear(topic)
    seen = Reader(actor, Reach(keys=frozenset({"park:440784"})))
    unseen = Reader(actor, Reach(keys=frozenset({f"park:{ELSEWHERE}"})))
    everything = [chain, CHAINS, "credit", f"documents:{project['code']}"]
    assert await live.missed(seen, start) == sorted(everything)
    assert await live.missed(Reader(actor, EVERYTHING), start) == sorted(everything)
    assert await live.missed(unseen, start) == ["credit"]
