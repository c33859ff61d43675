"""Who was on site: at a joint visit and to verify a commitment, people of the lead department."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from groundwork.api.chain_shapes import ChainDetail
from groundwork.domain.calendar import local_date
from groundwork.domain.model import Role
from groundwork.store.deputies import Deputies
from groundwork.store.engine import create_engine
from tests.api.desks import hire
from tests.api.house import PARK, REFORM, House
from tests.api.production import UNITS, consulted

PARKS, OTHERS = f"officer@{PARK}", f"officer@{REFORM}"
SECOND, LEAVER = "second officer", "leaver"
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture
async def house(halls_house: House) -> House:
    """The API of the halls, with a colleague of the park's officer and somebody who left."""
    halls_house.people = dict(halls_house.people)
    await hire(halls_house, SECOND, Role.SECTION_HEAD)
    await hire(halls_house, LEAVER, Role.OFFICER)
    await halls_house.resources.people.deactivate(halls_house.people[LEAVER])
    halls_house.resources.standing.forget()
    return halls_house


def named(house: House, *who: str) -> list[str]:
    """Their ids; a word that is nobody's name stays as it is."""
    return [house.people.get(one, one) for one in who]


async def visit(house: House, chain: str, *who: str, by: str = PARKS) -> httpx.Response:
    """Record a visit of today by them."""
    today = local_date(datetime.now(UTC)).isoformat()
    fields: dict[str, Any] = {"step": "H02.B1", "visited_on": today}
    fields["officers"] = named(house, *who)
    return await house.act(by, chain, "record_visit", **fields)


async def consultation(house: House, chain: str) -> dict[str, Any]:
    """The consultation on the first hall, as the chain tells it."""
    response = await house.get("housekeeper", f"/chains/{chain}")
    ChainDetail.model_validate(response.json())
    steps = {one["key"]: one for one in response.json()["steps"]}
    found: dict[str, Any] = steps["H02.B1"]["consultation"]
    return found


class TestAJointVisit:
    async def test_is_told_with_who_was_there(self, house: House) -> None:
        chain = await consulted(house)
        assert (await consultation(house, chain))["visited_by"] == []
        done = await visit(house, chain, PARKS, SECOND)
        assert done.status_code == 200, done.text
        who = named(house, PARKS, SECOND)
        assert (await consultation(house, chain))["visited_by"] == who
        events = (await house.get("housekeeper", f"/chains/{chain}/timeline")).json()["items"]
        (held,) = [one for one in events if one["type"] == "site_visit_held"]
        assert held["body"]["officers"] == who
        case = await house.get("data_bureau", f"/audit/chains/{chain}/case.pdf")
        pages = PdfReader(BytesIO(case.content)).pages
        # Lines of a narrow column break anywhere.
        text = "".join(one for page in pages for one in page.extract_text().split())
        assert f"onsite:{','.join(who)}" in text

    @pytest.mark.parametrize("who", [(), (PARKS,), (PARKS, PARKS)])
    async def test_takes_as_many_as_the_definition_asks(
        self, house: House, who: tuple[str, ...]
    ) -> None:
        refused = await visit(house, await consulted(house), *who)
        assert (refused.status_code, refused.json()["code"]) == (422, "visit_officers_missing")
        assert "2 officers" in refused.json()["detail"]

    async def test_is_by_people_in_office_of_the_department(self, house: House) -> None:
        chain = await consulted(house)
        for stranger in (OTHERS, LEAVER, "housekeeper", "person-of-whom-nobody-heard"):
            for by in (PARKS, "administrator"):
                refused = await visit(house, chain, PARKS, SECOND, stranger, by=by)
                assert (refused.status_code, refused.json()["code"]) == (422, "officers_unfit")
            assert named(house, stranger)[0] in refused.json()["detail"]
        assert (await consultation(house, chain))["visited_on"] is None

    async def test_is_previewed_as_it_would_be_judged(self, house: House) -> None:
        chain = await consulted(house)
        body = {"step": "H02.B1", "visited_on": local_date(datetime.now(UTC)).isoformat()}
        path = f"/chains/{chain}/previews/record_visit"
        for who, code in (((PARKS, OTHERS), "officers_unfit"), ((), "visit_officers_missing")):
            told = await house.post(PARKS, path, body | {"officers": named(house, *who)})
            assert told.json()["code"] == code
        told = await house.post(PARKS, path, body | {"officers": named(house, PARKS, SECOND)})
        assert [one["type"] for one in told.json()["events"]] == ["site_visit_held"]

    async def test_is_judged_by_the_actors_own_department_while_the_record_is_away(
        self, house: House
    ) -> None:
        chain = await consulted(house)
        away = create_engine(NOWHERE)
        house.resources.deputies = Deputies(away)
        refused = await visit(house, chain, PARKS, OTHERS)
        assert (refused.status_code, refused.json()["code"]) == (422, "officers_unfit")
        done = await visit(house, chain, PARKS, SECOND)
        assert done.status_code == 200, done.text
        await away.dispose()


class TestAVerification:
    async def test_is_by_people_in_office_of_the_department(self, house: House) -> None:
        chain = await house.launch(chain="test-halls", units=UNITS)
        signed = {"step": "H03", "signature": "函-1"}
        for verb, fields in (
            ("decide", {"step": "H01", "result": "pass"}),
            ("receive", {"step": "H03", "materials": ["form"]}),
            ("draft_commitment", {"step": "H03", "obligations": ["按期投产"]}),
            ("sign_commitment", signed),
        ):
            done = await house.act("administrator", chain, verb, **fields)
            assert done.status_code == 200, done.text
        kept = {"commitment": "H03-commitment", "outcome": "fulfilled"}
        for who in ((PARKS,), (OTHERS, "甲"), (LEAVER,)):
            officers = named(house, *who)
            refused = await house.act(OTHERS, chain, "verify_commitment", officers=officers, **kept)
            assert (refused.status_code, refused.json()["code"]) == (422, "officers_unfit")
        officers = named(house, OTHERS)
        done = await house.act(OTHERS, chain, "verify_commitment", officers=officers, **kept)
        assert done.status_code == 200, done.text
        shown = (await house.get("housekeeper", f"/chains/{chain}")).json()["commitments"]
        assert [one["officers"] for one in shown] == [officers]
