"""The command line as a test types it: in this process, or as a program of its own."""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from typer.testing import CliRunner, Result

from groundwork.cli import app
from groundwork.domain.model import Role
from groundwork.runtime.loop import run as run_async
from groundwork.runtime.processes import free_port, free_ports
from groundwork.runtime.whereabouts import UpState, running_up
from tests.api.house import sign_up

PROGRAM = Path(sys.executable).with_name("groundwork")
PATIENCE = 90.0


def run(*words: str, env: dict[str, str] | None = None) -> Result:
    """Run a command in this process, whose logs then go where they went before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        return CliRunner().invoke(app, words, env=env)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def done(*words: str, env: dict[str, str] | None = None) -> str:
    """What a command prints that must succeed."""
    result = run(*words, env=env)
    assert result.exit_code == 0, result.output
    return result.stdout


def told(*words: str, env: dict[str, str] | None = None) -> Any:
    """What a command that must succeed prints with `--json`."""
    return json.loads(done(*words, "--json", env=env))


@contextmanager
def serving(database: str, role: Role) -> Iterator[dict[str, str]]:
    """An API on a record, in a process of its own; yields how somebody of that role asks it."""
    cast = run_async(sign_up(database, [(role, None)]))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "groundwork.api"],
        env={**os.environ, "DATABASE_URL": database, "GROUNDWORK_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _lives(url):
            assert process.poll() is None
            time.sleep(0.05)
        yield {"GROUNDWORK_PUBLIC_URL": url, "GROUNDWORK_TOKEN": cast.tokens[role]}
    finally:
        process.terminate()
        process.wait()


def _lives(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


class Town:
    """A data folder and ports of their own, and `groundwork up` on them."""

    def __init__(self) -> None:
        # Not pytest's own folder: it is closed to other accounts, and as root the database is one.
        self.folder = Path(tempfile.mkdtemp(prefix="groundwork-"))
        self.process: subprocess.Popen[str] | None = None
        self.words: tuple[str, ...] = ()
        port, temporal_port, ui_port = free_ports(3)
        self.env = {
            "GROUNDWORK_DATA_DIR": str(self.folder / "data"),
            "GROUNDWORK_PORT": str(port),
            "GROUNDWORK_TEMPORAL_PORT": str(temporal_port),
            "GROUNDWORK_TEMPORAL_UI_PORT": str(ui_port),
        }

    @property
    def data_dir(self) -> Path:
        """Where what was opened last keeps its data."""
        return self.folder / "data" / ("demo" if "--demo" in self.words else "")

    @property
    def tokens(self) -> Path:
        return self.data_dir / "tokens"

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start `groundwork up` as a process of its own."""
        foreign = ("GROUNDWORK_", "TEMPORAL_", "DATABASE_URL")
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(foreign)}
        return subprocess.Popen(
            [PROGRAM, "up", *words],
            env=inherited | self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def open(self, *words: str) -> None:
        """Start it and return once everything runs."""
        self.words = words
        up = self.process = self.start(*words)
        eventually(lambda: up.poll() is not None or running_up(self.data_dir) is not None)
        assert up.poll() is None, up.communicate()

    def close(self) -> "Ended":
        """Stop it in order."""
        assert self.process is not None
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=PATIENCE)
        return Ended(self.process.returncode, out, err, time.monotonic() - began)

    @property
    def state(self) -> UpState:
        """What the running `up` noted down."""
        state = running_up(self.data_dir)
        assert state is not None
        return state

    def run(self, *words: str) -> Result:
        """Run a command in this process against the running `up`."""
        return run(*words, env=self.env)

    def done(self, *words: str) -> str:
        """What such a command prints that must succeed."""
        return done(*words, env=self.env)

    def told(self, *words: str) -> Any:
        """What such a command prints with `--json`."""
        return told(*words, env=self.env)

    def clear(self) -> None:
        """Leave nothing behind, neither processes nor files."""
        if self.process is not None and self.process.poll() is None:
            self.close()
        shutil.rmtree(self.folder)


class Ended(NamedTuple):
    """How `groundwork up` ended, and everything that it wrote."""

    code: int
    out: str
    err: str
    seconds: float


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
