"""Calendars added, previewed and published over the API; running chains are re-planned once."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api import calendar_shapes, shapes
from groundwork.domain.definition import ChainDefinition
from groundwork.worker import stock_from_store
from tests.api.house import PARK, REFORM, House

NOTICE = "国办发明电〔2026〕9号"
OFF = {
    "2027-01-01": "元旦",
    **{f"2027-02-{day:02}": "春节" for day in range(5, 12)},
    "2027-04-05": "清明节",
    "2027-05-01": "劳动节",
    "2027-05-02": "劳动节",
    "2027-06-09": "端午节",
    "2027-09-15": "中秋节",
    **{f"2027-10-{day:02}": "国庆节" for day in range(1, 8)},
}


def closing(version: str, *days: str, **more: Any) -> dict[str, Any]:
    closures = [
        {
            "first": day,
            "last": day,
            "reason": "台风停工",
            "department": more.pop("department", None),
        }
        for day in days
    ]
    return {
        "kind": "closures",
        "version": version,
        "base": "cn-2026.1",
        "source": "三防指挥部令",
        "closures": closures,
    }


async def added(house: House, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    response = await house.post("administrator", "/calendars", body)
    assert response.status_code == status, response.text
    calendar_shapes.AdditionShape.model_validate_json(response.content)
    found: dict[str, Any] = response.json()
    return found


class TestAdding:
    async def test_a_json_file_with_a_notice_publishes_its_year(self, house: House) -> None:
        year = {"notice": NOTICE, "off": OFF, "worked": {"2027-02-20": "春节"}}
        body = {
            "kind": "json",
            "version": "cn-2027.1",
            "source": "通知",
            "content": {"years": {"2027": year}},
        }
        seen = await added(house, body | {"preview": True}, 200)
        assert not seen["added"]
        assert (await house.get("administrator", "/calendars/cn-2027.1")).status_code == 404
        made = await added(house, body)
        assert made["hash"] == seen["hash"]
        assert made["published"][-1] == 2027
        assert made["left_out"] == []
        assert {"day": "2027-02-20", "before": "weekend", "after": "make_up"}.items() <= next(
            one for one in made["changed"] if one["day"] == "2027-02-20"
        ).items()
        due = await house.get(
            "ops", "/calendar/due?from=2027-02-04&working_days=1&calendar=cn-2027.1"
        )
        assert (due.json()["due_on"], due.json()["provisional"]) == ("2027-02-12", False)

    async def test_adding_the_same_again_changes_nothing_and_other_content_is_refused(
        self, house: House
    ) -> None:
        body = closing("cn-2026.11", "2026-09-22")
        first = await added(house, body)
        assert (await added(house, body, 200))["hash"] == first["hash"]
        other = await house.post("administrator", "/calendars", closing("cn-2026.11", "2026-09-23"))
        assert (other.status_code, other.json()["code"]) == (409, "calendar_exists")

    async def test_a_guess_stays_provisional_and_is_told(self, house: House) -> None:
        text = (
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\n"
            "SUMMARY:元旦\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
        body = {"kind": "icalendar", "version": "cn-2027.2", "source": "a file", "content": text}
        guess = await added(house, body | {"base": "cn-2026.1", "preview": True}, 200)
        assert (guess["left_out"], guess["changed"]) == ([2027], [])
        stated = body | {"base": "cn-2026.1", "notices": {"2027": {"number": NOTICE}}}
        refused = await house.post("administrator", "/calendars", stated)
        assert (refused.status_code, refused.json()["code"]) == (422, "calendar_source_invalid")
        assert "years.2027.off" in refused.json()["detail"]

    async def test_a_departments_closure_counts_for_it_alone(self, house: House) -> None:
        await added(house, closing("cn-2026.12", "2026-09-22", department=PARK))
        address = "/calendar/due?from=2026-09-21&working_days=1&calendar=cn-2026.12"
        assert (await house.get("ops", address)).json()["due_on"] == "2026-09-22"
        theirs = await house.get("ops", f"{address}&department={PARK}")
        assert theirs.json()["due_on"] == "2026-09-23"
        assert theirs.json()["ledger"][1]["note"] == "台风停工"
        other = await house.get("ops", f"{address}&department={REFORM}")
        assert other.json()["due_on"] == "2026-09-22"
        unknown = await house.post(
            "administrator", "/calendars", closing("cn-2026.13", "2026-09-22", department="moon")
        )
        assert unknown.json()["code"] == "department_not_found"

    async def test_an_edit_and_the_package_make_versions_too(self, house: House) -> None:
        edit = {
            "kind": "edit",
            "version": "cn-2026.14",
            "base": "cn-2026.1",
            "source": "通知",
            "edits": [{"day": "2026-09-22", "kind": "off", "holiday": "国庆节"}],
        }
        made = await added(house, edit)
        assert [one["day"] for one in made["changed"]] == ["2026-09-22"]
        package = {
            "kind": "chinesecalendar",
            "version": "cn-2026.15",
            "base": "cn-2026.14",
            "source": "x",
        }
        assert [one["day"] for one in (await added(house, package))["changed"]] == ["2026-09-22"]
        heads = (await house.get("ops", "/calendars")).json()["items"]
        (head,) = [one for one in heads if one["version"] == "cn-2026.14"]
        assert (head["kind"], head["imported_by"]) == ("edit", house.people["administrator"])
        for one in heads:
            shapes.CalendarHead.model_validate(one)

    @pytest.mark.parametrize("who", ["housekeeper", "data_bureau", f"officer@{PARK}"])
    async def test_only_administrators_may(self, house: House, who: str) -> None:
        refused = await house.post(who, "/calendars", closing("cn-2026.16", "2026-09-22"))
        assert refused.status_code == 403
        assert (await house.get(who, "/calendars/cn-2026.1/preview")).status_code == 403
        published = await house.post(who, "/calendars/cn-2026.1/publish", {})
        assert published.status_code == 403

    @pytest.mark.parametrize("address", ["preview", "rollout"])
    async def test_what_is_not_there_is_told(self, house: House, address: str) -> None:
        response = await house.get("administrator", f"/calendars/cn-1999.1/{address}")
        assert (response.status_code, response.json()["code"]) == (404, "calendar_not_found")


async def launched(house: House) -> str:
    """A running chain of the housekeeper's, with a step handed in."""
    project = await house.project()
    response = await house.post(
        "housekeeper", "/chains", {"chain": "land-to-construction", "project": project["code"]}
    )
    assert response.status_code in {201, 202}, response.text
    chain: str = response.json()["chain"]
    definition = ChainDefinition.model_validate_json(
        (await house.get("ops", "/catalogue/land-to-construction")).content
    )
    first = next(one for one in definition.steps if not one.after)
    materials = [one.id for one in first.materials]
    received = await house.act(
        "administrator", chain, "receive", step=first.id, materials=materials
    )
    assert received.status_code in {200, 202}, received.text
    return chain


async def until_done(house: House, version: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            response = await house.get("administrator", f"/calendars/{version}/rollout")
            calendar_shapes.RolloutShape.model_validate_json(response.content)
            now: dict[str, Any] = response.json()
            if now["state"] in {"done", "incomplete", "superseded"}:
                return now
            await asyncio.sleep(0.2)


async def test_publishing_replans_what_runs_and_is_what_new_chains_get(
    busy_house: House, engine: AsyncEngine
) -> None:
    house = busy_house
    before = [await launched(house) for _ in range(3)]
    today = (await house.get("administrator", f"/chains/{before[0]}")).json()["steps"]
    accept_by = next(one["accept_by"] for one in today if one["accept_by"])
    last = accept_by[:10]  # 16:00 UTC of the last day is 24:00 of it in Heshan
    await added(house, closing("cn-2026.21", last))
    await stock_from_store(engine)

    preview = await house.get("administrator", "/calendars/cn-2026.21/preview?afresh=true")
    calendar_shapes.PreviewShape.model_validate_json(preview.content)
    assert preview.json()["state"] == "ready"
    assert preview.json()["total"]["later"] == 3
    assert {one["chain"] for one in preview.json()["chains"]} == set(before)
    assert preview.json()["chains"][0]["moved"][0]["before"] == last

    published = await house.post("administrator", "/calendars/cn-2026.21/publish", {"note": "台风"})
    assert published.json()["rollout_started"], published.text
    after = await launched(house)
    done = await until_done(house, "cn-2026.21")
    assert (done["state"], done["failed"], done["left"]) == ("done", 0, 0)
    assert done["adopted"] == 3
    for chain in before:
        events = (await house.get("administrator", f"/chains/{chain}/timeline")).json()["items"]
        assert [one["type"] for one in events].count("calendar_adopted") == 1
        seen = (await house.get("administrator", f"/chains/{chain}")).json()
        assert seen["calendar_version"] == "cn-2026.21"
        assert max(one["accept_by"] or "" for one in seen["steps"]) > accept_by
    fresh = (await house.get("administrator", f"/chains/{after}")).json()
    assert fresh["calendar_version"] == "cn-2026.21"
    heads = (await house.get("ops", "/calendars")).json()["items"]
    assert [one["version"] for one in heads if one["in_force"]] == ["cn-2026.21"]

    # Publishing it again is once, and the record is whole.
    again = await house.post("administrator", "/calendars/cn-2026.21/publish", {})
    assert again.json()["published_at"] == published.json()["published_at"]
    assert (await until_done(house, "cn-2026.21"))["state"] == "done"
    whole = await house.get("data_bureau", "/audit/verify")
    assert whole.json()["findings"] == []
    async with engine.connect() as connection:
        count = await connection.scalar(
            text("SELECT count(*) FROM event WHERE type = 'calendar_adopted'")
        )
    assert count == 3
