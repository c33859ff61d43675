"""Whether documents can be kept, told with the metrics of each API process."""

import asyncio
from collections.abc import Iterable

from prometheus_client import Metric

from groundwork.runtime.monitor import Source
from groundwork.store.files import Files


class StorageWatch:
    """Tries the documents' storage, and never again before it has answered.

    A storage that hangs holds a thread for as long: with each new attempt there would be one less
    for those who work.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._asked: asyncio.Task[None] | None = None

    @property
    def source(self) -> Source:
        """A source without figures of its own: that it answers is the news."""
        return Source("documents", self.collect)

    async def collect(self) -> Iterable[Metric]:
        """Return once something was kept and dropped. Raises FilesUnavailable."""
        if self._asked is None or self._asked.done():
            self._asked = asyncio.create_task(self._files.probe())
            self._asked.add_done_callback(_known)
        await asyncio.shield(self._asked)
        return ()


def _known(asked: asyncio.Task[None]) -> None:
    """Who asked may not have waited so long: what came of it is not left for asyncio to log."""
    if not asked.cancelled():
        asked.exception()
