"""Contents in a folder and in another kind of storage: whole, once, and gone when dropped."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwork.runtime.loop import run
from groundwork.runtime.processes import free_port
from groundwork.store.files import Content, ContentGone, Files, FilesUnavailable, Staging
from tests.papers_of_all_kinds import DOCX, pdf


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket of an object store, which another process serves over HTTP."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", address)
        environment.setenv("AWS_ACCESS_KEY_ID", "an-id")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "a-key")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        try:
            while True:
                with suppress(httpx.TransportError):
                    httpx.put(f"{address}/documents").raise_for_status()
                    break
                time.sleep(0.1)
            yield "documents"
        finally:
            server.terminate()
            server.wait()


@pytest.fixture(params=["folder", "memory", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    """An empty storage of each kind."""
    name = uuid4().hex
    if request.param == "s3":
        return Files(f"s3://{request.getfixturevalue('bucket')}/{name}")
    return Files(f"memory://{name}" if request.param == "memory" else str(tmp_path / name))


@pytest.fixture
def staging() -> Iterator[Staging]:
    with Staging() as staging:
        yield staging


def staged(staging: Staging, data: bytes) -> Content:
    staging.write(data)
    return staging.content()


async def whole(files: Files, digest: str, size: int) -> bytes:
    return b"".join([data async for data in files.read(digest, 0, size)])


async def test_parts_are_put_together_in_their_order(files: Files) -> None:
    data = pdf("parts", 700_000)
    cuts = [0, 1, 300_000, 650_000, len(data)]
    names = [await files.add_part("u-1", start, data[start:end]) for start, end in pairwise(cuts)]
    with await files.assembled("u-1", names, len(data)) as staging:
        content = staging.content()
    assert (content.size, content.sha256) == (len(data), sha256(data).hexdigest())
    await files.drop_parts("u-1")
    with pytest.raises(ContentGone):
        await files.assembled("u-1", names, len(data))


async def test_no_more_is_put_together_than_was_told(files: Files) -> None:
    name = await files.add_part("u-2", 0, b"x" * 1000)
    with await files.assembled("u-2", [name, name, name], 10) as staging:
        assert staging.size == 1000


async def test_a_content_is_kept_once_and_read_in_ranges(files: Files, staging: Staging) -> None:
    data = pdf("kept", 600_000)
    content = staged(staging, data)
    assert not await files.holds(content.sha256)
    await files.keep(content)
    await files.keep(content)
    assert await files.holds(content.sha256)
    assert await whole(files, content.sha256, len(data)) == data
    part = b"".join([piece async for piece in files.read(content.sha256, 100, 500_000)])
    assert part == data[100:500_000]
    with await files.fetched(content.sha256, len(data)) as copy:
        assert copy.content().sha256 == content.sha256


async def test_what_was_dropped_is_gone_and_says_so(files: Files, staging: Staging) -> None:
    content = staged(staging, b"%PDF-1.4")
    await files.keep(content)
    await files.drop(content.sha256)
    await files.drop(content.sha256)
    assert not await files.holds(content.sha256)
    with pytest.raises(ContentGone):
        await anext(files.read(content.sha256, 0, 8))


def test_a_folder_holds_nothing_but_digests(tmp_path: Path, staging: Staging) -> None:
    content = staged(staging, DOCX)
    run(Files(str(tmp_path)).keep(content))
    names = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")]
    digest = content.sha256
    assert sorted(names) == ["kept", f"kept/{digest[:2]}", f"kept/{digest[:2]}/{digest}"]


async def test_a_probe_keeps_nothing(files: Files, staging: Staging) -> None:
    await files.probe()
    content = staged(staging, DOCX)
    await files.keep(content)
    await files.probe()
    assert await files.holds(content.sha256)


async def test_a_probe_fails_where_nothing_can_be_kept(tmp_path: Path) -> None:
    files = Files(str(tmp_path / "documents"))
    await files.probe()
    assert [path.name for path in (tmp_path / "documents").rglob("*")] == ["parts"]
    (tmp_path / "documents" / "parts").rmdir()
    (tmp_path / "documents").rmdir()
    (tmp_path / "documents").touch()
    with pytest.raises(FilesUnavailable):
        await files.probe()


async def test_a_storage_that_refuses_is_unavailable_and_quotes_nothing(
    tmp_path: Path, staging: Staging
) -> None:
    (tmp_path / "secret-place").write_text("a file where a folder should be")
    files = Files(str(tmp_path / "secret-place"))
    with pytest.raises(FilesUnavailable) as refused:
        await files.keep(staged(staging, b"%PDF-1.4"))
    assert "secret-place" not in str(refused.value)


def test_a_place_that_nothing_reaches_is_refused_at_once() -> None:
    with pytest.raises(FilesUnavailable):
        Files("nowhere://at.all")


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6))
def test_any_cut_of_a_content_has_the_same_digest(pieces: list[bytes]) -> None:
    files = Files(f"memory://{uuid4().hex}")

    async def assembled() -> str:
        names, offset = [], 0
        for piece in pieces:
            names.append(await files.add_part("u", offset, piece))
            offset += len(piece)
        with await files.assembled("u", names, offset) as staging:
            return staging.content().sha256

    assert run(assembled()) == sha256(b"".join(pieces)).hexdigest()


async def test_what_two_remove_at_once_is_gone_and_nobody_is_told_otherwise(tmp_path: Path) -> None:
    files = Files(str(tmp_path))
    for round_ in range(20):
        for offset in range(5):
            await files.add_part(f"u{round_}", offset, b"part")
        await asyncio.gather(*(files.drop_parts(f"u{round_}") for _ in range(4)))
        assert not (tmp_path / "parts" / f"u{round_}").exists()
