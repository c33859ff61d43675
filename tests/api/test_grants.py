"""What administrators give to people, and what it lets them do."""

import pytest

from groundwork.api.grants import GrantShape
from groundwork.api.shapes import Listed
from groundwork.api.visit import permit
from groundwork.domain.model import Actor, Role
from groundwork.domain.rejections import Rejection
from tests.api.desks import LEADER, OTHER, delegate, hire, staff
from tests.api.house import House, sound_uscc

GIVEN = {"kind": "enterprise", "value": sound_uscc(), "reason": "企业授权书"}


async def give(house: House, who: str, kind: str, value: str) -> None:
    body = {"kind": kind, "value": value, "reason": "岗位需要"}
    given = await house.post("administrator", f"/people/{house.people[who]}/grants", body)
    assert given.status_code == 201, given.text


async def test_a_grant_is_given_once_listed_and_taken_back_with_a_record(house: House) -> None:
    person = await hire(house, "manager", Role.PROJECT_MANAGER, None)
    place = f"/people/{person}/grants"
    lower = {**GIVEN, "value": sound_uscc().lower()}
    for body in (GIVEN, lower):
        given = await house.post("administrator", place, body)
        assert given.status_code == 201, given.text
        GrantShape.model_validate_json(given.content)
    listed = await house.get("administrator", place)
    (grant,) = Listed[GrantShape].model_validate_json(listed.content).items
    assert (grant.kind, grant.value) == ("enterprise", sound_uscc())
    assert grant.granted_by == house.people["administrator"]
    one = f"{place}/enterprise/{sound_uscc()}"
    assert (await house.ask("administrator", "DELETE", one)).status_code == 204
    again = await house.ask("administrator", "DELETE", one)
    assert (again.status_code, again.json()["code"]) == (404, "grant_not_found")
    record = await house.resources.duties.record(person)
    subject = f"enterprise:{sound_uscc()}"
    assert [(row["what"], row["subject"], row["reason"]) for row in record] == [
        ("grant_given", subject, "企业授权书"),
        ("grant_taken", subject, ""),
    ]


@pytest.mark.parametrize(
    ("role", "kind", "value"),
    [
        (Role.OPS, "enterprise", sound_uscc()),
        (Role.DATA_BUREAU, "park", "440784"),
        (Role.HOUSEKEEPER, "right", "read_payloads"),
        (Role.OPS, "right", "decide"),
        (Role.PROJECT_MANAGER, "enterprise", "no-such-code"),
    ],
)
async def test_what_means_nothing_to_a_role_is_refused(
    house: House, role: Role, kind: str, value: str
) -> None:
    person = await hire(house, "somebody", role, None)
    body = {"kind": kind, "value": value, "reason": "试"}
    refused = await house.post("administrator", f"/people/{person}/grants", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "grant_unfit")
    assert value not in refused.text


async def test_a_project_that_is_not_there_is_given_to_nobody(house: House) -> None:
    person = await hire(house, "somebody", Role.HOUSEKEEPER, None)
    body = {"kind": "project", "value": "2603-440784-04-01-000000", "reason": "试"}
    refused = await house.post("administrator", f"/people/{person}/grants", body)
    assert (refused.status_code, refused.json()["code"]) == (404, "project_not_found")


async def test_nobody_but_an_administrator_gives_anything(house: House) -> None:
    person = house.people["project_manager"]
    for who in ("project_manager", "data_bureau", "ops"):
        refused = await house.post(who, f"/people/{person}/grants", GIVEN)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")


async def test_a_right_is_needed_besides_the_role_and_ends_when_taken(house: House) -> None:
    person = await hire(house, "operator", Role.OPS, None)
    operator = Actor(id=person, role=Role.OPS)
    with pytest.raises(Rejection):
        await permit(house.resources, operator, "read_payloads")
    await give(house, "operator", "right", "read_payloads")
    await permit(house.resources, operator, "read_payloads")
    one = f"/people/{person}/grants/right/read_payloads"
    assert (await house.ask("administrator", "DELETE", one)).status_code == 204
    with pytest.raises(Rejection):
        await permit(house.resources, operator, "read_payloads")
    await permit(house.resources, Actor(id="p-a", role=Role.ADMINISTRATOR), "read_payloads")


async def test_who_left_has_no_right_any_more(house: House) -> None:
    person = await hire(house, "leaver", Role.OPS, None)
    await give(house, "leaver", "right", "read_payloads")
    assert (await house.ask("administrator", "DELETE", f"/people/{person}")).status_code == 204
    with pytest.raises(Rejection):
        await permit(house.resources, Actor(id=person, role=Role.OPS), "read_payloads")


async def test_nobody_lends_a_case_that_they_do_not_see(house: House) -> None:
    await staff(house)
    code = (await house.project())["code"]
    assert (await house.get(OTHER, f"/projects/{code}")).status_code == 404
    lent = await delegate(house, LEADER, OTHER, "extend", chains=[f"land-to-construction.{code}"])
    assert (lent.status_code, lent.json()["code"]) == (404, "chain_not_found")
    assert (await house.get(OTHER, f"/projects/{code}")).status_code == 404
    denials = (await house.get("data_bureau", "/audit/denials?limit=2")).json()["items"]
    tried = [(one["actor"], one["action"], one["reason"]) for one in denials]
    assert (house.people[LEADER], "delegate", "out_of_reach") in tried
