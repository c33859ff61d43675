"""Acting for another, through the whole house: who may, and what the record says of it."""

from typing import Any

import pytest

from groundwork.domain.model import Role
from groundwork.domain.policy import permits
from tests.api.desks import (
    HEAD,
    LEADER,
    OFFICER,
    OTHER,
    assign,
    away,
    day,
    delegate,
    held,
    hire,
    last_by,
    staff,
    step,
)
from tests.api.house import PARK, REFORM, House


@pytest.fixture
async def office(busy_house: House) -> House:
    """The API with its engine, and a department's people."""
    await staff(busy_house)
    return busy_house


class TestASubstitute:
    async def test_does_what_the_absent_leader_may_and_is_recorded_as_themselves(
        self, office: House
    ) -> None:
        chain = await held(office, OFFICER)
        extend: dict[str, Any] = {"step": "L01", "amount": 1, "reason": "资料核实"}
        refused = await office.act(OTHER, chain, "extend", **extend)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
        absence = (await away(office, LEADER, LEADER, OTHER)).json()
        done = await office.act(OTHER, chain, "extend", **extend)
        assert done.status_code == 200, done.text
        assert await last_by(office, chain) == {
            "id": office.people[OTHER],
            "role": Role.DEPUTY_LEADER,
            "department": PARK,
            "on_behalf_of": office.people[LEADER],
            "mandate": absence["id"],
        }
        assert (await office.get("data_bureau", f"/audit/verify?chain={chain}")).json()["whole"]

    async def test_has_the_absent_persons_work_in_their_inbox_and_does_it_for_them(
        self, office: House
    ) -> None:
        chain = await held(office, OFFICER, accepted=False)
        path = f"/departments/{PARK}/inbox?mine=true"
        assert (await office.get(OTHER, path)).json()["items"] == []
        await away(office, OFFICER, OFFICER, OTHER)
        (mine,) = (await office.get(OTHER, path)).json()["items"]
        assert (mine["chain_id"], mine["assignee"]) == (chain, office.people[OFFICER])
        await office.act(OTHER, chain, "accept", step="L01")
        assert (await last_by(office, chain))["on_behalf_of"] == office.people[OFFICER]

    async def test_is_found_through_a_chain_of_absences_and_only_on_those_days(
        self, office: House
    ) -> None:
        chain = await held(office, OFFICER)
        await away(office, OFFICER, OFFICER, OTHER)
        later = await away(office, HEAD, OTHER, HEAD, (1, 3))
        named = {"On-Behalf-Of": office.people[OFFICER]}
        body = {"step": "L01"}
        path = f"/chains/{chain}/commands/begin_review"
        refused = await office.post(HEAD, path, body, headers=named)
        assert (refused.status_code, refused.json()["code"]) == (403, "no_mandate")
        place = f"/people/{office.people[OTHER]}/absences/{later.json()['id']}"
        assert (await office.ask(HEAD, "DELETE", place)).status_code == 204
        await away(office, HEAD, OTHER, HEAD)
        done = await office.post(HEAD, path, body, headers=named)
        assert done.status_code == 200, done.text
        assert (await last_by(office, chain))["on_behalf_of"] == office.people[OFFICER]

    async def test_is_nobody_any_more_once_the_person_is_back(self, office: House) -> None:
        chain = await held(office, OFFICER)
        absence = (await away(office, LEADER, LEADER, OTHER)).json()
        place = f"/people/{office.people[LEADER]}/absences/{absence['id']}"
        assert (await office.ask(LEADER, "DELETE", place)).status_code == 204
        refused = await office.act(OTHER, chain, "extend", step="L01", amount=1, reason="核实")
        assert refused.json()["code"] == "not_permitted"


class TestADelegate:
    async def test_does_the_named_thing_within_its_limits(self, office: House) -> None:
        chain, elsewhere = await held(office, OFFICER), await held(office, OFFICER)
        given = (await delegate(office, LEADER, OTHER, "extend", chains=[chain])).json()
        extend: dict[str, Any] = {"step": "L01", "amount": 1, "reason": "资料核实"}
        assert (await office.act(OTHER, chain, "extend", **extend)).status_code == 200
        by = await last_by(office, chain)
        assert (by["id"], by["on_behalf_of"], by["mandate"]) == (
            office.people[OTHER],
            office.people[LEADER],
            given["id"],
        )
        refused = await office.act(OTHER, elsewhere, "extend", **extend)
        assert refused.json()["code"] == "not_permitted"
        refused = await office.act(OTHER, chain, "annul", step="L01", reason="违法")
        assert refused.json()["code"] == "not_permitted"

    async def test_passes_nothing_on_and_loses_it_when_it_is_taken_back(
        self, office: House
    ) -> None:
        chain = await held(office, OFFICER)
        given = (await delegate(office, LEADER, OTHER, "extend")).json()
        await away(office, OTHER, OTHER, OFFICER)
        extend: dict[str, Any] = {"step": "L01", "amount": 1, "reason": "资料核实"}
        assert (await office.act(OFFICER, chain, "extend", **extend)).status_code == 403
        place = f"/people/{office.people[LEADER]}/delegations/{given['id']}"
        assert (await office.ask(OTHER, "DELETE", place)).status_code == 403
        assert (await office.ask(LEADER, "DELETE", place)).status_code == 204
        assert (await office.act(OTHER, chain, "extend", **extend)).status_code == 403

    @pytest.mark.parametrize("action", ["terminate_chain", "launch", "receive_gifts"])
    async def test_gets_only_what_is_the_leaders_own(self, office: House, action: str) -> None:
        answer = await delegate(office, LEADER, OTHER, action)
        assert (answer.status_code, answer.json()["code"]) == (422, "not_delegable")

    async def test_is_of_the_same_department_and_the_delegator_a_leader(
        self, office: House
    ) -> None:
        await hire(office, "stranger", Role.OFFICER, REFORM)
        answer = await delegate(office, LEADER, "stranger", "extend")
        assert (answer.status_code, answer.json()["code"]) == (422, "substitute_unfit")
        assert (await delegate(office, OFFICER, OTHER, "decide")).status_code == 403
        answer = await delegate(office, HEAD, OTHER, "extend")
        assert answer.json()["code"] == "not_delegable"
        assert not permits(Role.SECTION_HEAD, "extend")


class TestAnAbsence:
    async def test_is_registered_by_oneself_those_above_or_an_administrator(
        self, office: House
    ) -> None:
        for who, person, status in (
            (OFFICER, OFFICER, 201),
            (OTHER, OFFICER, 403),
            (HEAD, LEADER, 403),
            (HEAD, OTHER, 201),
            ("administrator", LEADER, 201),
            (f"officer@{REFORM}", HEAD, 403),
        ):
            answer = await away(office, who, person, HEAD if person != HEAD else OFFICER)
            assert answer.status_code == status, (who, person, answer.text)

    async def test_neither_overlaps_nor_closes_a_loop_nor_lies_in_the_past(
        self, office: House
    ) -> None:
        assert (await away(office, OFFICER, OFFICER, OTHER, (1, 3))).status_code == 201
        assert (await away(office, OFFICER, OFFICER, HEAD, (3, 5))).json()["code"] == (
            "absence_overlaps"
        )
        assert (await away(office, OTHER, OTHER, OFFICER, (3, 5))).json()["code"] == (
            "substitute_loop"
        )
        assert (await away(office, OTHER, OTHER, OFFICER, (4, 5))).status_code == 201
        for first, last in ((5, 4), (-3, -1)):
            answer = await away(office, HEAD, HEAD, OTHER, (first, last))
            assert answer.json()["errors"][0]["pointer"] == "#/last_day"
        assert (await away(office, HEAD, HEAD, HEAD)).json()["code"] == "substitute_unfit"

    async def test_is_shown_at_the_desks(self, office: House) -> None:
        await away(office, OFFICER, OFFICER, OTHER)
        desks = (await office.get(OTHER, f"/departments/{PARK}/people")).json()["items"]
        deputies = {one["id"]: one["deputy"] for one in desks}
        assert deputies[office.people[OFFICER]] == office.people[OTHER]
        assert deputies[office.people[HEAD]] == office.people[HEAD]
        other = await office.get(OTHER, f"/departments/{REFORM}/people")
        assert other.json()["code"] == "other_inbox"

    async def test_keeps_its_reason_from_who_stands_in(self, office: House) -> None:
        await away(office, OFFICER, OFFICER, OTHER)
        for path, rows in (("absences", "items"), ("work", "standing_in")):
            told = (await office.get(OTHER, f"/people/{office.people[OTHER]}/{path}")).json()
            assert [one["reason"] for one in told[rows]] == [""]
        path = f"/people/{office.people[OFFICER]}/absences"
        for who in (OFFICER, HEAD):
            (own,) = (await office.get(who, path)).json()["items"]
            assert own["reason"] == "年休假"

    async def test_is_registered_once_per_key(self, office: House) -> None:
        body = {
            "first_day": day(),
            "last_day": day(1),
            "substitute": office.people[OTHER],
            "reason": "病假",
        }
        path = f"/people/{office.people[OFFICER]}/absences"
        first = await office.post(OFFICER, path, body, key="absence-once")
        again = await office.post(OFFICER, path, body, key="absence-once")
        assert first.status_code == 201
        assert first.json() == again.json()
        assert len((await office.get(OFFICER, path)).json()["items"]) == 1


class TestAnAssignee:
    async def test_is_somebody_in_office_of_the_department(self, office: House) -> None:
        chain = await held(office, OFFICER)
        await hire(office, "stranger", Role.OFFICER, REFORM)
        await hire(office, "leaver", Role.OFFICER)
        await office.resources.people.deactivate(office.people["leaver"])
        for unfit in ("stranger", "leaver", "housekeeper"):
            answer = await assign(office, HEAD, chain, unfit)
            assert (answer.status_code, answer.json()["code"]) == (422, "assignee_unfit")
        assert (await step(office, chain))["assignee"] == office.people[OFFICER]
        assert (await assign(office, HEAD, chain, None)).status_code == 200
        assert (await step(office, chain))["assignee"] is None

    async def test_is_not_taken_from_another_officer(self, office: House) -> None:
        chain = await held(office, OFFICER)
        answer = await assign(office, OTHER, chain, OTHER)
        assert (answer.status_code, answer.json()["code"]) == (403, "held_by_another")
