"""One bag of materials: handed in once, used by every step, never lost and never run."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api import document_desk
from groundwork.api import document_shapes as shapes
from groundwork.api.downloads import byte_range, disposition
from groundwork.api.link import EngineLink
from groundwork.api.resources import Resources
from groundwork.api.shapes import Listed
from groundwork.api.shelf import Shelf
from groundwork.domain.documents import Scan
from groundwork.runtime.settings import Settings
from tests.api.bags import WHO, code, content_of, hand_in, handed_in, shown
from tests.api.house import PARK, Cast, House, fresh_key
from tests.clamd import EICAR, Clamd, clamd
from tests.papers_of_all_kinds import CONTENTS, DOCX, PDF, pdf

LAND = "land-to-construction"


@pytest.fixture
async def project(house: House) -> str:
    created: str = (await house.project())["code"]
    return created


def bag_of(bag: dict[str, Any], step: str) -> dict[str, Any]:
    (found,) = [one for chain in bag["chains"] for one in chain["steps"] if one["step"] == step]
    needs = {need["material"]: need for need in found["needs"]}
    return {**found, "needs": needs}


class TestHandingIn:
    async def test_a_document_is_kept_as_it_was_sent_and_shown(
        self, house: House, project: str
    ) -> None:
        content = pdf("as it was sent")
        taken = await handed_in(house, project, content, "设计方案.pdf", material="design-scheme")
        assert (taken["version"], taken["already"]) == (1, False)
        document = await shown(house, project, taken["document"])
        shapes.DocumentShape.model_validate(document)
        assert document["filed_as"] == f"{LAND}/design-scheme"
        assert document["versions"][0]["file_name"] == "设计方案.pdf"
        assert document["versions"][0]["uploaded_by"] == house.people[WHO]
        assert document["scan"] == "not_scanned"
        assert (await content_of(house, project, taken["document"])).content == content

    @pytest.mark.parametrize("extension", sorted(CONTENTS))
    async def test_every_format_is_taken_in(
        self, house: House, project: str, extension: str
    ) -> None:
        await handed_in(house, project, CONTENTS[extension], f"图.{extension.upper()}")

    async def test_sent_twice_with_one_key_it_is_one_document(
        self, house: House, project: str
    ) -> None:
        key, content = fresh_key(), pdf("once")
        first = await handed_in(house, project, content, key=key)
        again = await handed_in(house, project, content, key=key)
        assert (first["document"], first["version"]) == (again["document"], again["version"])
        other = await hand_in(house, project, content, "别的.pdf", key=key)
        assert code(other) == (422, "key_reused")

    async def test_the_same_content_is_recognised(self, house: House, project: str) -> None:
        content = pdf("recognised")
        first = await handed_in(house, project, content, material="design-scheme")
        same = await hand_in(house, project, content, "改名.pdf", material="design-scheme")
        assert same.status_code == 200
        assert same.json() == first | {"already": True}
        elsewhere = await handed_in(house, project, content, material="site-plan")
        assert elsewhere["already"]
        assert elsewhere["document"] != first["document"]
        assert (await content_of(house, project, elsewhere["document"])).content == content

    async def test_another_project_learns_nothing_of_it(self, house: House, project: str) -> None:
        content = pdf("of one project")
        await handed_in(house, project, content)
        other = (await house.project())["code"]
        assert not (await handed_in(house, other, content))["already"]

    async def test_a_new_version_keeps_the_older_ones(self, house: House, project: str) -> None:
        old, new = pdf("old"), pdf("new")
        document = (await handed_in(house, project, old, material="site-plan"))["document"]
        second = await handed_in(house, project, new, "新版.pdf", document=document)
        assert (second["document"], second["version"]) == (document, 2)
        assert (await content_of(house, project, document)).content == new
        first = await content_of(house, project, document, params={"version": 1})
        assert first.content == old
        back = await handed_in(house, project, old, document=document)
        assert back["version"] == 3
        gone = await content_of(house, project, document, params={"version": 4})
        assert code(gone) == (404, "document_version_not_found")

    @pytest.mark.parametrize(
        ("content", "name", "fields", "refusal"),
        [
            (b"", "a.pdf", {}, (422, "document_empty")),
            (PDF, "a.exe", {}, (415, "document_type_refused")),
            (PDF, "..\\a.pdf", {}, (422, "document_name_unfit")),
            (PDF, "a.docx", {}, (422, "document_type_differs")),
            (DOCX, "a.pdf", {}, (422, "document_type_differs")),
            (b"<script>alert(1)</script>", "a.pdf", {}, (422, "document_type_differs")),
            (PDF, "a.pdf", {"sha256": "0" * 64}, (422, "document_hash_differs")),
            (PDF, "a.pdf", {"sha256": "short"}, (422, "invalid_request")),
            (PDF, "a.pdf", {"material": "nothing"}, (422, "document_material_unknown")),
            (PDF, "a.pdf", {"material": "survey-report"}, (422, "document_material_unknown")),
            (PDF, "a.pdf", {"document": "d-nowhere"}, (404, "document_not_found")),
            (PDF, "a.pdf", {"material": "uscc", "output": "x"}, (422, "invalid_request")),
            (PDF, "a.pdf", {"part": "../x"}, (422, "invalid_request")),
            (PDF, "a.pdf", {"surprise": "x"}, (422, "invalid_request")),
        ],
    )
    async def test_what_is_not_in_order_is_refused_and_leaves_nothing(
        self,
        house: House,
        project: str,
        *,
        content: bytes,
        name: str,
        fields: dict[str, str],
        refusal: tuple[int, str],
    ) -> None:
        assert code(await hand_in(house, project, content, name, **fields)) == refusal
        listed = await house.get(WHO, f"/projects/{project}/documents")
        assert listed.json() == {"items": [], "next": None}
        place = house.resources.settings.data_dir / "documents"
        assert [path for path in place.rglob("*") if path.is_file()] == []

    async def test_no_form_and_a_form_without_a_file_are_told(
        self, house: House, project: str
    ) -> None:
        path = f"/projects/{project}/documents"
        assert code(await house.post(WHO, path, {})) == (400, "malformed_form")
        urlencoded = await house.ask(WHO, "POST", path, data={"file": "x"})
        assert code(urlencoded) == (400, "malformed_form")
        empty = await house.ask(WHO, "POST", path, files={"other": ("a.pdf", PDF)})
        assert empty.json()["errors"][0]["pointer"] == "#/file"
        broken = await house.ask(
            WHO, "POST", path, content=b"x", headers={"Content-Type": "multipart/form-data"}
        )
        assert code(broken) == (400, "malformed_request")

    async def test_whoever_may_not_upload_is_refused(self, house: House, project: str) -> None:
        for who in ("data_bureau", "ops"):
            assert code(await hand_in(house, project, who=who)) == (403, "not_permitted")
        # No chain of it concerns the department yet.
        refused = await hand_in(house, project, who=f"officer@{PARK}")
        assert code(refused) == (404, "project_not_found")

    async def test_a_large_form_is_let_in_here_only(self, house: House, project: str) -> None:
        large = pdf("large", 3 * 1024 * 1024)
        taken = await handed_in(house, project, large)
        assert (await content_of(house, project, taken["document"])).content == large
        elsewhere = await house.ask(WHO, "POST", "/projects", content=large)
        assert code(elsewhere) == (413, "body_too_large")


class TestTheBag:
    async def test_lists_its_documents_in_pages(self, house: House, project: str) -> None:
        made = [(await handed_in(house, project))["document"] for _ in range(3)]
        first = await house.get(WHO, f"/projects/{project}/documents", params={"limit": 2})
        page = Listed[shapes.DocumentShape].model_validate_json(first.content)
        assert [one.id for one in page.items] == made[:2]
        rest = await house.get(
            WHO, f"/projects/{project}/documents", params={"cursor": page.next or ""}
        )
        assert [one["id"] for one in rest.json()["items"]] == made[2:]

    async def test_tells_before_launch_what_is_missing(self, house: House, project: str) -> None:
        await handed_in(house, project, material="design-scheme")
        response = await house.get(WHO, f"/projects/{project}/bag", params={"chain": LAND})
        bag = shapes.BagShape.model_validate_json(response.content).model_dump(mode="json")
        for step in ("L07", "L17"):
            assert bag_of(bag, step)["needs"]["design-scheme"]["presence"] == "present"
        seventh = bag_of(bag, "L07")
        assert seventh["missing"] == ["site-plan", "pipeline-opinion"]
        opinion = seventh["needs"]["pipeline-opinion"]
        assert (opinion["tolerable"], opinion["committable"]) == (True, True)
        assert opinion["cure"] == {"amount": 10, "unit": "working_days"}
        nothing = (await house.get(WHO, f"/projects/{project}/bag")).json()
        assert nothing["chains"] == []

    async def test_fills_a_step_in_and_tells_where_a_document_was_used(
        self, busy_house: House
    ) -> None:
        house = busy_house
        chain = await house.launch()
        project = chain.partition(".")[2]
        for material in ("investment-agreement", "business-licence", "design-scheme"):
            await handed_in(house, project, material=material)
        before = (await house.get(WHO, f"/chains/{chain}/steps/L01/bag")).json()
        shapes.StepBagShape.model_validate(before)
        assert before["ready"] == ["investment-agreement", "business-licence"]
        acted = await house.act(WHO, chain, "receive", step="L01", materials=before["ready"])
        assert acted.status_code == 200, acted.text
        while (after := (await house.get(WHO, f"/chains/{chain}/steps/L01/bag")).json())["ready"]:
            await asyncio.sleep(0.05)
        assert all(need["handed_in"] for need in after["needs"])
        assert after["missing"] == []
        items = (await house.get(WHO, f"/projects/{project}/documents")).json()["items"]
        used = {one["filed_as"].partition("/")[2]: one["uses"] for one in items}
        (use,) = used["business-licence"]
        assert (use["chain"], use["step"], use["version"]) == (chain, "L01", 1)
        assert used["design-scheme"] == []
        by_material = {one["filed_as"].partition("/")[2]: one["id"] for one in items}
        path = f"/projects/{project}/documents"
        refused = await house.ask(WHO, "DELETE", f"{path}/{by_material['business-licence']}")
        assert code(refused) == (409, "document_in_use")
        removed = await house.ask(WHO, "DELETE", f"{path}/{by_material['design-scheme']}")
        assert removed.status_code == 204
        unknown = await house.get(WHO, f"/chains/{chain}/steps/L99/bag")
        assert code(unknown) == (404, "unknown_step")


class TestRemoving:
    async def test_takes_the_content_away_and_keeps_who_did_it(
        self, house: House, project: str, engine: AsyncEngine
    ) -> None:
        document = (await handed_in(house, project, pdf("to be removed")))["document"]
        path = f"/projects/{project}/documents/{document}"
        assert (await house.ask(WHO, "DELETE", path)).status_code == 204
        for method in ("GET", "DELETE"):
            assert code(await house.ask(WHO, method, path)) == (404, "document_not_found")
        await house.resources.document_desk.round()
        place = house.resources.settings.data_dir / "documents"
        assert [path for path in place.rglob("*") if path.is_file()] == []
        async with engine.connect() as connection:
            query = text("SELECT removed_by, removed_at, created_by FROM document WHERE id = :id")
            (row,) = (await connection.execute(query, {"id": document})).all()
        assert row.removed_by == row.created_by == house.people[WHO]
        assert row.removed_at is not None

    async def test_leaves_a_content_that_another_document_needs(
        self, house: House, project: str
    ) -> None:
        content = pdf("shared")
        one = await handed_in(house, project, content, material="design-scheme")
        two = await handed_in(house, project, content, material="site-plan")
        await house.ask(WHO, "DELETE", f"/projects/{project}/documents/{one['document']}")
        await house.resources.document_desk.round()
        assert (await content_of(house, project, two["document"])).content == content
        again = await handed_in(house, project, content, material="design-scheme")
        assert (await content_of(house, project, again["document"])).content == content

    async def test_is_for_whoever_uploaded_it(self, house: House, project: str) -> None:
        document = (await handed_in(house, project))["document"]
        path = f"/projects/{project}/documents/{document}"
        assert code(await house.ask("housekeeper", "DELETE", path)) == (403, "document_of_other")
        denials = (await house.get("data_bureau", "/audit/denials?limit=1")).json()["items"]
        assert denials[0]["reason"] == "document_of_other"
        await handed_in(house, project, document=document, who="housekeeper")
        assert code(await house.ask(WHO, "DELETE", path)) == (403, "document_of_other")
        assert (await house.ask("administrator", "DELETE", path)).status_code == 204


class TestDownloading:
    async def test_is_never_active_content(self, house: House, project: str) -> None:
        taken = await handed_in(house, project, DOCX, '方案 "A".docx'.replace('"', "'"))
        response = await content_of(house, project, taken["document"])
        assert response.headers["content-disposition"] == (
            "attachment; filename=\"document.docx\"; filename*=UTF-8''"
            "%E6%96%B9%E6%A1%88%20%27A%27.docx"
        )
        assert response.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["content-type"].endswith("wordprocessingml.document")

    async def test_gives_a_range(self, house: House, project: str) -> None:
        content = pdf("range", 5000)
        document = (await handed_in(house, project, content))["document"]
        part = await content_of(house, project, document, headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, content[100:200])
        assert part.headers["content-range"] == f"bytes 100-199/{len(content)}"
        changed = {"Range": "bytes=100-199", "If-Range": '"another"'}
        whole = await content_of(house, project, document, headers=changed)
        assert (whole.status_code, whole.content) == (200, content)

    async def test_a_content_that_is_gone_is_told(self, house: House, project: str) -> None:
        document = (await handed_in(house, project))["document"]
        (version,) = (await shown(house, project, document))["versions"]
        await house.resources.document_desk.files.drop(version["sha256"])
        gone = await content_of(house, project, document)
        assert code(gone) == (503, "documents_unavailable")

    @given(st.binary(min_size=1, max_size=50), st.integers(0, 60), st.integers(0, 60))
    def test_a_range_is_what_it_says(self, content: bytes, first: int, last: int) -> None:
        size = len(content)
        for header, expected in (
            (f"bytes={first}-{last}", content[first : last + 1]),
            (f"bytes={first}-", content[first:]),
            (f"bytes=-{last}", content[max(0, size - last) :]),
        ):
            span = byte_range(header, size)
            got = content if span is None else content[span.start : span.end]
            assert got in (expected, content)
            assert (got == expected) or not expected
            assert span is None or 0 <= span.start < span.end <= size

    @given(st.text(max_size=40))
    def test_no_name_breaks_out_of_its_header(self, name: str) -> None:
        shown = disposition(name.encode("utf-8", "ignore").decode(), "pdf")
        assert shown.isascii()
        assert not set(shown) & set("\r\n\0")
        assert shown.count('"') == 2


class TestScanning:
    @pytest.fixture
    async def guarded(
        self, app: FastAPI, engine: AsyncEngine, shelf: Shelf, settings: Settings, cast: Cast
    ) -> AsyncIterator[tuple[House, Clamd]]:
        """A house with a virus scanner."""
        with clamd() as server:
            chosen = settings.model_copy(update={"scanner": server.address})
            resources = Resources(chosen, engine, EngineLink(chosen), shelf)
            async with House(app, resources, cast) as house:
                yield house, server

    async def test_what_is_clean_is_marked_so(self, guarded: tuple[House, Clamd]) -> None:
        house, server = guarded
        project = (await house.project())["code"]
        content = pdf("clean")
        document = (await handed_in(house, project, content))["document"]
        assert (await shown(house, project, document))["scan"] == "clean"
        assert server.seen == [content]

    async def test_what_is_infected_is_refused_and_not_kept(
        self, guarded: tuple[House, Clamd]
    ) -> None:
        house, _ = guarded
        project = (await house.project())["code"]
        refused = await hand_in(house, project, PDF + EICAR)
        assert code(refused) == (422, "document_infected")
        place = house.resources.settings.data_dir / "documents"
        assert [path for path in place.rglob("*") if path.is_file()] == []

    async def test_a_content_that_is_gone_keeps_no_other_waiting(
        self, guarded: tuple[House, Clamd]
    ) -> None:
        house, server = guarded
        project = (await house.project())["code"]
        server.reply = b"ERROR"
        gone = await handed_in(house, project, pdf("gone"), material="design-scheme")
        kept = await handed_in(house, project, pdf("kept"), material="site-plan")
        digest = (await shown(house, project, gone["document"]))["versions"][0]["sha256"]
        await house.resources.document_desk.files.drop(digest)
        server.reply = None
        await house.resources.document_desk.round()
        assert (await shown(house, project, kept["document"]))["scan"] == "clean"
        assert (await shown(house, project, gone["document"]))["scan"] == "pending"

    async def test_contents_that_the_scanner_refuses_keep_no_other_waiting(
        self, guarded: tuple[House, Clamd]
    ) -> None:
        house, server = guarded
        project = (await house.project())["code"]
        server.reply = b"ERROR"
        several = []
        for number in range(3):
            taken = await handed_in(house, project, pdf(f"refused {number}"), title=f"{number}")
            several.append(taken["document"])
        digests = [(await shown(house, project, one))["versions"][0]["sha256"] for one in several]
        first = several[digests.index(min(digests))]
        desk = house.resources.document_desk
        server.reply, server.refused = None, b"refused %d" % several.index(first)
        await desk.round()
        waiting = {one: (await shown(house, project, one))["scan"] for one in several}
        assert waiting == {one: "pending" if one == first else "clean" for one in several}

    async def test_a_round_that_fails_is_not_the_last(
        self, guarded: tuple[House, Clamd], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house, server = guarded
        project = (await house.project())["code"]
        server.reply = b"ERROR"
        document = (await handed_in(house, project, pdf("later")))["document"]
        server.reply = None
        desk = house.resources.document_desk
        monkeypatch.setattr(document_desk, "ROUND_SECONDS", 0.01)
        monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
        async with desk.rounds():
            await asyncio.sleep(0.1)
            assert (await shown(house, project, document))["scan"] == "pending"
            monkeypatch.setattr(tempfile, "tempdir", None)
            while (await shown(house, project, document))["scan"] == "pending":
                await asyncio.sleep(0.01)

    async def test_while_the_scanner_is_away_nobody_gets_the_document(
        self, guarded: tuple[House, Clamd]
    ) -> None:
        house, server = guarded
        project = (await house.project())["code"]
        server.reply = b"ERROR"
        kept = await handed_in(house, project, pdf("waits"), material="design-scheme")
        bad = await handed_in(house, project, PDF + EICAR + b"waits", material="site-plan")
        for taken in (kept, bad):
            assert (await shown(house, project, taken["document"]))["scan"] == "pending"
            refused = await content_of(house, project, taken["document"])
            assert code(refused) == (409, "document_scan_pending")
        bag = (await house.get(WHO, f"/projects/{project}/bag?chain={LAND}")).json()
        assert bag_of(bag, "L07")["needs"]["design-scheme"]["presence"] == "pending"
        await house.resources.document_desk.round()
        assert (await content_of(house, project, kept["document"])).status_code == 409

        server.reply = None
        await house.resources.document_desk.round()
        assert (await content_of(house, project, kept["document"])).status_code == 200
        infected = await shown(house, project, bad["document"])
        assert (infected["scan"], infected["versions"][0]["kept"]) == (Scan.INFECTED.value, False)
        refused = await content_of(house, project, bad["document"])
        assert code(refused) == (404, "document_version_not_found")
        digest = infected["versions"][0]["sha256"]
        assert not await house.resources.document_desk.files.holds(digest)
        bag = (await house.get(WHO, f"/projects/{project}/bag?chain={LAND}")).json()
        assert bag_of(bag, "L07")["missing"] == ["site-plan", "pipeline-opinion"]
