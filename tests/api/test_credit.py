"""Credit over the API: what is known and follows, and the register's records and repairs."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api import credit_shapes, shapes
from groundwork.api.link import EngineLink
from groundwork.api.resources import Resources
from groundwork.domain.calendar import local_date
from groundwork.domain.credit import CreditPurpose
from groundwork.domain.credit_law import months_after
from groundwork.domain.identifiers import check_uscc, uscc_check_character
from groundwork.runtime.settings import Settings
from tests.api.house import PARK, REFORM, Cast, House, failing_uscc, fresh_key, sound_uscc
from tests.api.test_problems import check_shape
from tests.bureaus import FakeBureau, status

COMMITMENT, TOLERANCE = CreditPurpose.COMMITMENT, CreditPurpose.TOLERANCE
OFFICE = "business_environment_office"
TODAY = local_date(datetime.now(UTC))
LONG_AGO = TODAY - timedelta(days=200)
_numbers = iter(range(1, 1000))


def clean_uscc() -> str:
    """A credit code that no other test uses, and whose checks hold."""
    stem = f"91440784MA{next(_numbers):06}"
    codes = (stem + last + uscc_check_character(stem + last) for last in "0123456789X")
    return next(code for code in codes if check_uscc(code).clean)


def body(subject: str, **changes: Any) -> dict[str, Any]:
    return {
        "subject": subject,
        "kind": "overdue_commitment",
        "severity": "general",
        "decided_on": LONG_AGO.isoformat(),
        "document": "鹤营商〔2026〕7号",
        **changes,
    }


REPAIRED = {"corrected": True, "obligations_met": True, "promise": "信用鹤山网公示第7号"}


async def added(house: House, subject: str, **changes: Any) -> credit_shapes.KeptRecordShape:
    response = await house.post(OFFICE, "/credit/records", body(subject, **changes))
    assert response.status_code == 201, response.text
    return credit_shapes.KeptRecordShape.model_validate_json(response.content)


async def credit_of(house: House, subject: str, **more: Any) -> credit_shapes.CreditShape:
    response = await house.get(OFFICE, f"/credit/subjects/{subject}", **more)
    assert response.status_code == 200, response.text
    return credit_shapes.CreditShape.model_validate_json(response.content)


async def refused(house: House, path: str, content: Any, *, who: str = OFFICE) -> str:
    response = await house.post(who, f"/credit{path}", content)
    code: str = check_shape(response)["code"]
    return code


class TestAsking:
    async def test_somebody_unknown_is_an_a(self, house: House) -> None:
        credit = await credit_of(house, clean_uscc())
        assert (credit.grade, credit.records, credit.source) == ("A", [], "register")
        assert all(purpose.eligible for purpose in credit.eligibility.values())

    async def test_tells_why_not_and_the_way_out(self, house: House) -> None:
        subject = clean_uscc()
        record = await added(house, subject, kind="penalty", severity="serious")
        credit = await credit_of(house, subject.lower())
        assert (credit.subject, credit.grade) == (subject, "D")
        for purpose in credit.eligibility.values():
            (ground,) = purpose.grounds
            assert not purpose.eligible
            assert ground.record == record.id
            assert ground.until == record.ends_on == months_after(LONG_AGO, 36)
            assert subject in ground.why
            assert "鹤营商〔2026〕7号" in ground.why
            assert ground.repairable_from.isoformat() in ground.remedy
        chinese = await credit_of(house, subject, headers={"Accept-Language": "zh"})
        assert chinese.records[0].severity_name == "严重失信"

    async def test_judges_purposes_apart(self, house: House) -> None:
        subject = clean_uscc()
        await added(house, subject, kind="other", severity="general")
        credit = await credit_of(house, subject)
        assert credit.eligibility[COMMITMENT].eligible
        assert credit.grade == "C"

    async def test_wants_a_credit_code(self, house: House) -> None:
        response = await house.get("housekeeper", "/credit/subjects/moon")
        assert check_shape(response)["code"] == "uscc_invalid"

    async def test_is_for_whoever_has_to_do_with_the_enterprise(self, house: House) -> None:
        project = await house.project(uscc=sound_uscc(), district="440784")
        expected = {"ops": 403, f"officer@{PARK}": 404, f"officer@{REFORM}": 404}
        for who in house.people:
            response = await house.get(who, f"/credit/subjects/{project['uscc']}")
            assert response.status_code == expected.get(who, 200), who
        overseers = {"administrator", "data_bureau", OFFICE}
        for who in house.people.keys() - {"ops"}:
            response = await house.get(who, f"/credit/subjects/{failing_uscc()}")
            assert response.status_code == (200 if who in overseers else 404), who


class TestAdding:
    async def test_is_done_once_per_key(self, house: House) -> None:
        subject, key = clean_uscc(), fresh_key()
        first = await house.post(OFFICE, "/credit/records", body(subject), key=key)
        again = await house.post(OFFICE, "/credit/records", body(subject), key=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert len((await credit_of(house, subject)).records) == 1
        other = await house.post(
            OFFICE, "/credit/records", body(subject, document="另一文号"), key=key
        )
        assert check_shape(other)["code"] == "key_reused"

    async def test_notes_who_did_it(self, house: House) -> None:
        record = await added(house, clean_uscc())
        assert record.filed_by == house.people[OFFICE]
        assert record.ends_on == months_after(LONG_AGO, 12)
        shortest = months_after(LONG_AGO, 3)
        assert (await added(house, clean_uscc(), ends_on=shortest.isoformat())).ends_on == shortest

    async def test_wants_a_reason_for_a_code_that_fails(self, house: House) -> None:
        subject = failing_uscc()
        assert await refused(house, "/records", body(subject)) == "uscc_check_digit"
        assert await refused(house, "/records", body("moon")) == "uscc_invalid"
        record = await added(house, subject, uscc_override_reason="已核营业执照")
        assert record.uscc_override_reason == "已核营业执照"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"decided_on": (TODAY + timedelta(days=1)).isoformat()}, "#/decided_on"),
            ({"publish_on": (LONG_AGO - timedelta(days=1)).isoformat()}, "#/publish_on"),
            ({"ends_on": months_after(LONG_AGO, 13).isoformat()}, "#/ends_on"),
            ({"ends_on": months_after(LONG_AGO, 2).isoformat()}, "#/ends_on"),
            ({"severity": "terrible"}, "#/severity"),
            ({"document": ""}, "#/document"),
        ],
    )
    async def test_wants_days_and_words_that_can_be(
        self, house: House, changes: dict[str, Any], field: str
    ) -> None:
        response = await house.post(OFFICE, "/credit/records", body(clean_uscc(), **changes))
        assert [error["pointer"] for error in check_shape(response)["errors"]] == [field]

    @pytest.mark.parametrize("who", ["housekeeper", "project_manager", "data_bureau"])
    async def test_is_for_the_business_environment_office(self, house: House, who: str) -> None:
        content = body(clean_uscc())
        assert await refused(house, "/records", content, who=who) == "not_permitted"
        repair = "/records/cr-x/repair"
        assert await refused(house, repair, REPAIRED, who=who) == "not_permitted"


class TestRepair:
    async def test_ends_everything_at_once(self, house: House) -> None:
        subject = clean_uscc()
        record = await added(house, subject, publish_on=LONG_AGO.isoformat())
        assert not (await credit_of(house, subject)).eligibility[TOLERANCE].eligible
        assert record.id in await published(house)
        key, path = fresh_key(), f"/credit/records/{record.id}/repair"
        first = await house.post(OFFICE, path, REPAIRED, key=key)
        again = await house.post(OFFICE, path, REPAIRED, key=key)
        assert first.status_code == again.status_code == 200
        assert first.json() == again.json()
        repaired = credit_shapes.KeptRecordShape.model_validate_json(first.content)
        assert (repaired.repaired_on, repaired.promise) == (TODAY, REPAIRED["promise"])
        assert repaired.repaired_by == house.people[OFFICE]
        credit = await credit_of(house, subject)
        assert credit.grade == "A"
        assert all(purpose.eligible for purpose in credit.eligibility.values())
        assert record.id not in await published(house)
        other = await house.post(OFFICE, path, REPAIRED | {"promise": "另一处"}, key=key)
        assert check_shape(other)["code"] == "key_reused"
        assert await refused(house, path.removeprefix("/credit"), REPAIRED) == (
            "credit_nothing_to_repair"
        )

    async def test_waits_for_the_minimum(self, house: House) -> None:
        record = await added(house, clean_uscc(), decided_on=TODAY.isoformat())
        response = await house.post(OFFICE, f"/credit/records/{record.id}/repair", REPAIRED)
        problem = check_shape(response)
        assert problem["code"] == "credit_repair_too_early"
        first_day = months_after(TODAY, 3) + timedelta(days=1)
        assert record.repairable_from == first_day
        assert first_day.isoformat() in problem["detail"]

    async def test_wants_all_three_conditions(self, house: House) -> None:
        record = await added(house, clean_uscc())
        path = f"/records/{record.id}/repair"
        for lacking in REPAIRED:
            short = {name: value for name, value in REPAIRED.items() if name != lacking}
            assert await refused(house, path, short) == "invalid_request"
        assert await refused(house, path, REPAIRED | {"corrected": False}) == "invalid_request"

    async def test_wants_a_record(self, house: House) -> None:
        assert await refused(house, "/records/cr-x/repair", REPAIRED) == "credit_record_not_found"


async def published(house: House) -> dict[str, credit_shapes.PublishedShape]:
    shown: dict[str, credit_shapes.PublishedShape] = {}
    cursor = ""
    while True:
        response = await house.get(OFFICE, f"/credit/published?limit=2{cursor}")
        page = shapes.Listed[credit_shapes.PublishedShape].model_validate_json(response.content)
        shown |= {record.id: record for record in page.items}
        if page.next is None:
            return shown
        cursor = f"&cursor={page.next}"


async def test_what_is_published_begins_on_its_day_and_names_nobody(house: House) -> None:
    record = await added(house, clean_uscc(), publish_on=TODAY.isoformat())
    later = await added(house, clean_uscc(), publish_on=(TODAY + timedelta(days=1)).isoformat())
    hidden = await added(house, clean_uscc())
    shown = await published(house)
    assert record.id in shown
    assert not {later.id, hidden.id} & shown.keys()
    response = await house.get("housekeeper", "/credit/published")
    assert house.people[OFFICE] not in response.text


class TestWithABureau:
    @pytest.fixture
    def fake(self) -> FakeBureau:
        return FakeBureau()

    @pytest.fixture
    async def connected(
        self, house: House, engine: AsyncEngine, settings: Settings, fake: FakeBureau
    ) -> AsyncIterator[House]:
        told, cast = fake.settings(settings), Cast(house.people, house.tokens)
        resources = Resources(told, engine, EngineLink(told), house.resources.shelf)
        async with House(house.app, resources, cast) as connected:
            yield connected

    async def test_the_bureau_answers_alone(self, connected: House, fake: FakeBureau) -> None:
        subject = clean_uscc()
        fake.records = [
            {
                "id": "b-1",
                "subject": subject,
                "kind": "false_commitment",
                "severity": "serious",
                "decided_on": date(2026, 1, 5).isoformat(),
            }
        ]
        with fake.open():
            credit = await credit_of(connected, subject)
            assert (credit.source, credit.grade) == ("bureau:127.0.0.1", "D")
            assert credit.eligibility[COMMITMENT].grounds[0].until is None
            fake.troubles.append(status(503))
            response = await connected.get(OFFICE, f"/credit/subjects/{subject}")
            assert check_shape(response)["code"] == "credit_unavailable"
            assert response.headers["retry-after"]
        response = await connected.get(OFFICE, f"/credit/subjects/{subject}")
        assert "did not answer" in check_shape(response)["detail"]
        assert subject not in response.text

    async def test_the_register_rests(self, connected: House) -> None:
        elsewhere = "credit_kept_elsewhere"
        assert await refused(connected, "/records", body(clean_uscc())) == elsewhere
        assert await refused(connected, "/records/cr-x/repair", REPAIRED) == elsewhere
        response = await connected.get("housekeeper", "/credit/published")
        assert check_shape(response)["code"] == elsewhere
