"""What inspectors take away from the API: signed heads, keys, exports and the file of one case."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.catalogue.calendars import load_calendar
from groundwork.catalogue.loader import latest
from groundwork.domain.calendar import local_date
from groundwork.domain.rules import Rules
from groundwork.store.proof_reading import verify_file
from groundwork.store.signatures import SigningKey, fingerprint
from groundwork.store.signed_heads import SignedHeads
from tests.api.house import House
from tests.api.recorded import recorded, started

KEY = SigningKey.new()
AUDITOR = "data_bureau"


@pytest.fixture
async def chain(house: House, engine: AsyncEngine) -> str:
    """A chain in the record, signed yesterday, on which an attempt was refused."""
    play = await started(
        house, engine, Rules(latest("land-to-construction"), load_calendar("cn-2026.1"))
    )
    chain = await recorded(engine, play.wait("2026-03-12 09:00").decide("L01"))
    await house.resources.denials.write("p-9", "decide", f"chains/{chain}/commands/decide", "other")
    await SignedHeads(engine).sign(datetime.now(UTC), KEY)
    return chain


class TestHeads:
    async def test_they_are_listed_with_their_signatures(self, house: House, chain: str) -> None:
        heads = (await house.get(AUDITOR, "/audit/heads")).json()["items"]
        assert heads[0]["day"] == str(local_date(datetime.now(UTC)) - timedelta(days=1))
        assert {one["good"] for one in heads} == {True}
        assert {one["stamped_at"] for one in heads} == {None}

    async def test_the_public_key_is_open_to_everybody_who_is_signed_in(
        self, house: House, chain: str
    ) -> None:
        (key,) = (await house.get("ops", "/audit/keys")).json()["items"]
        assert key["fingerprint"] == fingerprint(key["public_key"])
        assert key["pem"].startswith("-----BEGIN PUBLIC KEY-----")
        assert (await house.get(None, "/audit/keys")).status_code == 401

    @pytest.mark.parametrize(
        "path", ["/audit/heads", "/audit/export", "/audit/chains/none/case.pdf"]
    )
    async def test_all_else_is_for_overseers(self, house: House, path: str) -> None:
        response = await house.get("housekeeper", path)
        assert (response.status_code, response.json()["code"]) == (403, "not_permitted")


class TestExport:
    @pytest.mark.parametrize("scope", ["chain", "project", "all"])
    async def test_it_can_be_checked_elsewhere(self, house: House, chain: str, scope: str) -> None:
        project = chain.partition(".")[2]
        query = {"chain": {"chain": chain}, "project": {"project": project}, "all": {}}[scope]
        response = await house.get(AUDITOR, "/audit/export", params=query)
        assert response.headers["content-type"] == "application/jsonl"
        verdict = verify_file(response.content.splitlines(keepends=True))
        assert verdict.findings == ()
        assert verdict.counts["denial"] >= 1
        assert chain.encode() in response.content

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"chain": "none"}, "chain_not_found"),
            ({"project": "2603-440784-04-01-000001"}, "project_not_found"),
        ],
    )
    async def test_what_is_not_there_is_not_exported(
        self, house: House, query: dict[str, str], code: str
    ) -> None:
        response = await house.get(AUDITOR, "/audit/export", params=query)
        assert (response.status_code, response.json()["code"]) == (404, code)


class TestCaseFile:
    @pytest.mark.parametrize(
        ("language", "said"),
        [
            (
                "zh",
                [
                    "案件卷宗",
                    "参与方",
                    "环节、计时与时限说明",
                    "承诺时限",
                    "全部办理记录",
                    "完整，未发现问题",
                ],
            ),
            (
                "en",
                [
                    "Case file",
                    "Parties",
                    "Steps, their clocks",
                    "Promised",
                    "Full history",
                    "the record is whole",
                ],
            ),
        ],
    )
    async def test_it_holds_what_the_decisions_stand_on(
        self, house: House, chain: str, language: str, said: list[str]
    ) -> None:
        response = await house.get(
            AUDITOR, f"/audit/chains/{chain}/case.pdf", headers={"Accept-Language": language}
        )
        assert response.headers["content-type"] == "application/pdf"
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(response.content)).pages)
        joined = text.replace("\n", "")
        for words in said:
            assert words in joined, words
        assert KEY.public in joined
        assert "p-9" in joined
        assert "某人" not in joined

    async def test_a_chain_that_is_not_there_has_none(self, house: House) -> None:
        response = await house.get(AUDITOR, "/audit/chains/none/case.pdf")
        assert (response.status_code, response.json()["code"]) == (404, "chain_not_found")
