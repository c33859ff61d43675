"""A chain through the API as people use it: launch, inbox, hand in, accept, decide, look back."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from groundwork.api import chain_shapes, reckoning_shapes, shapes
from groundwork.api.words import event_name
from groundwork.domain.calendar import SHANGHAI
from tests.api.house import PARK, REFORM, House, fresh_key

CHAIN = "land-to-construction"
PARK_OFFICER = f"officer@{PARK}"
REFORM_OFFICER = f"officer@{REFORM}"


async def hand_in(house: House, chain: str, step: str, *materials: str) -> None:
    """Hand in a step's application with its materials."""
    response = await house.act("housekeeper", chain, "receive", step=step, materials=materials)
    assert response.status_code == 200, response.text


async def inbox(house: House, who: str, department: str, chain: str) -> list[dict[str, Any]]:
    """A department's open steps of one chain."""
    response = await house.get(who, f"/departments/{department}/inbox", params={"limit": 200})
    items = shapes.Listed[shapes.InboxStep].model_validate_json(response.content).items
    return [item.model_dump(mode="json") for item in items if item.chain_id == chain]


async def test_from_launch_to_the_first_decision_and_back_in_time(busy_house: House) -> None:
    house = busy_house
    chain = await house.launch()
    code = chain.partition(".")[2]

    (waiting,) = await inbox(house, PARK_OFFICER, PARK, chain)
    assert (waiting["key"], waiting["state"], waiting["light"]) == ("L01", "ready", "todo")
    assert waiting["act_by"] is None

    await hand_in(house, chain, "L01", "investment-agreement", "business-licence")
    accepted = await house.act(PARK_OFFICER, chain, "accept", step="L01")
    assert accepted.json()["projected"]
    (running,) = await inbox(house, PARK_OFFICER, PARK, chain)
    assert (running["state"], running["status_code"]) == ("accepted", 3)
    assert running["due_on"] == running["act_by"]

    explained = await house.get(PARK_OFFICER, f"/chains/{chain}/steps/L01/explain")
    explanation = reckoning_shapes.ExplanationShape.model_validate_json(explained.content)
    assert explanation.due
    assert explanation.due.on.isoformat() == running["due_on"]

    decided = await house.act(
        PARK_OFFICER, chain, "decide", step="L01", **{"result": "pass", "document": "帮办单一号"}
    )
    receipt = shapes.ReceiptShape.model_validate_json(decided.content)
    assert receipt.status == "done"
    assert {one["key"] for one in await inbox(house, PARK_OFFICER, PARK, chain)} == {"L03"}
    assert [one["key"] for one in await inbox(house, REFORM_OFFICER, REFORM, chain)] == ["L02"]

    detail = await house.get("housekeeper", f"/chains/{chain}")
    shown = chain_shapes.ChainDetail.model_validate_json(detail.content)
    first = shown.steps[0]
    assert (first.key, first.name, first.state) == ("L01", "Agreement and steward team", "passed")
    assert first.decision
    assert first.decision.document == "帮办单一号"
    assert all(material.handed_in for material in first.materials)
    assert len(shown.steps) == 22
    assert shown.seq == receipt.seq

    timeline = await house.get("housekeeper", f"/chains/{chain}/timeline")
    events = shapes.Listed[chain_shapes.TimelineEvent].model_validate_json(timeline.content).items
    assert [event.seq for event in events] == list(range(1, shown.seq + 1))
    # What the clock does meanwhile depends on the day on which the test runs.
    by_people = [e.name for e in events if e.step == "L01" and e.actor_role != "system"]
    assert by_people == ["Step ready", "Received", "Accepted", "Decided"]
    assert {event.actor_id for event in events} >= {
        house.people["housekeeper"],
        house.people[PARK_OFFICER],
    }

    page = await house.get("housekeeper", f"/chains?project={code}")
    (head,) = shapes.Listed[shapes.ChainHead].model_validate_json(page.content).items
    assert (head.id, head.name, head.state) == (chain, "Land to construction", "running")

    project = await house.get("housekeeper", f"/projects/{code}")
    assert shapes.ProjectDetail.model_validate_json(project.content).chains == [head]

    forecast = await house.get("housekeeper", f"/chains/{chain}/forecast")
    assert reckoning_shapes.ForecastShape.model_validate_json(forecast.content).critical_path


async def test_a_timeline_comes_in_pages(busy_house: House) -> None:
    house = busy_house
    chain = await house.launch()
    await hand_in(house, chain, "L01", "investment-agreement")
    seqs: list[int] = []
    cursor: str | None = "0"
    while cursor is not None:
        response = await house.get(
            "housekeeper", f"/chains/{chain}/timeline?limit=1&cursor={cursor}"
        )
        page = response.json()
        seqs += [event["seq"] for event in page["items"]]
        cursor = page["next"]
    assert len(seqs) >= 3
    assert seqs == list(range(1, len(seqs) + 1))


class TestRepeating:
    async def test_a_command_with_the_same_key_has_one_receipt_and_one_effect(
        self, busy_house: House
    ) -> None:
        house, key = busy_house, fresh_key()
        chain = await house.launch()
        materials = ["investment-agreement", "business-licence"]
        answers = [
            await house.act(
                "housekeeper", chain, "receive", key=key, step="L01", materials=materials
            )
            for _ in range(3)
        ]
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["seq"] for answer in answers}) == 1
        audit = await house.get("data_bureau", f"/audit/chains/{chain}")
        rows = shapes.Listed[shapes.AuditRow].model_validate_json(audit.content).items
        assert [row.type for row in rows if row.key == key] == ["step_received"]

    async def test_the_same_key_with_another_command_is_refused(self, busy_house: House) -> None:
        house, key = busy_house, fresh_key()
        chain = await house.launch()
        await house.act("housekeeper", chain, "receive", key=key, step="L01")
        other = await house.act(
            "housekeeper", chain, "withdraw_step", key=key, step="L01", reason="改主意"
        )
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")

    async def test_a_launch_with_the_same_key_is_the_same_chain(self, busy_house: House) -> None:
        house, key = busy_house, fresh_key()
        project = await house.project()
        body = {"chain": CHAIN, "project": project["code"]}
        first = await house.post("housekeeper", "/chains", body, key=key)
        again = await house.post("housekeeper", "/chains", body, key=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert first.headers["location"] == f"/api/v1/chains/{first.json()['chain']}"

    async def test_a_launch_with_the_same_key_and_other_choices_is_refused(
        self, busy_house: House
    ) -> None:
        house, key = busy_house, fresh_key()
        project = await house.project()
        body = {"chain": CHAIN, "project": project["code"]}
        await house.post("housekeeper", "/chains", body, key=key)
        other = await house.post("housekeeper", "/chains", body | {"variant": "fast"}, key=key)
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")

    async def test_a_second_launch_of_the_same_project_is_a_conflict(
        self, busy_house: House
    ) -> None:
        house = busy_house
        chain = await house.launch()
        body = {"chain": CHAIN, "project": chain.partition(".")[2]}
        other = await house.post("housekeeper", "/chains", body)
        assert (other.status_code, other.json()["code"]) == (409, "already_launched")


class TestAWrongLaunch:
    @pytest.mark.parametrize(
        ("choices", "code"),
        [
            ({"chain": "land-to-nowhere"}, "definition_not_found"),
            ({"version": "9.9.9"}, "definition_not_found"),
            ({"project": "2603-440784-04-01-000000"}, "project_not_found"),
            ({"modes": {"L99": "standard"}}, "launch_invalid"),
            ({"modes": {"L01": "exempt"}}, "mode_not_offered"),
            ({"phases": {"L20": ["Z"]}}, "launch_invalid"),
        ],
    )
    async def test_is_explained_and_starts_nothing(
        self, busy_house: House, choices: dict[str, Any], code: str
    ) -> None:
        house = busy_house
        project = await house.project()
        body = {"chain": CHAIN, "project": project["code"], **choices}
        response = await house.post("housekeeper", "/chains", body)
        assert response.json()["code"] == code
        gone = await house.get("housekeeper", f"/chains/{CHAIN}.{project['code']}")
        assert gone.status_code == 404


async def test_a_chain_that_has_ended_says_so(busy_house: House) -> None:
    house = busy_house
    chain = await house.launch()
    key = fresh_key()
    ended = await house.act("housekeeper", chain, "withdraw_chain", key=key, reason="项目取消")
    assert ended.status_code in {200, 202}
    # On a busy machine the answer may come before the record shows it.
    seen = await house.settled(f"/chains/{chain}/receipts/{key}")
    again = await house.act("housekeeper", chain, "withdraw_chain", key=key, reason="项目取消")
    assert again.json()["seq"] == ended.json()["seq"] == seen["seq"]
    late = await house.act("housekeeper", chain, "receive", step="L01")
    assert (late.status_code, late.json()["code"]) == (409, "chain_closed")


async def test_a_command_on_no_chain_says_so(busy_house: House) -> None:
    response = await busy_house.act("housekeeper", f"{CHAIN}.nowhere", "receive", step="L01")
    assert (response.status_code, response.json()["code"]) == (404, "chain_not_found")


async def test_what_cannot_be_reckoned_is_told_as_such(busy_house: House) -> None:
    house = busy_house
    chain = await house.launch()
    for step, materials in (
        ("L01", ["investment-agreement", "business-licence"]),
        ("L03", ["assessment-results"]),
    ):
        await hand_in(house, chain, step, *materials)
        await house.act(PARK_OFFICER, chain, "accept", step=step)
        if step == "L01":
            await house.act(PARK_OFFICER, chain, "decide", step=step, result="pass")
    stop = {"step": "L03", "reason": "expert_review", "basis": "专家评审"}
    for last_day in ("9999-12-31", "9999-12-30", "2200-01-01"):
        response = await house.act(PARK_OFFICER, chain, "stop_clock", **stop, planned_end=last_day)
        assert (response.status_code, response.json()["code"]) == (422, "stop_too_long")


async def test_a_stop_is_told_with_its_notice_and_its_plan_may_move(busy_house: House) -> None:
    house = busy_house
    chain = await house.launch()
    await hand_in(house, chain, "L01", "investment-agreement", "business-licence")
    window = await house.get("housekeeper", f"/chains/{chain}/explain?of=acceptance:L01")
    term = reckoning_shapes.TermShape.model_validate_json(window.content)
    assert term.due
    assert term.due.on == term.closes_on == term.due.ledger[-1].day
    assert {rule.mark for rule in term.rules} >= {"event_day", "counted", None}

    await house.act(PARK_OFFICER, chain, "accept", step="L01")
    await house.act(PARK_OFFICER, chain, "decide", step="L01", result="pass")
    await hand_in(house, chain, "L03", "assessment-results")
    await house.act(PARK_OFFICER, chain, "accept", step="L03")
    today = datetime.now(SHANGHAI).date()
    stop = {"step": "L03", "reason": "expert_review"}
    first, later = (str(today + timedelta(days=days)) for days in (10, 20))
    stopped = await house.act(
        PARK_OFFICER, chain, "stop_clock", **stop, basis="评审", planned_end=first, notice="8号"
    )
    assert stopped.status_code == 200, stopped.text
    moved = await house.act(
        PARK_OFFICER, chain, "replan_stop", **stop, planned_end=later, ground="专家生病"
    )
    assert moved.status_code == 200, moved.text
    again = await house.act(
        PARK_OFFICER,
        chain,
        "replan_stop",
        **stop,
        planned_end=str(today + timedelta(days=30)),
        ground="仍未康复",
    )
    assert (again.status_code, again.json()["code"]) == (409, "already_prolonged")

    explained = await house.get("housekeeper", f"/chains/{chain}/steps/L03/explain")
    told = reckoning_shapes.ExplanationShape.model_validate_json(explained.content)
    assert told.due
    assert told.due.projected
    (one,) = told.stops
    assert (one.notice, str(one.planned_end), one.prolonged) == ("8号", later, True)
    assert (one.court, one.name) == ("other", "Expert review")

    detail = await house.get("housekeeper", f"/chains/{chain}")
    shown = chain_shapes.ChainDetail.model_validate_json(detail.content)
    step = next(step for step in shown.steps if step.key == "L03")
    assert step.split == told.split
    assert step.due_on == told.due.on
    assert not step.resumed_by_itself
    assert {split.unit for split in shown.splits} >= {"working_days"}


async def test_a_term_that_there_is_not_is_not_found(busy_house: House) -> None:
    chain = await busy_house.launch()
    for name in ("deficiency:L01-x", "acceptance:L01", "nothing"):
        response = await busy_house.get("housekeeper", f"/chains/{chain}/explain?of={name}")
        assert (response.status_code, response.json()["code"]) == (404, "unknown_term")


def test_a_clock_that_runs_again_by_itself_is_told_as_such() -> None:
    assert event_name("clock_resumed", automatic=True) != event_name("clock_resumed")
    assert event_name("lapse_reversed", automatic=True) == event_name("lapse_reversed")


async def test_the_record_of_everything_so_far_is_whole(busy_house: House) -> None:
    house = busy_house
    chain = await house.launch()
    await hand_in(house, chain, "L01", "investment-agreement")
    for query in ({}, {"chain": chain}):
        response = await house.get("data_bureau", "/audit/verify", params=query)
        verification = shapes.VerificationShape.model_validate_json(response.content)
        assert verification.whole, verification.findings


async def test_promises_and_escalations_are_listed(busy_house: House) -> None:
    house = busy_house
    chain = await house.launch(modes={"L21": "deficiency_tolerant"})
    for step, officer, materials in (
        ("L01", PARK_OFFICER, ["investment-agreement", "business-licence"]),
        ("L02", REFORM_OFFICER, ["filing-form", "uscc"]),
    ):
        await hand_in(house, chain, step, *materials)
        await house.act(officer, chain, "accept", step=step)
        await house.act(officer, chain, "decide", step=step, result="pass")
    escalations = await house.get("housekeeper", f"/escalations?chain={chain}&open=false")
    rows = shapes.Listed[shapes.EscalationRowShape].model_validate_json(escalations.content).items
    assert all(row.step_name for row in rows)
    for path, shape in (
        ("/deficiencies", shapes.Listed[shapes.DeficiencyRowShape]),
        ("/commitments", shapes.Listed[shapes.CommitmentRowShape]),
    ):
        response = await house.get("housekeeper", path, params={"chain": chain, "open": False})
        assert response.status_code == 200
        shape.model_validate_json(response.content)
