"""Halls from launch to use, through the API, on a real engine and a real record."""

from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from groundwork.api import unit_shapes
from groundwork.api.chain_shapes import ChainDetail
from groundwork.api.shapes import CommitmentRowShape, DeficiencyRowShape, InboxStep
from groundwork.api.sheets import MEDIA_TYPE
from groundwork.store import promises
from tests.api.house import PARK, REFORM, House, fresh_key
from tests.api.production import UNITS

ADMIN = "administrator"
IN_CHINESE = {"headers": {"Accept-Language": "zh"}}


@pytest.fixture
def house(halls_house: House) -> House:
    """The API with an engine, a worker and the two chains."""
    return halls_house


async def detail(house: House, chain: str, **more: Any) -> dict[str, Any]:
    """A chain as its page shows it, held to its shape."""
    response = await house.get("housekeeper", f"/chains/{chain}", **more)
    assert response.status_code == 200, response.text
    ChainDetail.model_validate(response.json())
    shown: dict[str, Any] = response.json()
    return shown


async def act(house: House, chain: str, verb: str, **fields: Any) -> None:
    response = await house.act(ADMIN, chain, verb, **fields)
    assert response.status_code == 200, response.text


async def launched(house: House, **more: Any) -> str:
    """A running chain of two halls."""
    return await house.launch(chain="test-halls", units=UNITS, **more)


async def finished_site(house: House, *documents: str) -> str:
    """A completed chain of the site, with a licence for each phase."""
    phases = dict(zip(("A", "B"), documents, strict=False))
    site_chain = await house.launch(chain="test-site", phases={"S01": list(phases)})
    for phase, document in phases.items():
        await act(
            house, site_chain, "decide", step=f"S01.{phase}", result="pass", document=document
        )
    return site_chain


async def accepted(house: House, chain: str, *lacking: str) -> None:
    """The plan stands, and the joint acceptance of B1 is under way."""
    await act(house, chain, "decide", step="H01", result="pass")
    if lacking:
        await act(house, chain, "choose_mode", step="H02.B1", mode="deficiency_tolerant")
    handed_in = [one for one in ("form", "drawing") if one not in lacking]
    given = {"materials": handed_in, "promised": lacking}
    await act(house, chain, "receive", step="H02.B1", **given)
    await act(house, chain, "accept", step="H02.B1")


class TestLaunching:
    async def test_a_chain_with_units_needs_them(self, house: House) -> None:
        project = await house.project()
        body = {"chain": "test-halls", "project": project["code"]}
        response = await house.post("housekeeper", "/chains", body)
        assert (response.status_code, response.json()["code"]) == (422, "launch_invalid")
        assert "B1" in response.json()["detail"]

    async def test_names_say_which_hall(self, house: House) -> None:
        chain = await launched(house)
        await act(house, chain, "decide", step="H01", result="pass")
        shown = await detail(house, chain, **IN_CHINESE)
        names = {step["key"]: step["name"] for step in shown["steps"]}
        assert names["H02.B1"] == "竣工验收 · 1号厂房"
        page = await house.get(
            f"officer@{PARK}", f"/departments/{PARK}/inbox", params={"limit": 200}, **IN_CHINESE
        )
        mine = [one for one in page.json()["items"] if one["chain_id"] == chain]
        assert {one["key"]: one["name"] for one in mine}["H02.B2"] == "竣工验收 · 2号厂房"
        assert all(InboxStep.model_validate(one).unit in {"B1", "B2"} for one in mine)
        timeline = await house.get("housekeeper", f"/chains/{chain}/timeline", **IN_CHINESE)
        assert "竣工验收 · 2号厂房" in {one["step_name"] for one in timeline.json()["items"]}

    async def test_phases_have_names_in_lists(self, house: House) -> None:
        await house.launch(chain="test-site", phases={"S01": ["A", "B"]})
        page = await house.get(
            f"officer@{PARK}", f"/departments/{PARK}/inbox", params={"limit": 200}
        )
        names = {one["name"] for one in page.json()["items"]}
        assert "Construction licence · Pit" in names


class TestSuccession:
    async def test_one_click_takes_everything_over(self, house: House) -> None:
        before = await finished_site(house, "许可-1", "许可-2")
        key = fresh_key()
        body = {"units": UNITS}
        response = await house.post("housekeeper", f"/chains/{before}/successor", body, key=key)
        assert response.status_code == 201, response.text
        chain = response.json()["chain"]
        shown = await detail(house, chain)
        old = await detail(house, before)
        assert shown["predecessor"] == before
        assert shown["project_code"] == old["project_code"]
        (carried,) = shown["carried"]
        assert (carried["step"], carried["material"]) == ("H01", "licence")
        assert carried["document"] == "许可-1、许可-2"
        again = await house.post("housekeeper", f"/chains/{before}/successor", body, key=key)
        assert again.json() == response.json()

    async def test_a_plain_launch_finds_the_completed_chain_before(self, house: House) -> None:
        before = await finished_site(house, "许可-7")
        body = {"chain": "test-halls", "project": before.partition(".")[2], "units": UNITS}
        response = await house.post("housekeeper", "/chains", body)
        shown = await detail(house, response.json()["chain"])
        assert shown["predecessor"] == before
        assert [one["document"] for one in shown["carried"]] == ["许可-7"]

    async def test_one_that_still_runs_has_no_successor_yet(self, house: House) -> None:
        running = await house.launch(chain="test-site")
        response = await house.post("housekeeper", f"/chains/{running}/successor", {"units": UNITS})
        problem = response.json()
        assert (response.status_code, problem["code"]) == (409, "predecessor_unfinished")
        assert running in problem["detail"]

    async def test_the_last_chain_has_none(self, house: House) -> None:
        chain = await launched(house)
        response = await house.post("housekeeper", f"/chains/{chain}/successor", {"units": UNITS})
        assert (response.status_code, response.json()["code"]) == (409, "no_successor")

    async def test_another_projects_chain_is_no_predecessor(self, house: House) -> None:
        before = await finished_site(house, "许可-8")
        project = await house.project()
        body = {"chain": "test-halls", "project": project["code"], "units": UNITS}
        response = await house.post("housekeeper", "/chains", body | {"after": before})
        assert (response.status_code, response.json()["code"]) == (422, "wrong_predecessor")


class TestGates:
    async def test_say_what_is_missing_and_who_holds_it(self, house: House) -> None:
        chain = await launched(house)
        path = f"/chains/{chain}/units/B1/gates"
        response = await house.get("housekeeper", path)
        shown = unit_shapes.UnitGates.model_validate(response.json())
        (gate,) = shown.gates
        assert (gate.open, gate.missing) == (False, ["accepted", "equipment"])
        holders = [one.holder.id for one in gate.conditions if one.holder]
        assert holders == [PARK, PARK]
        assert gate.conditions[0].steps == ["H02.B1"]
        await act(house, chain, "register_equipment", unit="B1", without_equipment=True)
        (gate_now,) = (await house.get("housekeeper", path)).json()["gates"]
        assert gate_now["missing"] == ["accepted"]

    async def test_a_unit_that_is_not_there(self, house: House) -> None:
        chain = await launched(house)
        response = await house.get("housekeeper", f"/chains/{chain}/units/B9/gates")
        assert (response.status_code, response.json()["code"]) == (404, "unknown_unit")


class TestConsultations:
    async def test_a_department_sees_the_opinions_it_owes(self, house: House) -> None:
        chain = await launched(house)
        await accepted(house, chain)
        path = f"/departments/{REFORM}/consultations"

        async def owed() -> list[dict[str, Any]]:
            page = await house.get(f"officer@{REFORM}", path, params={"limit": 200})
            assert page.status_code == 200, page.text
            items: list[dict[str, Any]] = page.json()["items"]
            days = [one["reply_on"] for one in items]
            assert days == sorted(days)
            return [one for one in items if one["chain_id"] == chain]

        (one,) = await owed()
        assert unit_shapes.OpenOpinion.model_validate(one).name == "Acceptance · 1号厂房"
        given = {"step": "H02.B1", "opinion": "disagree", "text": "no"}
        response = await house.act(f"officer@{REFORM}", chain, "give_opinion", **given)
        assert response.status_code == 200, response.text
        assert await owed() == []
        steps = {step["key"]: step for step in (await detail(house, chain))["steps"]}
        consultation = steps["H02.B1"]["consultation"]
        assert (consultation["pending"], consultation["against"]) == ([], [REFORM])
        assert [said["text"] for said in consultation["opinions"]] == ["no"]

    async def test_others_opinions_are_not_its_business(self, house: House) -> None:
        response = await house.get(f"officer@{PARK}", f"/departments/{REFORM}/consultations")
        assert (response.status_code, response.json()["code"]) == (403, "other_inbox")


class TestPreviews:
    async def test_tells_what_would_happen_and_writes_nothing(self, house: House) -> None:
        chain = await launched(house)
        await act(house, chain, "decide", step="H01", result="pass")
        before = await detail(house, chain)
        body = {"unit": "B3", "name": "3号厂房", "reason": "加建"}
        response = await house.post("housekeeper", f"/chains/{chain}/previews/add_unit", body)
        assert response.status_code == 200, response.text
        shown = unit_shapes.PreviewShape.model_validate(response.json())
        assert shown.events[0].type == "unit_added"
        assert "3号厂房" in shown.events[0].sentence
        changes = {(one.kind, one.id): (one.before, one.after) for one in shown.changes}
        assert changes["unit", "B3"] == (None, "active")
        assert changes["step", "H01"] == ("passed", "in re-check")
        assert await detail(house, chain) == before
        done = await house.act("housekeeper", chain, "add_unit", **body)
        assert done.status_code == 200, done.text
        after = {step["key"]: step["state"] for step in (await detail(house, chain))["steps"]}
        assert after["H01"] == "recheck"
        assert "H02.B3" in after

    @pytest.mark.parametrize(
        ("who", "verb", "body"),
        [
            ("housekeeper", "drop_unit", {"unit": "B9", "reason": "r"}),
            ("housekeeper", "merge_units", {"unit": "B1", "into": "B1", "reason": "r"}),
            (f"officer@{PARK}", "add_unit", {"unit": "B3", "name": "n", "reason": "r"}),
            (f"officer@{REFORM}", "decide", {"step": "H01", "result": "pass"}),
        ],
    )
    async def test_refuses_as_the_command_would(
        self, house: House, who: str, verb: str, body: dict[str, Any]
    ) -> None:
        chain = await launched(house)
        preview = await house.post(who, f"/chains/{chain}/previews/{verb}", body)
        command = await house.act(who, chain, verb, **body)
        told = [
            {name: value for name, value in one.json().items() if name != "instance"}
            for one in (preview, command)
        ]
        assert told[0] == told[1]
        assert preview.status_code == command.status_code >= 400


class TestLedgers:
    async def test_filters_and_order(self, house: House) -> None:
        chain = await launched(house)
        await accepted(house, chain, "drawing")
        project = chain.partition(".")[2]

        async def ids(**query: Any) -> list[str]:
            params = {"project": project, **query}
            page = await house.get("housekeeper", "/deficiencies", params=params)
            assert page.status_code == 200, page.text
            return [DeficiencyRowShape.model_validate(one).id for one in page.json()["items"]]

        (one,) = await ids()
        page = await house.get("housekeeper", "/deficiencies", params={"project": project})
        cure_by = page.json()["items"][0]["cure_by"]
        for query in (
            {"unit": "B1"},
            {"department": PARK},
            {"district": "440784"},
            {"housekeeper": house.people["housekeeper"]},
            {"due_from": cure_by, "due_to": cure_by},
            {"state": "open"},
            {"chain": chain},
        ):
            assert await ids(**query) == [one], query
        for query in (
            {"unit": "B2"},
            {"department": REFORM},
            {"district": "440700"},
            {"housekeeper": "nobody"},
            {"due_to": "2020-01-01"},
            {"due_from": "2099-01-01"},
            {"state": "lapsed"},
            {"overdue": "true"},
        ):
            assert await ids(**query) == [], query

    async def test_commitments_show_their_life(self, house: House) -> None:
        chain = await launched(house)
        await act(house, chain, "decide", step="H01", result="pass")
        await act(house, chain, "receive", step="H03", materials=["form"])
        await act(house, chain, "draft_commitment", step="H03", obligations=["按期投产"])

        async def row() -> CommitmentRowShape:
            page = await house.get("housekeeper", "/commitments", params={"chain": chain})
            (one,) = page.json()["items"]
            return CommitmentRowShape.model_validate(one)

        drafted = await row()
        assert (drafted.state, drafted.due_on, drafted.act_by) == ("draft", None, None)
        await act(house, chain, "sign_commitment", step="H03", signature="函-1")
        signed = await row()
        assert signed.state == "in_force"
        assert signed.act_by == signed.due_on is not None
        (shown,) = (await detail(house, chain))["commitments"]
        assert (shown["signature"], shown["step_name"]) == ("函-1", "Filing")

    @pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
    async def test_no_cell_is_a_formula(self, house: House, begins: str) -> None:
        project = await house.project(
            enterprise=f"{begins.strip()}公司", name=f"{begins.strip()}项目"
        )
        body = {"chain": "test-halls", "project": project["code"], "units": UNITS}
        chain = (await house.post("housekeeper", "/chains", body)).json()["chain"]
        await act(house, chain, "decide", step="H01", result="pass")
        await act(house, chain, "receive", step="H03", materials=["form"])
        await act(house, chain, "draft_commitment", step="H03", obligations=[f"{begins}|x"])
        await act(house, chain, "sign_commitment", step="H03")
        response = await house.get(
            "housekeeper", "/commitments.xlsx", params={"chain": chain}, **IN_CHINESE
        )
        assert response.headers["content-type"] == MEDIA_TYPE
        sheet = load_workbook(BytesIO(response.content)).active
        assert sheet is not None
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f"]
        headings = [cell.value for cell in next(sheet.iter_rows(max_row=1))]
        column = {str(name): number for number, name in enumerate(headings)}
        (row,) = sheet.iter_rows(min_row=2)
        # A workbook writes a carriage return like this.
        promised = str(row[column["承诺内容"]].value).replace("_x000D_", "\r")
        assert promised.strip() == f"{begins}|x".strip()
        assert isinstance(row[column["履行期限"]].value, datetime)
        assert sheet.freeze_panes == "A2"

    async def test_the_same_list_comes_as_a_workbook_when_asked_for(self, house: House) -> None:
        chain = await launched(house)
        await accepted(house, chain, "drawing")
        response = await house.get(
            "housekeeper",
            "/deficiencies",
            params={"chain": chain},
            headers={"Accept": MEDIA_TYPE},
        )
        sheet = load_workbook(BytesIO(response.content)).active
        assert sheet is not None
        assert sheet.title == "Deficiencies"
        values = [cell.value for row in sheet.iter_rows(min_row=2) for cell in row]
        assert {"=Drawing", "Acceptance · 1号厂房"} <= set(values)

    async def test_too_long_a_list_is_refused_and_not_cut(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(promises, "MOST_ROWS", 1)
        for _ in range(2):
            await accepted(house, await launched(house), "drawing")
        response = await house.get("housekeeper", "/deficiencies.xlsx")
        assert (response.status_code, response.json()["code"]) == (422, "list_too_long")
