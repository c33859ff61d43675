"""The bag's page: what is there and what is missing, files in and out, mistakes named per file."""

import re
from typing import Any

import pytest
from httpx import Response

from tests.api.bags import handed_in
from tests.api.house import House
from tests.api.pages import plain
from tests.pages.browsing import HTML, Browser, signed_in
from tests.papers_of_all_kinds import pdf

SCHEME = "material:land-to-construction/design-scheme"


@pytest.fixture
async def keeper(house: House) -> Browser:
    return await signed_in(house, "housekeeper")


@pytest.fixture
async def code(house: House) -> str:
    found: str = (await house.project())["code"]
    return found


async def bring(
    browser: Browser, code: str, files: list[tuple[str, bytes]], *, mark: bool = True, **more: Any
) -> Response:
    """Send files as a form without a script does."""
    here = f"/projects/{code}/documents"
    fields = await browser.fields(here) if mark else {}
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return await browser.house.http.post(
        here,
        headers={"accept": HTML, "cookie": cookies, "accept-language": "zh-CN"},
        files=[("file", one) for one in files],
        data={**fields, **more},
    )


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_it_says_which_step_needs_what_and_what_is_missing(
    keeper: Browser, code: str, language: str
) -> None:
    page = await keeper.get(f"/projects/{code}/documents?lang={language}")
    text = plain(page.text)
    assert ("缺少" if language == "zh" else "missing") in text
    assert "L07" in text
    assert "L17" in text


async def test_several_files_come_in_at_once(keeper: Browser, code: str) -> None:
    files = [("方案一.pdf", pdf("one")), ("方案二.pdf", pdf("two"))]
    answer = await bring(keeper, code, files, filing=SCHEME)
    assert answer.status_code == 303, plain(answer.text)
    page = await keeper.get(f"/projects/{code}/documents")
    assert "方案一.pdf" in page.text
    assert "方案二.pdf" in page.text
    assert "未扫描" in page.text
    (first, *_) = re.findall(r'href="(/api/v1/projects/[^"]+/content\?version=1)"', page.text)
    got = await keeper.get(first, accept="*/*")
    assert got.status_code == 200
    assert "attachment" in got.headers["content-disposition"]


async def test_what_is_wrong_with_one_file_is_told_by_its_name_and_the_other_stays(
    keeper: Browser, code: str
) -> None:
    files = [("好的.pdf", pdf("good")), ("坏的.pdf", b"no pdf at all")]
    answer = await bring(keeper, code, files, filing=SCHEME)
    assert answer.status_code == 422
    text = plain(answer.text)
    assert re.search(r"✗ 坏的.pdf ：文件内容不是 pdf 格式", text)
    assert "✓ 好的.pdf" in text
    assert f'value="{SCHEME}" selected' in answer.text
    assert "坏的.pdf" not in (await keeper.get(f"/projects/{code}/documents")).text


async def test_no_file_is_told_beside_the_field(keeper: Browser, code: str) -> None:
    here = f"/projects/{code}/documents"
    answer = await keeper.send(here, here, filing=SCHEME)
    assert answer.status_code == 422
    assert "请选择要上传的文件" in answer.text


async def test_a_new_version_and_its_removal(keeper: Browser, code: str) -> None:
    await bring(keeper, code, [("方案.pdf", pdf("first"))], filing=SCHEME)
    page = (await keeper.get(f"/projects/{code}/documents")).text
    (document,) = re.findall(r'<section class="card" id="(d-[0-9a-f]+)"', page)
    await bring(keeper, code, [("方案改.pdf", pdf("second"))], filing=f"document:{document}")
    page = (await keeper.get(f"/projects/{code}/documents")).text
    assert "version=2" in page
    here = f"/projects/{code}/documents"
    gone = await keeper.send(here, f"{here}/{document}/remove")
    assert gone.status_code == 303
    assert document not in (await keeper.get(here)).text


async def test_somebody_elses_document_stays_and_the_page_says_why(
    house: House, keeper: Browser, code: str
) -> None:
    document = (await handed_in(house, code))["document"]
    here = f"/projects/{code}/documents"
    refused = await keeper.send(here, f"{here}/{document}/remove")
    assert refused.status_code == 422
    assert "由他人上传" in plain(refused.text)


async def test_files_are_taken_from_nobody_without_the_right_or_the_mark(
    house: House, keeper: Browser, code: str
) -> None:
    unmarked = await bring(keeper, code, [("方案.pdf", pdf("x"))], mark=False)
    assert unmarked.status_code == 403
    overseer = await signed_in(house, "data_bureau")
    refused = await bring(overseer, code, [("方案.pdf", pdf("x"))])
    assert refused.status_code == 403
    assert "enctype" not in (await overseer.get(f"/projects/{code}/documents")).text
    stranger = await bring(Browser(house), code, [("方案.pdf", pdf("x"))], mark=False)
    assert stranger.status_code == 401


async def test_a_browser_that_cannot_reckon_a_digest_uploads_in_parts_all_the_same(
    house: House, code: str
) -> None:
    content = pdf("no digest")
    told = {"file_name": "方案.pdf", "size": len(content), "material": "design-scheme"}
    begun = (await house.post("housekeeper", f"/projects/{code}/uploads", told)).json()
    here = f"/projects/{code}/uploads/{begun['id']}"
    for at in (0, 20):
        part = content[at : 20 if at == 0 else len(content)]
        sent = await house.ask(
            "housekeeper", "PATCH", here, headers={"Upload-Offset": str(at)}, content=part
        )
        assert sent.status_code == 200, sent.text
    done = await house.post("housekeeper", f"{here}/finish", {})
    assert done.status_code == 200, done.text
    assert done.json()["already"] is False
