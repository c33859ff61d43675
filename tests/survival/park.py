"""A whole installation as real processes, to be killed by tests."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from groundwork.console import tokens
from groundwork.runtime.processes import free_ports
from groundwork.runtime.settings import Settings
from groundwork.runtime.supervisor import running_up
from groundwork.runtime.whereabouts import UpState

ENTERPRISE = {"name": "存续测试", "enterprise": "存续测试有限公司", "uscc": "91440784MA0000015C"}


def project_code(number: int) -> str:
    """A project code of its own."""
    return f"2611-440784-04-01-{number:06d}"


def chain_of(code: str) -> str:
    """The id of a project's chain."""
    return f"land-to-construction.{code}"


class Park:
    """One `groundwork up` with a data folder and ports of its own."""

    def __init__(self, folder: Path) -> None:
        port, temporal_port, ui_port = free_ports(3)
        self.settings = Settings(
            data_dir=folder, port=port, temporal_port=temporal_port, temporal_ui_port=ui_port
        )
        self._log = folder.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Bring it up and wait until it is ready."""
        chosen = {
            "GROUNDWORK_DATA_DIR": str(self.settings.data_dir),
            "GROUNDWORK_PORT": str(self.settings.port),
            "GROUNDWORK_TEMPORAL_PORT": str(self.settings.temporal_port),
            "GROUNDWORK_TEMPORAL_UI_PORT": str(self.settings.temporal_ui_port),
        }
        command = [str(Path(sys.executable).with_name("groundwork")), "up"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 -- it returns at once
                command, env={**os.environ, **chosen}, stdout=log, stderr=log
            )
        async with asyncio.timeout(90):
            while not await self._ready():
                assert self._process.poll() is None, self._log.read_text("utf-8")[-3000:]
                await asyncio.sleep(0.1)

    async def _ready(self) -> bool:
        state = self.state
        if state is None or self._process is None or state.pid != self._process.pid:
            return False
        try:
            async with httpx.AsyncClient(base_url=state.api_url) as client:
                return (await client.get("/readyz")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    @property
    def state(self) -> UpState | None:
        """What it says of itself."""
        return running_up(self.settings.data_dir)

    def kill(self, part: str) -> None:
        """End a part, or all of it (`up`), as a power cut would."""
        if part == "up":
            assert self._process is not None
            self._process.kill()
            self._process.wait()
            return
        state = self.state
        assert state is not None
        os.kill(state.processes[part], signal.SIGKILL)

    def stop(self) -> int:
        """Stop it as an operator would; returns its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(30)

    def client(self) -> httpx.AsyncClient:
        """A client signed in as the administrator."""
        token = tokens.load(self.settings.data_dir, tokens.ADMINISTRATOR)
        return httpx.AsyncClient(
            base_url=f"{self.settings.api_url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=15,
        )


async def post(
    client: httpx.AsyncClient, path: str, key: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Send a write until it is known to be done, whatever dies meanwhile; returns the receipt."""
    async with asyncio.timeout(100):
        while True:
            try:
                answer = await client.post(path, json=body, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                await asyncio.sleep(0.2)
                continue
            if answer.status_code in {httpx.codes.OK, httpx.codes.CREATED}:
                receipt: dict[str, Any] = answer.json()
                return receipt
            assert answer.status_code in {202, 503}, answer.text
            await asyncio.sleep(0.2)
