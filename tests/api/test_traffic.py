"""How much and how slowly somebody may ask, and what stands in the head of every answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from httpx import Response

from groundwork.api.patience import PatientProtocol
from groundwork.api.traffic import Traffic
from groundwork.runtime import processes
from tests.api.house import PREFIX, House

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def bounded(house: House, **settings: object) -> None:
    """Have the house keep to other bounds."""
    house.resources.settings = house.resources.settings.model_copy(update=settings)
    house.resources.traffic = Traffic(house.resources.settings)


class TestHowOften:
    async def test_an_account_may_ask_is_bounded_for_it_alone(self, house: House) -> None:
        bounded(house, requests_per_account=3)
        answers = [await house.get("housekeeper", "/projects") for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        assert answers[-1].json()["code"] == "too_many_requests"
        assert int(answers[-1].headers["retry-after"]) > 0
        assert (await house.get("ops", "/catalogue")).status_code == 200
        page = await house.http.get(
            "/projects",
            headers={
                "authorization": f"Bearer {house.tokens['housekeeper']}",
                "accept": "text/html",
            },
        )
        assert (page.status_code, "text/html" in page.headers["content-type"]) == (429, True)

    async def test_an_address_may_ask_is_bounded_whoever_it_is(self, house: House) -> None:
        bounded(house, requests_per_address=2, trusted_proxies="127.0.0.1")
        await self._asks(house, "203.0.113.7")
        assert (await self._asks(house, "203.0.113.7")).status_code == 200
        refused = await self._asks(house, "203.0.113.7")
        assert refused.status_code == 429
        assert "retry-after" in refused.headers
        assert (await self._asks(house, "203.0.113.8")).status_code == 200
        probes = [await house.http.get("/healthz") for _ in range(5)]
        assert {one.status_code for one in probes} == {200}

    async def _asks(self, house: House, address: str) -> Response:
        return await house.http.get("/sign-in", headers={"x-forwarded-for": address})

    async def test_is_not_bounded_by_0(self, house: House) -> None:
        bounded(house, requests_per_account=0, requests_per_address=0)
        for _ in range(5):
            assert (await house.get("ops", "/catalogue")).status_code == 200


class TestEveryAnswer:
    @pytest.mark.parametrize("path", ["/sign-in", "/healthz", f"{PREFIX}/projects", "/nowhere"])
    async def test_guards_who_reads_it(self, house: House, path: str) -> None:
        answer = await house.http.get(path)
        assert ALWAYS.items() <= dict(answer.headers).items()
        policy = answer.headers["content-security-policy"]
        assert policy.startswith(("default-src 'none'", "default-src 'self'"))
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["referrer-policy"] in {"no-referrer", "same-origin"}
        assert "strict-transport-security" not in answer.headers

    async def test_asks_for_tls_ever_after_where_there_is_tls(self, house: House) -> None:
        bounded(house, public_url="https://approvals.example")
        answer = await house.http.get("/sign-in")
        assert int(answer.headers["strict-transport-security"].removeprefix("max-age=")) > 10**7


class TestARequestThatDawdles:
    async def test_with_its_body_is_given_up(self, house: House) -> None:
        bounded(house, request_silence=0.2)

        head = (
            f"POST {PREFIX}/people/{house.people['ops']}/tokens HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {house.tokens['administrator']}\r\n"
            "Idempotency-Key: a-slow-request\r\nContent-Type: application/json\r\n"
            'Content-Length: 20\r\n\r\n{"label":'
        )
        async with served(house) as base:
            host, _, port = base.removeprefix("http://").partition(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(head.encode())
            answer = (await reader.read()).decode()
            writer.close()
        assert answer.startswith("HTTP/1.1 408")
        assert '"code":"request_too_slow"' in answer
        assert "connection: close" in answer.lower()

    async def test_with_its_answer_is_given_up_and_may_be_sent_again(self, house: House) -> None:
        bounded(house, request_seconds=0.2)
        house.resources.identities.forget()
        async with house.resources.database.begin() as connection:
            await connection.exec_driver_sql("LOCK TABLE api_token IN ACCESS EXCLUSIVE MODE")
            answer = await house.get("housekeeper", "/projects")
        assert (answer.status_code, answer.json()["code"]) == (503, "request_too_long")
        assert int(answer.headers["retry-after"]) > 0

    async def test_with_its_head_loses_its_connection(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(PatientProtocol, "header_seconds", 0.3)
        async with served(house) as base:
            host, _, port = base.removeprefix("http://").partition(":")
            for begun in (b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n"):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(begun)
                assert await reader.read() == b"", "closed without an answer"
                writer.close()
            # The next request on a connection is held to it as well; a whole one is answered.
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            writer.write(b"GET /healthz HT")
            assert b"HTTP/1.1 200" not in await reader.read()
            writer.close()


@asynccontextmanager
async def served(house: House) -> AsyncIterator[str]:
    """The house on a port of its own, served as in production."""
    port = processes.free_port()
    config = uvicorn.Config(
        house.app, port=port, http=PatientProtocol, lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task
