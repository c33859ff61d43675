"""The client of a credit bureau, against a real server that is slow, failing, wrong, then well."""

from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from groundwork.domain.credit import (
    CreditKind,
    CreditQuestion,
    CreditRecord,
    CreditReport,
    Severity,
)
from groundwork.runtime.bureau import (
    LARGEST_ANSWER,
    Bureau,
    BureauConflict,
    BureauRefused,
    BureauUnavailable,
    BureauUnreadable,
    bureau,
)
from groundwork.runtime.settings import Settings, SettingsError, load_settings
from tests.bureaus import TOKEN, FakeBureau, Trouble, says, sleeps, status

ENTERPRISE, FIRM = "91440784MA0000015C", "91440784MA00003300"
QUESTION = CreditQuestion(subjects=(ENTERPRISE, FIRM))
RECORD = CreditRecord(
    id="b-1",
    subject=ENTERPRISE,
    kind=CreditKind.PENALTY,
    severity=Severity.SERIOUS,
    decided_on=date(2026, 3, 2),
    ends_on=date(2029, 3, 2),
    document="鹤市监罚〔2026〕12号",
)
TOLD = RECORD.model_dump(mode="json")
REPORT = CreditReport(id="chain.1/x", record=RECORD, publish_on=date(2026, 3, 8))


@pytest.fixture
def fake() -> Iterator[FakeBureau]:
    fake = FakeBureau()
    fake.records = [TOLD]
    with fake.open():
        yield fake


@pytest.fixture
async def client(fake: FakeBureau, settings: Settings) -> AsyncIterator[Bureau]:
    client = Bureau(fake.settings(settings))
    yield client
    await client.aclose()


@pytest.fixture
async def patient(fake: FakeBureau, settings: Settings) -> AsyncIterator[Bureau]:
    client = Bureau(fake.settings(settings, credit_retries=2, credit_timeout=0.5))
    yield client
    await client.aclose()


async def test_the_records_come_as_the_bureau_has_them(client: Bureau, fake: FakeBureau) -> None:
    answer = await client.look_up(QUESTION)
    assert answer.records == (RECORD,)
    assert (answer.subjects, answer.source) == (QUESTION.subjects, "bureau:127.0.0.1")
    assert fake.asked == [{"subjects": [ENTERPRISE, FIRM]}]


class TestTrouble:
    async def test_that_passes_is_sat_out(self, patient: Bureau, fake: FakeBureau) -> None:
        fake.troubles.extend([sleeps(5), status(503)])
        assert (await patient.look_up(QUESTION)).records == (RECORD,)
        assert len(fake.asked) == 3

    async def test_that_lasts_is_told_with_its_remedy(
        self, patient: Bureau, fake: FakeBureau
    ) -> None:
        fake.troubles.extend([status(502), status(429), status(500)])
        with pytest.raises(BureauUnavailable, match=r"暂不可用.*500.*operators"):
            await patient.look_up(QUESTION)
        assert len(fake.asked) == 3

    async def test_of_a_slow_answer_ends_in_time(self, client: Bureau, fake: FakeBureau) -> None:
        fake.troubles.append(sleeps(30))
        with pytest.raises(BureauUnavailable, match="GROUNDWORK_CREDIT_URL"):
            await client.look_up(QUESTION)

    async def test_is_a_bureau_that_is_away(self, settings: Settings) -> None:
        client = Bureau(FakeBureau().settings(settings))
        with pytest.raises(BureauUnavailable, match=r"未能答复.*ConnectError"):
            await client.look_up(QUESTION)
        await client.aclose()

    @pytest.mark.parametrize("code", [400, 401, 403, 404, 301])
    async def test_that_no_retry_mends_is_not_retried(
        self, patient: Bureau, fake: FakeBureau, code: int
    ) -> None:
        fake.troubles.append(status(code))
        with pytest.raises(BureauRefused, match=rf"{code}.*GROUNDWORK_CREDIT_TOKEN"):
            await patient.look_up(QUESTION)
        assert len(fake.asked) == 1

    async def test_is_a_wrong_token(self, fake: FakeBureau, settings: Settings) -> None:
        client = Bureau(fake.settings(settings, credit_token="wrong-secret"))
        with pytest.raises(BureauRefused, match="401") as refused:
            await client.look_up(QUESTION)
        assert "wrong-secret" not in str(refused.value)
        await client.aclose()


def told(**changes: Any) -> dict[str, Any]:
    return {"subjects": [ENTERPRISE, FIRM], "records": [TOLD | changes]}


@pytest.mark.parametrize(
    "trouble",
    [
        says(b""),
        says(b"<html>welcome</html>"),
        says(b"\xff\xfe"),
        says([]),
        says({"records": []}),
        says({"subjects": [ENTERPRISE, FIRM]}),
        says({"subjects": [FIRM, ENTERPRISE], "records": []}),
        says({"subjects": [ENTERPRISE], "records": []}),
        says(told() | {"more": True}),
        says(told(severity="terrible")),
        says(told(kind="unheard_of")),
        says(told(decided_on="02/03/2026")),
        says(told(decided_on=1772409600)),
        says(told(ends_on="2026-03-01")),
        says(told(repaired_on="2026-03-01")),
        says(told(surprise=1)),
        says(told(id=7)),
        says(told(subject="91440784MA0000285Y")),
        says({"subjects": [ENTERPRISE, FIRM], "records": [TOLD, TOLD]}),
        says(b" " * (LARGEST_ANSWER + 1)),
    ],
)
async def test_an_answer_that_is_not_sound_is_never_used(
    client: Bureau, fake: FakeBureau, trouble: Trouble
) -> None:
    fake.troubles.append(trouble)
    with pytest.raises(BureauUnreadable, match=r"不符合约定.*docs/credit.md") as refused:
        await client.look_up(QUESTION)
    assert ENTERPRISE not in str(refused.value)
    assert (await client.look_up(QUESTION)).records == (RECORD,)


class TestKeepingAnswers:
    @pytest.fixture
    async def keeper(self, fake: FakeBureau, settings: Settings) -> AsyncIterator[Bureau]:
        client = Bureau(fake.settings(settings, credit_cache_seconds=600))
        yield client
        await client.aclose()

    async def test_saves_questions(self, keeper: Bureau, fake: FakeBureau) -> None:
        first = await keeper.look_up(QUESTION)
        assert await keeper.look_up(QUESTION) == first
        assert len(fake.asked) == 1
        await keeper.look_up(CreditQuestion(subjects=(FIRM,)))
        assert len(fake.asked) == 2

    async def test_never_saves_a_failure(self, keeper: Bureau, fake: FakeBureau) -> None:
        fake.troubles.append(status(503))
        with pytest.raises(BureauUnavailable):
            await keeper.look_up(QUESTION)
        assert (await keeper.look_up(QUESTION)).records == (RECORD,)

    async def test_ends_with_a_report_about_the_subject(
        self, keeper: Bureau, fake: FakeBureau
    ) -> None:
        fake.records = []
        assert (await keeper.look_up(QUESTION)).records == ()
        await keeper.file(REPORT)
        assert (await keeper.look_up(QUESTION)).records == (RECORD,)

    async def test_can_be_turned_off(self, client: Bureau, fake: FakeBureau) -> None:
        await client.look_up(QUESTION)
        await client.look_up(QUESTION)
        assert len(fake.asked) == 2


class TestReports:
    async def test_arrive_whole_and_once(self, client: Bureau, fake: FakeBureau) -> None:
        await client.file(REPORT)
        await client.file(REPORT)
        assert fake.reports == {REPORT.id: REPORT.model_dump(mode="json")}

    async def test_that_the_bureau_has_otherwise_wait_for_people(
        self, client: Bureau, fake: FakeBureau
    ) -> None:
        fake.reports[REPORT.id] = {}
        with pytest.raises(BureauConflict, match="与平台核对"):
            await client.file(REPORT)

    async def test_keep_an_id_whatever_it_holds(self, client: Bureau, fake: FakeBureau) -> None:
        await client.file(REPORT)
        assert fake.reports.keys() == {REPORT.id}


class TestSettings:
    def test_without_an_address_there_is_no_bureau(self, settings: Settings) -> None:
        assert bureau(settings) is None

    @pytest.mark.parametrize(
        "url", ["http://user:pass@bureau.test", "https://bureau.test?x=1", "http://[::1"]
    )
    def test_an_address_that_cannot_be_used_is_told(self, settings: Settings, url: str) -> None:
        with pytest.raises(SettingsError, match=r"GROUNDWORK_CREDIT_URL.*https://credit.example"):
            Bureau(settings.model_copy(update={"credit_url": url}))

    async def test_the_token_may_stand_in_a_file(
        self, fake: FakeBureau, settings: Settings, tmp_path: Path
    ) -> None:
        file = tmp_path / "token"
        file.write_text(f"{TOKEN}\n")
        client = Bureau(fake.settings(settings, credit_token=None, credit_token_file=file))
        assert (await client.look_up(QUESTION)).records == (RECORD,)
        await client.aclose()

    def test_a_token_that_cannot_be_read_is_told(self, settings: Settings, tmp_path: Path) -> None:
        empty = tmp_path / "empty"
        empty.touch()
        for file in (tmp_path / "nowhere", empty):
            changes = {"credit_url": "http://bureau.test", "credit_token_file": file}
            with pytest.raises(SettingsError, match="GROUNDWORK_CREDIT_TOKEN_FILE"):
                Bureau(settings.model_copy(update=changes))

    def test_one_token_is_enough(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GROUNDWORK_CREDIT_TOKEN", TOKEN)
        assert TOKEN not in repr(load_settings())
        monkeypatch.setenv("GROUNDWORK_CREDIT_TOKEN_FILE", "somewhere")
        with pytest.raises(SettingsError, match="given twice") as refused:
            load_settings()
        assert TOKEN not in str(refused.value)
