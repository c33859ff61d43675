"""The processes of an installation, each kept running as whoever operates it would."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from bench.usage import Frozen, resume, suspend
from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal
from groundwork.runtime.processes import ManagedProcess, Program, StartError
from groundwork.runtime.temporal import TemporalError

LOOK_SECONDS: Final = 0.1
PAUSE_SECONDS: Final = 0.5
"""After a start that failed, and before one that follows a death."""

OnLine = Callable[[str, str], None]


class Part(Protocol):
    """One of them."""

    name: str
    process: ManagedProcess

    async def start(self) -> None:
        """Start it. Raises StartError, TemporalError."""


class OurProcess:
    """A worker or an API."""

    def __init__(self, name: str, module: str, env: Mapping[str, str], on_line: OnLine) -> None:
        self.name = name
        argv = [sys.executable, "-m", module]
        self.process = ManagedProcess(Program(name, argv, env=env), on_line=on_line)

    async def start(self) -> None:
        """Start it; when it serves, it tells."""
        self.process.start()


class Server:
    """PostgreSQL or Temporal."""

    def __init__(self, server: EmbeddedPostgres | EmbeddedTemporal) -> None:
        self._server = server
        self.name, self.process = server.name, server.process

    async def start(self) -> None:
        """Start it and wait until it serves; what is left of the last one is swept up."""
        await asyncio.to_thread(self.process.stop)
        await self._server.start()


class Keeper:
    """Starts again whatever died, as long as the context lasts."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = {part.name: part for part in parts}
        self.starts: Counter[str] = Counter()
        """How often each was started."""
        self._frozen: dict[str, list[Frozen]] = {}
        self._keeping: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Keeper":
        self._keeping = [asyncio.create_task(self._keep(part)) for part in self.parts.values()]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        for part in reversed(self.parts.values()):
            self.thaw(part.name)
            part.process.kill()
            await asyncio.to_thread(part.process.stop)

    def failure(self) -> str | None:
        """Why it no longer keeps anything running, if so."""
        ended = [task for task in self._keeping if task.done() and not task.cancelled()]
        return "; ".join(repr(task.exception()) for task in ended) or None

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        self.parts[name].process.kill()

    def freeze(self, name: str) -> None:
        """Have a process stand still, with its children: PostgreSQL's answer for themselves."""
        pid = self.parts[name].process.pid
        if pid is not None:
            self._frozen.setdefault(name, []).append(suspend(pid))

    def thaw(self, name: str) -> None:
        """Let go on whatever was frozen, also if its parent was killed meanwhile."""
        for frozen in self._frozen.pop(name, []):
            resume(frozen)

    async def _keep(self, part: Part) -> None:
        while True:
            if not part.process.running:
                try:
                    await part.start()
                    self.starts[part.name] += 1
                except (StartError, TemporalError):
                    pass
                await asyncio.sleep(PAUSE_SECONDS)
            await asyncio.sleep(LOOK_SECONDS)
