"""Nobody does anything without a token, nor what the policy forbids; refusals are on record."""

import pytest

from groundwork.api import shapes
from tests.api.house import PARK, PREFIX, REFORM, House, application, project_body

HEALTH = {"/healthz", "/readyz"}
OPEN = {*HEALTH, "/progress/{code}.json", "/demonstration"}


def addresses() -> list[tuple[str, str]]:
    """Every method and address of the API, as its own document lists them."""
    paths = application().openapi()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


@pytest.mark.parametrize(("method", "path"), [a for a in addresses() if a[1] not in OPEN])
async def test_strangers_are_turned_away_everywhere(house: House, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer gw_wrong"}, {"Authorization": "Basic eDp5"}):
        response = await house.http.request(method, path, headers=headers)
        if method != "GET" and headers:
            assert response.status_code in {400, 401}
            continue
        assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")
        assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", sorted(HEALTH))
async def test_health_is_open_to_all(house: House, path: str) -> None:
    response = await house.http.get(path)
    assert response.status_code in {200, 503}


async def test_a_revoked_token_is_refused_at_once(house: House) -> None:
    person = house.people["project_manager"]
    issued = await house.post("administrator", f"/people/{person}/tokens", {"label": "临时"})
    token = shapes.IssuedShape.model_validate_json(issued.content)
    house.tokens["temporary"] = token.secret
    assert (await house.get("temporary", "/projects")).status_code == 200
    revoked = await house.ask("administrator", "DELETE", f"/people/{person}/tokens/{token.id}")
    assert revoked.status_code == 204
    assert (await house.get("temporary", "/projects")).status_code == 401


async def test_somebody_deactivated_is_refused_at_once(house: House) -> None:
    made = await house.post("administrator", "/people", {"name": "李某", "role": "ops"})
    person = made.json()["id"]
    issued = await house.post("administrator", f"/people/{person}/tokens", {"label": "值班"})
    house.tokens["leaver"] = issued.json()["secret"]
    assert (await house.get("leaver", "/catalogue")).status_code == 200
    assert (await house.ask("administrator", "DELETE", f"/people/{person}")).status_code == 204
    assert (await house.get("leaver", "/catalogue")).status_code == 401


class TestThePolicy:
    @pytest.mark.parametrize(
        ("who", "method", "path"),
        [
            ("ops", "GET", "/chains"),
            ("ops", "GET", f"/departments/{PARK}/inbox"),
            ("housekeeper", "GET", "/people"),
            ("housekeeper", "GET", "/audit/verify"),
            (f"officer@{PARK}", "GET", "/audit/denials"),
            (f"officer@{PARK}", "GET", f"/departments/{REFORM}/inbox"),
        ],
    )
    async def test_forbids(self, house: House, who: str, method: str, path: str) -> None:
        response = await house.ask(who, method, path)
        assert response.status_code == 403
        assert response.json()["code"] in {"not_permitted", "other_inbox"}

    async def test_writes_down_whom_it_refused(self, house: House) -> None:
        await house.post("project_manager", "/projects", project_body())
        response = await house.get("data_bureau", "/audit/denials?limit=1")
        (denial,) = shapes.Listed[shapes.DenialShape].model_validate_json(response.content).items
        assert denial.actor == house.people["project_manager"]
        assert (denial.action, denial.subject) == ("create_project", "projects")
        assert denial.reason == "not_permitted"

    async def test_writes_down_what_the_core_refused(self, busy_house: House) -> None:
        house = busy_house
        chain = await house.launch()
        await house.act("housekeeper", chain, "receive", step="L01")
        response = await house.act(f"officer@{REFORM}", chain, "accept", step="L01")
        assert (response.status_code, response.json()["code"]) == (403, "other_department")
        denials = (await house.get("data_bureau", "/audit/denials?limit=1")).json()["items"]
        assert denials[0]["actor"] == house.people[f"officer@{REFORM}"]
        assert denials[0]["action"] == "accept"
        assert denials[0]["subject"] == f"chains/{chain}/commands/accept"

    async def test_keeps_departments_to_their_own_inbox_and_lets_others_see_all(
        self, house: House
    ) -> None:
        for who in (f"officer@{PARK}", "housekeeper", "data_bureau", "administrator"):
            assert (await house.get(who, f"/departments/{PARK}/inbox")).status_code == 200


class TestPeople:
    async def test_are_added_once_per_key(self, house: House) -> None:
        body = {"name": "王某", "role": "officer", "department": PARK}
        first = await house.post("administrator", "/people", body, key="one-and-the-same")
        again = await house.post("administrator", "/people", body, key="one-and-the-same")
        assert first.status_code == again.status_code == 201
        assert first.json() == again.json()
        other = await house.post(
            "administrator", "/people", body | {"name": "赵某"}, key="one-and-the-same"
        )
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")

    async def test_are_listed_without_secrets(self, house: House) -> None:
        listed = await house.get("administrator", "/people")
        people = shapes.Listed[shapes.PersonShape].model_validate_json(listed.content).items
        assert {person.id for person in people} >= set(house.people.values())
        tokens = await house.get("administrator", f"/people/{people[0].id}/tokens")
        shapes.Listed[shapes.TokenShape].model_validate_json(tokens.content)
        assert "hash" not in tokens.text

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"name": "某", "role": "officer"}, "#/department"),
            ({"name": "某", "role": "officer", "department": "moon"}, "#/department"),
            ({"name": "某", "role": "ops", "department": PARK}, "#/department"),
            ({"name": "某", "role": "system"}, "#/role"),
            ({"name": "某", "role": "king"}, "#/role"),
        ],
    )
    async def test_need_a_role_and_department_that_fit(
        self, house: House, body: dict[str, str], pointer: str
    ) -> None:
        response = await house.post("administrator", "/people", body)
        assert response.status_code == 422
        assert [error["pointer"] for error in response.json()["errors"]] == [pointer]

    @pytest.mark.parametrize("path", ["/people/p-nobody", "/people/p-nobody/tokens"])
    async def test_who_are_unknown_are_not_found(self, house: House, path: str) -> None:
        response = await house.get("administrator", path)
        assert (response.status_code, response.json()["code"]) == (404, "person_not_found")


def test_every_route_asks_who_is_there() -> None:
    """A route without the security scheme would be open to whoever sends any token at all."""
    for path, methods in application().openapi()["paths"].items():
        for operation in methods.values():
            assert bool(operation.get("security")) == path.startswith(PREFIX), path
