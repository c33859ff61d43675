"""Uploads over a bad line: whatever breaks, they go on from where they were."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api import document_shapes as shapes
from groundwork.api.link import EngineLink
from groundwork.api.resources import Resources
from groundwork.api.shelf import Shelf
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.settings import Settings
from tests.api.bags import WHO, begin, code, content_of, finish, handed_in, send
from tests.api.house import PREFIX, Cast, House, fresh_key, project_body
from tests.api.test_process import answers, serving
from tests.papers_of_all_kinds import DOCX, PDF, pdf

MIB = 1024 * 1024


@pytest.fixture
async def project(house: House) -> str:
    created: str = (await house.project())["code"]
    return created


async def begun(house: House, project: str, content: bytes, **more: Any) -> str:
    response = await begin(house, project, content, **more)
    assert response.status_code == 201, response.text
    return shapes.UploadShape.model_validate_json(response.content).id


async def received(house: House, project: str, upload: str) -> int:
    response = await house.get(WHO, f"/projects/{project}/uploads/{upload}")
    return shapes.UploadShape.model_validate_json(response.content).received


def files_of(house: House) -> list[str]:
    place = house.resources.settings.data_dir / "documents"
    return [path.parts[-3] for path in place.rglob("*") if path.is_file()]


class TestSending:
    async def test_parts_one_after_the_other_make_a_document(
        self, house: House, project: str
    ) -> None:
        content = pdf("in parts", 3 * MIB)
        upload = await begun(house, project, content, material="site-plan")
        for offset in range(0, len(content), MIB):
            sent = await send(house, project, upload, offset, content[offset : offset + MIB])
            assert sent.json()["received"] == min(offset + MIB, len(content))
        done = await finish(house, project, upload)
        assert done.status_code == 200, done.text
        taken = shapes.TakenShape.model_validate_json(done.content)
        assert (await content_of(house, project, taken.document)).content == content
        assert (await finish(house, project, upload)).json() == done.json()
        told = (await house.get(WHO, f"/projects/{project}/uploads/{upload}")).json()
        assert (told["state"], told["document"]) == ("finished", taken.document)
        assert files_of(house) == ["kept"]

    async def test_a_part_from_elsewhere_is_told_where_to_go_on(
        self, house: House, project: str
    ) -> None:
        content = pdf("offsets", 1000)
        upload = await begun(house, project, content)
        await send(house, project, upload, 0, content[:600])
        for offset in (0, 599, 601, 5000):
            refused = await send(house, project, upload, offset, content[:10])
            assert code(refused) == (409, "upload_offset_differs")
            assert refused.json()["received"] == 600
        early = await finish(house, project, upload)
        assert code(early) == (409, "upload_incomplete")
        assert early.json()["received"] == 600

    async def test_of_two_who_send_the_same_part_one_wins(self, house: House, project: str) -> None:
        content = pdf("rivals", 4000)
        upload = await begun(house, project, content)
        both = [send(house, project, upload, 0, content[:2000]) for _ in range(2)]
        assert sorted(one.status_code for one in await asyncio.gather(*both)) in (
            [200, 409],
            [200, 409],
        )
        await send(house, project, upload, 2000, content[2000:])
        taken = (await finish(house, project, upload)).json()
        assert (await content_of(house, project, taken["document"])).content == content

    async def test_two_who_finish_at_once_make_one_document(
        self, house: House, project: str
    ) -> None:
        content = pdf("finished twice")
        upload = await begun(house, project, content)
        await send(house, project, upload, 0, content)
        both = await asyncio.gather(*(finish(house, project, upload) for _ in range(2)))
        assert both[0].json()["document"] == both[1].json()["document"]
        listed = (await house.get(WHO, f"/projects/{project}/documents")).json()["items"]
        assert len(listed) == 1

    async def test_too_much_is_refused(self, house: House, project: str) -> None:
        content = pdf("too much")
        upload = await begun(house, project, content)
        refused = await send(house, project, upload, 0, content + b"x")
        assert code(refused) == (422, "document_size_differs")
        huge = await send(house, project, upload, 0, b"x" * (8 * MIB + 1))
        assert code(huge) == (413, "body_too_large")
        assert await received(house, project, upload) == 0

    async def test_is_the_business_of_whoever_began_it(self, house: House, project: str) -> None:
        content = pdf("mine")
        upload = await begun(house, project, content)
        other = await send(house, project, upload, 0, content, who="housekeeper")
        assert code(other) == (404, "upload_not_found")
        elsewhere = (await house.project())["code"]
        assert code(await finish(house, elsewhere, upload)) == (404, "upload_not_found")
        assert code(await begin(house, project, content, who="data_bureau")) == (
            403,
            "not_permitted",
        )


class TestBeginning:
    async def test_twice_with_one_key_is_once(self, house: House, project: str) -> None:
        content, key = pdf("begun"), fresh_key()
        first = await begun(house, project, content, key=key)
        await send(house, project, first, 0, content[:10])
        again = (await begin(house, project, content, key=key)).json()
        assert (again["id"], again["received"]) == (first, 10)
        other = await begin(house, project, pdf("something else"), key=key)
        assert code(other) == (422, "key_reused")

    async def test_what_the_bag_has_need_not_be_sent(self, house: House, project: str) -> None:
        content = pdf("known")
        document = (await handed_in(house, project, content, material="site-plan"))["document"]
        same = await begin(house, project, content, material="site-plan")
        assert same.status_code == 200
        assert (same.json()["state"], same.json()["document"]) == ("finished", document)
        other = (await begin(house, project, content, material="design-scheme")).json()
        assert (other["state"], other["already"]) == ("finished", True)
        assert other["document"] != document
        assert (await content_of(house, project, other["document"])).content == content

    async def test_a_known_content_under_another_format_must_come_whole(
        self, house: House, project: str
    ) -> None:
        await handed_in(house, project, DOCX, "a.docx")
        told = (await begin(house, project, DOCX, "a.xlsx")).json()
        assert told["state"] == "open"
        await send(house, project, told["id"], 0, DOCX)
        assert code(await finish(house, project, told["id"])) == (422, "document_type_differs")

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"size": 0}, (422, "document_empty")),
            ({"size": 201 * MIB}, (413, "document_too_large")),
            ({"size": -1}, (422, "invalid_request")),
            ({"file_name": "a/b.pdf"}, (422, "document_name_unfit")),
            ({"file_name": "a.html"}, (415, "document_type_refused")),
            ({"sha256": "A" * 64}, (422, "invalid_request")),
            ({"material": "x"}, (422, "document_material_unknown")),
            ({"document": "d-x"}, (404, "document_not_found")),
        ],
    )
    async def test_what_can_be_known_to_fail_is_refused_at_once(
        self, house: House, project: str, changes: dict[str, Any], refusal: tuple[int, str]
    ) -> None:
        assert code(await begin(house, project, PDF, **changes)) == refusal


class TestChecking:
    @pytest.mark.parametrize(
        ("sent", "refusal"),
        [
            (b"%PDF-1.7 damaged", "document_hash_differs"),
            (b"not a PDF at all", "document_type_differs"),
        ],
    )
    async def test_what_fails_is_not_kept(
        self, house: House, project: str, sent: bytes, refusal: str
    ) -> None:
        told = sha256(sent).hexdigest() if refusal == "document_type_differs" else "0" * 64
        upload = await begun(house, project, sent, sha256=told)
        await send(house, project, upload, 0, sent)
        assert code(await finish(house, project, upload)) == (422, refusal)
        assert code(await finish(house, project, upload)) == (404, "upload_not_found")
        assert files_of(house) == []

    async def test_a_document_that_was_removed_meanwhile_gets_no_version(
        self, house: House, project: str
    ) -> None:
        document = (await handed_in(house, project))["document"]
        content = pdf("too late")
        upload = await begun(house, project, content, document=document)
        await send(house, project, upload, 0, content)
        await house.ask(WHO, "DELETE", f"/projects/{project}/documents/{document}")
        assert code(await finish(house, project, upload)) == (404, "document_not_found")


class TestForgetting:
    async def test_unfinished_uploads_go_after_their_time(self, house: House, project: str) -> None:
        content = pdf("forgotten")
        upload = await begun(house, project, content)
        await send(house, project, upload, 0, content[:20])
        desk = house.resources.document_desk
        await desk.round()
        assert await received(house, project, upload) == 20
        await desk.round(datetime.now(UTC) + timedelta(hours=73))
        assert code(await finish(house, project, upload)) == (404, "upload_not_found")
        assert files_of(house) == []

    async def test_finished_ones_go_and_their_documents_stay(
        self, house: House, project: str
    ) -> None:
        content = pdf("stays")
        document = (await handed_in(house, project, content))["document"]
        await house.resources.document_desk.round(datetime.now(UTC) + timedelta(hours=73))
        assert (await content_of(house, project, document)).content == content

    async def test_a_content_kept_for_nothing_goes_too(self, house: House, project: str) -> None:
        # As after a power cut between keeping the content and noting the document.
        content = pdf("for nothing")
        upload = await begun(house, project, content)
        await send(house, project, upload, 0, content)
        desk = house.resources.document_desk
        row = await desk.uploads.get(project, upload)
        assert row is not None
        with await desk.files.assembled(upload, row["parts"], len(content)) as staging:
            await desk.files.keep(staging.content())
        assert sorted(files_of(house)) == ["kept", "parts"]
        await desk.round(datetime.now(UTC) + timedelta(hours=73))
        assert files_of(house) == []

    async def test_one_may_give_up(self, house: House, project: str) -> None:
        content = pdf("given up")
        upload = await begun(house, project, content)
        await send(house, project, upload, 0, content[:20])
        path = f"/projects/{project}/uploads/{upload}"
        assert (await house.ask(WHO, "DELETE", path)).status_code == 204
        assert code(await house.get(WHO, path)) == (404, "upload_not_found")
        assert files_of(house) == []


class TestAnotherStorage:
    async def test_documents_live_wherever_fsspec_reaches(
        self, app: FastAPI, engine: AsyncEngine, shelf: Shelf, settings: Settings, cast: Cast
    ) -> None:
        chosen = settings.model_copy(update={"documents_url": f"memory://{fresh_key()}"})
        resources = Resources(chosen, engine, EngineLink(chosen), shelf)
        async with House(app, resources, cast) as house:
            project = (await house.project())["code"]
            content = pdf("in memory", 2 * MIB)
            upload = await begun(house, project, content)
            await send(house, project, upload, 0, content[:MIB])
            await send(house, project, upload, MIB, content[MIB:])
            document = (await finish(house, project, upload)).json()["document"]
            assert (await content_of(house, project, document)).content == content
            assert not (settings.data_dir / "documents").exists()


class TestKills:
    """A real process, really killed, on the way."""

    async def test_an_upload_goes_on_after_the_api_was_killed(
        self,
        database: str,
        cast: Cast,
        settings: Settings,
        temporal_server: EmbeddedTemporal,
    ) -> None:
        environment = {
            "DATABASE_URL": database,
            "TEMPORAL_ADDRESS": temporal_server.address,
            "GROUNDWORK_DATA_DIR": str(settings.data_dir),
        }
        content = pdf("killed", 5 * MIB)
        body = project_body()
        path = f"{PREFIX}/projects/{body['code']}"
        told = {
            "file_name": "图纸.pdf",
            "size": len(content),
            "sha256": sha256(content).hexdigest(),
            "material": "construction-drawings",
        }
        async with client(settings.port, cast) as http:
            async with serving(settings.port, **environment) as process:
                await until_it_answers(http)
                made = await http.post(f"{PREFIX}/projects", json=body, headers=keyed(cast))
                assert made.status_code == 201, made.text
                begun = await http.post(f"{path}/uploads", json=told, headers=keyed(cast))
                upload = f"{path}/uploads/{begun.json()['id']}"
                sent = await http.patch(upload, content=content[: 2 * MIB], headers=keyed(cast, 0))
                assert sent.json()["received"] == 2 * MIB
                half = dribble(content[2 * MIB : 4 * MIB], then=process.kill)
                with pytest.raises(httpx.TransportError):
                    await http.patch(upload, content=half, headers=keyed(cast, 2 * MIB))
                await process.wait()
            async with serving(settings.port, **environment):
                await until_it_answers(http)
                offset = (await http.get(upload, headers=keyed(cast))).json()["received"]
                assert 2 * MIB <= offset < 4 * MIB
                rest = await http.patch(
                    upload, content=content[offset:], headers=keyed(cast, offset)
                )
                assert rest.json()["received"] == len(content)
                done = await http.post(f"{upload}/finish", headers=keyed(cast))
                assert done.status_code == 200, done.text
                document = f"{path}/documents/{done.json()['document']}/content"
                assert (await http.get(document, headers=keyed(cast))).content == content

    async def test_of_a_part_that_breaks_off_what_came_is_kept(
        self,
        database: str,
        cast: Cast,
        settings: Settings,
        temporal_server: EmbeddedTemporal,
    ) -> None:
        environment = {
            "DATABASE_URL": database,
            "TEMPORAL_ADDRESS": temporal_server.address,
            "GROUNDWORK_DATA_DIR": str(settings.data_dir),
        }
        content, body = pdf("broken line", MIB), project_body()
        path = f"{PREFIX}/projects/{body['code']}"
        told = {
            "file_name": "图.pdf",
            "size": len(content),
            "sha256": sha256(content).hexdigest(),
        }
        async with serving(settings.port, **environment):
            async with client(settings.port, cast) as http:
                await until_it_answers(http)
                await http.post(f"{PREFIX}/projects", json=body, headers=keyed(cast))
                begun = await http.post(f"{path}/uploads", json=told, headers=keyed(cast))
                upload = f"{path}/uploads/{begun.json()['id']}"
            _, writer = await asyncio.open_connection("127.0.0.1", settings.port)
            head = "".join(f"{name}: {value}\r\n" for name, value in keyed(cast, 0).items())
            request = f"PATCH {upload} HTTP/1.1\r\nHost: x\r\n{head}"
            writer.write(f"{request}Content-Length: {len(content)}\r\n\r\n".encode())
            writer.write(content[: MIB // 2])
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            async with client(settings.port, cast) as http:
                while True:
                    told_now = await http.get(upload, headers=keyed(cast))
                    if offset := told_now.json()["received"]:
                        break
                    await asyncio.sleep(0.05)
                assert offset <= MIB // 2
                await http.patch(upload, content=content[offset:], headers=keyed(cast, offset))
                done = await http.post(f"{upload}/finish", headers=keyed(cast))
                assert done.status_code == 200, done.text


def client(port: int, cast: Cast) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30)


def keyed(cast: Cast, offset: int | None = None) -> dict[str, str]:
    """The headers of a write by the housekeeper."""
    headers = {
        "Authorization": f"Bearer {cast.tokens['housekeeper']}",
        "Idempotency-Key": fresh_key(),
    }
    return headers if offset is None else headers | {"Upload-Offset": str(offset)}


async def until_it_answers(http: httpx.AsyncClient) -> None:
    while not await answers(http):
        await asyncio.sleep(0.05)


async def dribble(data: bytes, then: Any) -> AsyncIterator[bytes]:
    """Half of the data, and then something happens."""
    yield data[: len(data) // 2]
    then()
    await asyncio.sleep(0.2)
    yield data[len(data) // 2 :]
