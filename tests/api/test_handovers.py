"""Work that changes hands, one step or many, and people who leave."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api import handovers
from groundwork.domain.model import Role
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from groundwork.worker import running_worker
from tests.api.desks import (
    HEAD,
    LEADER,
    OFFICER,
    OTHER,
    assign,
    away,
    delegate,
    held,
    hire,
    staff,
    step,
)
from tests.api.house import PARK, REFORM, House

STOPPABLE = "L03"


@pytest.fixture
async def office(busy_house: House) -> House:
    """The API with its engine, and a department's people."""
    await staff(busy_house)
    return busy_house


async def hand_over(
    house: House, who: str, *, key: str | None = None, **changes: Any
) -> dict[str, Any]:
    """Hand the officer's steps to the other officer, unless told otherwise."""
    body = {"to": house.people[OTHER], "reason": "轮岗", **changes}
    path = f"/people/{house.people[OFFICER]}/reassign"
    answer = await house.post(who, path, body, key=key)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = handovers.HandoverShape.model_validate_json(
        answer.content
    ).model_dump()
    return report


def but_for_the_assignee(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name != "assignee"}


async def stopped(house: House) -> str:
    """A chain with a stopped step in the officer's charge; its id."""
    chain = await held(house, OFFICER)
    await house.act(OFFICER, chain, "decide", step="L01", result="pass")
    detail = (await house.get("housekeeper", f"/chains/{chain}")).json()
    (row,) = [one for one in detail["steps"] if one["key"] == STOPPABLE]
    materials = [one["id"] for one in row["materials"]]
    for who, verb, fields in (
        ("housekeeper", "receive", {"materials": materials}),
        (OFFICER, "accept", {}),
        (
            OFFICER,
            "stop_clock",
            {"reason": "expert_review", "basis": "专家评审", "planned_end": "2027-01-15"},
        ),
        (HEAD, "assign", {"assignee": house.people[OFFICER], "reason": "分办"}),
    ):
        done = await house.act(who, chain, verb, step=STOPPABLE, **fields)
        assert done.status_code == 200, (verb, done.text)
    return chain


async def picture(
    house: House, chain: str
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The stopped step, why it is due when it is, and the chain's head."""
    detail = (await house.get("housekeeper", f"/chains/{chain}")).json()
    (row,) = [one for one in detail["steps"] if one["key"] == STOPPABLE]
    why = await house.get("housekeeper", f"/chains/{chain}/steps/{STOPPABLE}/explain")
    head = {name: detail[name] for name in ("light", "waiting_on", "next_due_on", "state")}
    return row, why.json(), head | {"escalations": detail["escalations"]}


class TestAStoppedStep:
    async def test_keeps_its_stop_clock_light_and_dates_when_it_changes_hands(
        self, office: House
    ) -> None:
        chain = await stopped(office)
        row, why, head = await picture(office, chain)
        assert (row["state"], row["light"], row["assignee"]) == (
            "stopped",
            "paused",
            office.people[OFFICER],
        )
        report = await hand_over(office, HEAD)
        assert (report["done"], report["refused"], report["open"]) == (1, 0, 0)
        row_after, why_after, head_after = await picture(office, chain)
        assert row_after["assignee"] == office.people[OTHER]
        assert but_for_the_assignee(row_after) == but_for_the_assignee(row)
        assert head_after == head
        assert why_after == why
        resumed = await office.act(
            OTHER, chain, "resume_clock", step=STOPPABLE, reason="expert_review"
        )
        assert resumed.status_code == 200
        assert (await office.get("data_bureau", f"/audit/verify?chain={chain}")).json()["whole"]

    async def test_in_correction_keeps_its_hold_too(self, office: House) -> None:
        chain = await held(office, OFFICER, accepted=False)
        await office.act(OFFICER, chain, "request_correction", step="L01", items=["盖章"])
        before = await step(office, chain)
        assert (before["state"], before["light"]) == ("correction", "paused")
        assert (await assign(office, HEAD, chain, OTHER)).status_code == 200
        assert but_for_the_assignee(await step(office, chain)) == but_for_the_assignee(before)


class TestAHandover:
    async def test_is_previewed_step_by_step_and_changes_nothing(self, office: House) -> None:
        chains = {await held(office, OFFICER) for _ in range(2)}
        report = await hand_over(office, HEAD, preview=True)
        assert {one["chain_id"] for one in report["steps"]} == chains
        (first, _) = report["steps"]
        assert (first["step"], first["state"], first["outcome"]) == ("L01", "accepted", "open")
        assert first["due_on"] is not None
        assert report["id"] is None
        assert {(await step(office, chain))["assignee"] for chain in chains} == {
            office.people[OFFICER]
        }

    async def test_cut_short_goes_on_under_its_key_and_moves_each_step_once(
        self, office: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(handovers, "AT_ONCE", 1)
        chains = [await held(office, OFFICER) for _ in range(3)]
        counts = []
        for _ in range(4):
            report = await hand_over(office, HEAD, key="rotation-2026")
            counts.append((report["done"], report["open"]))
        assert counts == [(1, 2), (2, 1), (3, 0), (3, 0)]
        for chain in chains:
            assert (await step(office, chain))["assignee"] == office.people[OTHER]
            timeline = (await office.get("housekeeper", f"/chains/{chain}/timeline")).json()
            moves = [one for one in timeline["items"] if one["type"] == "step_assigned"]
            assert [one["body"]["former"] for one in moves] == [None, office.people[OFFICER]]
        path = f"/people/{office.people[OFFICER]}/reassign"
        other = {"to": office.people[HEAD], "reason": "轮岗"}
        refused = await office.post(HEAD, path, other, key="rotation-2026")
        assert refused.json()["code"] == "key_reused"

    async def test_leaves_what_was_given_to_somebody_else_meanwhile_and_says_so(
        self, office: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(handovers, "AT_ONCE", 1)
        for _ in range(3):
            await held(office, OFFICER)
        report = await hand_over(office, HEAD, key="rotation-cut")
        second, third = (one["chain_id"] for one in report["steps"][1:])
        await assign(office, HEAD, second, HEAD)
        await office.act("housekeeper", third, "withdraw_chain", reason="项目取消")
        for _ in range(2):
            report = await hand_over(office, HEAD, key="rotation-cut")
        outcomes = [(one["outcome"], one["code"]) for one in report["steps"]]
        assert outcomes[0] == ("done", None)
        assert outcomes[1] == ("refused", "assignee_changed")
        assert outcomes[2][0] == "refused"
        assert outcomes[2][1] in {"chain_closed", "chain_not_found"}
        assert report["steps"][1]["detail"]
        assert (await step(office, second))["assignee"] == office.people[HEAD]

    async def test_is_for_oneself_ones_head_and_who_stands_in(self, office: House) -> None:
        chain = await held(office, OFFICER)
        path = f"/people/{office.people[OFFICER]}/reassign"
        body = {"to": office.people[HEAD], "reason": "请假", "preview": True}
        assert (await office.post(OTHER, path, body)).json()["code"] == "other_person"
        await away(office, OFFICER, OFFICER, OTHER)
        report = await hand_over(office, OTHER)
        assert report["done"] == 1
        assert (await step(office, chain))["assignee"] == office.people[OTHER]

    async def test_by_a_heads_substitute_is_done_as_the_head(self, office: House) -> None:
        await held(office, OFFICER)
        await away(office, HEAD, HEAD, OTHER)
        assert (await hand_over(office, OTHER))["done"] == 1

    async def test_goes_to_a_colleague_only(self, office: House) -> None:
        await hire(office, "stranger", Role.OFFICER, REFORM)
        path = f"/people/{office.people[OFFICER]}/reassign"
        for unfit in (office.people["stranger"], office.people[OFFICER], "p-nobody"):
            answer = await office.post(HEAD, path, {"to": unfit, "reason": "轮岗"})
            assert (answer.status_code, answer.json()["code"]) == (422, "substitute_unfit")


async def test_a_handover_waits_for_a_silent_engine_and_then_goes_on(
    idle_house: House, engine: AsyncEngine, engine_settings: Settings
) -> None:
    house = idle_house
    await staff(house)
    client = await connect(engine_settings)
    async with running_worker(client, engine, engine_settings.task_queue):
        chain = await held(house, OFFICER)
    report = await hand_over(house, HEAD, key="rotation-silent")
    assert (report["open"], report["done"]) == (1, 0)
    async with running_worker(client, engine, engine_settings.task_queue):
        while report["open"]:
            report = await hand_over(house, HEAD, key="rotation-silent")
    assert report["done"] == 1
    timeline = (await house.get("housekeeper", f"/chains/{chain}/timeline")).json()["items"]
    assert [one["type"] for one in timeline].count("step_assigned") == 2


class TestWhoLeaves:
    async def test_is_kept_while_work_is_left_and_then_leaves_nothing_orphaned(
        self, office: House
    ) -> None:
        await held(office, OFFICER)
        await away(office, OTHER, OTHER, OFFICER)
        await delegate(office, LEADER, OFFICER, "extend")
        person = f"/people/{office.people[OFFICER]}"
        work = handovers.WorkShape.model_validate_json(
            (await office.get(HEAD, f"{person}/work")).content
        )
        counts = (len(work.steps), len(work.standing_in), len(work.delegations))
        assert counts == (1, 1, 1)
        kept = await office.ask("administrator", "DELETE", person)
        assert (kept.status_code, kept.json()["code"]) == (409, "work_left")
        assert (await office.get(OFFICER, f"/departments/{PARK}/inbox")).status_code == 200
        await hand_over(office, HEAD, to=office.people[HEAD])
        (absence,), (delegation,) = work.standing_in, work.delegations
        for who, place in (
            (OTHER, f"/people/{office.people[OTHER]}/absences/{absence.id}"),
            (LEADER, f"/people/{office.people[LEADER]}/delegations/{delegation.id}"),
        ):
            assert (await office.ask(who, "DELETE", place)).status_code == 204
        assert (await office.ask("administrator", "DELETE", person)).status_code == 204
        assert (await office.get(OFFICER, f"/departments/{PARK}/inbox")).status_code == 401

    async def test_leaves_work_on_purpose_only_and_the_rest_ends_with_a_record(
        self, office: House
    ) -> None:
        chain = await held(office, OFFICER)
        absence = (await away(office, OTHER, OTHER, OFFICER)).json()
        delegation = (await delegate(office, LEADER, OFFICER, "extend")).json()
        leaver = office.people[OFFICER]
        path = f"/people/{leaver}?leave_work=true"
        assert (await office.ask("administrator", "DELETE", path)).status_code == 204
        assert (await step(office, chain))["assignee"] == leaver
        duties = office.resources.duties
        left = [(row["what"], row["subject"]) for row in await duties.record(leaver)]
        assert left == [("person_left", leaver), ("step_left", f"{chain}/L01")]
        ended = [
            (row["what"], row["subject"], row["by_id"])
            for other in (OTHER, LEADER)
            for row in await duties.record(office.people[other])
            if row["what"].endswith("_ended")
        ]
        by = office.people["administrator"]
        assert ended == [
            ("absence_ended", absence["id"], by),
            ("delegation_ended", delegation["id"], by),
        ]
        report = await hand_over(office, "administrator")
        assert report["done"] == 1

    async def test_is_shown_to_themselves_and_those_above_only(self, office: House) -> None:
        path = f"/people/{office.people[OFFICER]}/work"
        for who, status in ((OFFICER, 200), (HEAD, 200), (OTHER, 403), ("administrator", 200)):
            assert (await office.get(who, path)).status_code == status
        missing = await office.get("administrator", "/people/p-nobody/work")
        assert missing.json()["code"] == "person_not_found"
