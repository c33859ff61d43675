"""Whether documents can be kept, as Prometheus is told by an API."""

import asyncio
from pathlib import Path

import pytest

from groundwork.api.storage_watch import StorageWatch
from groundwork.runtime import monitor
from groundwork.runtime.monitor import Monitor
from groundwork.store.files import Files
from tests.runtime.test_monitor import HOST, SETTING, figures

UP = ("groundwork_source_up", frozenset({("source", "documents")}))


async def test_a_storage_that_is_gone_and_comes_back_is_told(
    tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor, "FRESH_SECONDS", 0)
    folder = tmp_path / "documents"
    watch = StorageWatch(Files(str(folder)))
    async with Monitor(HOST, free_port, SETTING, sources=[watch.source]):
        assert (await figures(free_port))[UP] == 1
        folder.rename(tmp_path / "elsewhere")
        folder.touch()
        assert (await figures(free_port))[UP] == 0
        folder.unlink()
        (tmp_path / "elsewhere").rename(folder)
        assert (await figures(free_port))[UP] == 1


class Hanging(Files):
    """A storage that does not answer until it is let to, and counts who asks."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = asyncio.Event()

    async def probe(self) -> None:
        self.asked += 1
        await self.answers.wait()


async def test_a_storage_that_hangs_is_asked_once(
    free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor, "FRESH_SECONDS", 0)
    monkeypatch.setattr(monitor, "ANSWER_SECONDS", 1)
    files = Hanging()
    async with Monitor(HOST, free_port, SETTING, sources=[StorageWatch(files).source]):
        for _ in range(3):
            assert (await figures(free_port))[UP] == 0
        assert files.asked == 1
        files.answers.set()
        assert (await figures(free_port))[UP] == 1
