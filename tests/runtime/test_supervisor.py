"""`groundwork up` brings everything up, keeps it up, and leaves nothing behind."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from groundwork.runtime import processes
from groundwork.runtime.processes import PortInUse, StartError, started
from groundwork.runtime.settings import Settings, child_environment, load_settings
from groundwork.runtime.supervisor import (
    AlreadyRunning,
    Child,
    Supervisor,
    UpState,
    http_answers,
    running_up,
    state_file,
)

ROOT = Path(__file__).parents[2]
EVERYTHING = {"postgres", "temporal", "worker", "api"}
PATIENCE = 60.0


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


class SmallUp:
    """`small_up.py` as a process of its own, and what it wrote."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        environment = child_environment(settings, database_url=None, temporal_address=None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.runtime.small_up"],
            env=environment | {"PYTHONPATH": os.pathsep.join(["src", "."])},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = ""

    @property
    def state(self) -> UpState:
        state = running_up(self.settings.data_dir)
        assert state is not None
        return state

    def wait_until_ready(self) -> UpState:
        eventually(
            lambda: (
                self.process.poll() is not None or running_up(self.settings.data_dir) is not None
            )
        )
        assert self.process.poll() is None, self.end()
        return self.state

    def worker_starts(self) -> list[int]:
        url = self.state.database_url
        assert url is not None
        try:
            with psycopg.connect(url.replace("+psycopg", "")) as connection:
                return [row[0] for row in connection.execute("SELECT pid FROM starts")]
        except psycopg.OperationalError:
            return []  # the server is starting again

    def end(self, number: signal.Signals = signal.SIGTERM) -> str:
        """Send a signal, wait for the end and return everything that was written."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.output += self.process.communicate(timeout=PATIENCE)[0]
        return self.output


@pytest.fixture
def up(settings: Settings) -> Iterator[SmallUp]:
    small_up = SmallUp(settings)
    yield small_up
    small_up.end()


def alive(state: UpState) -> set[str]:
    """Which of the processes that `up.json` once named still run."""
    return {name for name, pid in state.processes.items() if started(pid) is not None}


def all_replaced(before: UpState, after: UpState) -> bool:
    return all(after.processes[name] != pid for name, pid in before.processes.items())


class TestUp:
    def test_starts_everything_says_where_it_is_and_stops_it_in_order(self, up: SmallUp) -> None:
        state = up.wait_until_ready()
        assert set(state.processes) == EVERYTHING
        assert httpx.get(state.api_url).status_code == 200
        assert state.temporal_address == f"127.0.0.1:{up.settings.temporal_port}"
        assert stat.S_IMODE(state_file(up.settings.data_dir).stat().st_mode) == 0o600
        eventually(lambda: len(up.worker_starts()) == 1)

        output = up.end(signal.SIGINT)

        assert up.process.returncode == 0
        assert not alive(state)
        assert running_up(up.settings.data_dir) is None
        assert not list((up.settings.data_dir / "run").iterdir())
        assert f"ready at {state.api_url}" in output
        assert "worker   | the worker works" in output
        assert "worker   | the worker has finished its work" in output
        stopped = [line.rpartition("=")[2] for line in output.splitlines() if "stopped" in line]
        assert stopped == ["api", "worker", "temporal", "postgres"]
        assert "Traceback" not in output

    def test_refuses_company_and_starts_whatever_crashes_again(self, up: SmallUp) -> None:
        before = up.wait_until_ready()
        eventually(lambda: len(up.worker_starts()) == 1)

        second = SmallUp(up.settings)
        assert second.process.wait(PATIENCE) == 1
        sentence = second.end()
        assert f"already runs on {up.settings.data_dir} at {before.api_url}" in sentence
        assert "Traceback" not in sentence
        assert alive(before) == EVERYTHING

        for pid in before.processes.values():
            os.kill(pid, signal.SIGKILL)
        # A worker may come back before its database does, and is then started once more.
        eventually(lambda: all_replaced(before, up.state) and alive(up.state) == EVERYTHING)
        assert httpx.get(before.api_url).status_code == 200
        eventually(lambda: len(up.worker_starts()) >= 2)

    def test_killed_outright_it_takes_everything_along_and_the_next_one_finds_its_data(
        self, up: SmallUp
    ) -> None:
        before = up.wait_until_ready()
        eventually(lambda: len(up.worker_starts()) == 1)
        up.process.kill()
        up.process.wait()
        assert running_up(up.settings.data_dir) is None

        again = SmallUp(up.settings)  # at once: what was left behind may still be stopping
        try:
            after = again.wait_until_ready()
            assert not alive(before)
            assert alive(after) == EVERYTHING
            eventually(lambda: len(again.worker_starts()) == 2)
        finally:
            again.end()
        assert again.process.returncode == 0


# The rest needs no servers: both are said to be elsewhere.


@pytest.fixture
def bare(settings: Settings) -> Settings:
    return load_settings(
        data_dir=settings.data_dir,
        port=settings.port,
        database_url="postgresql://u:s3cret@db.example/groundwork",
        temporal_address="temporal.example:7233",
    )


SLEEP = "import signal; signal.pause()"
DEAF = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
while True:
    signal.pause()
"""


def python(name: str, code: str, **more: Any) -> Child:
    return Child(name, [sys.executable, "-c", code], dict(os.environ), **more)


async def no() -> bool:
    return False


class TestOneSupervisor:
    async def test_is_stopped_while_starting(self, bare: Settings) -> None:
        asked = asyncio.Event()

        async def never() -> bool:
            asked.set()
            return False

        supervisor = Supervisor(bare, lambda _: [python("slow", SLEEP, ready=never)])
        running = asyncio.create_task(supervisor.run())
        await asked.wait()
        supervisor.stop()
        await running
        assert not list((bare.data_dir / "run").iterdir())

    async def test_told_to_stop_twice_kills_what_does_not_listen(self, bare: Settings) -> None:
        loop, heard = asyncio.get_running_loop(), asyncio.Event()

        def on_line(_name: str, _line: str) -> None:
            loop.call_soon_threadsafe(heard.set)

        waited_for, told = list[str](), asyncio.Event()

        def on_slow_stop(name: str) -> None:
            waited_for.append(name)
            told.set()

        deaf = python("deaf", DEAF, stop_seconds=600)
        supervisor = Supervisor(bare, lambda _: [deaf], on_slow_stop=on_slow_stop, on_line=on_line)
        running = asyncio.create_task(supervisor.run())
        await heard.wait()
        supervisor.stop()
        # Whoever waits is told for what, and may wait no longer.
        await told.wait()
        supervisor.stop()
        await running
        assert waited_for == ["deaf"]

    async def test_a_child_that_cannot_start_is_quoted(self, bare: Settings) -> None:
        child = python("worker", "raise SystemExit('no such queue')", ready=no)
        with pytest.raises(StartError, match=r"exit code 1(.|\n)*no such queue"):
            await Supervisor(bare, lambda _: [child]).run()

    async def test_a_child_that_is_never_ready_is_told(self, bare: Settings) -> None:
        child = python("api", SLEEP, ready=no, ready_seconds=0.1)
        with pytest.raises(StartError, match="api was not ready"):
            await Supervisor(bare, lambda _: [child]).run()

    async def test_a_program_that_does_not_exist_is_told(self, bare: Settings) -> None:
        child = Child("api", ["/nowhere/api"], {})
        with pytest.raises(StartError, match="/nowhere/api is missing"):
            await Supervisor(bare, lambda _: [child]).run()

    async def test_a_port_in_use_is_told_with_the_variable_to_change(self, bare: Settings) -> None:
        async with await asyncio.start_server(lambda _r, _w: None, bare.host, bare.port):
            with pytest.raises(PortInUse, match="GROUNDWORK_PORT"):
                await Supervisor(bare, lambda _: []).run()

    async def test_refuses_a_folder_that_another_one_holds(self, bare: Settings) -> None:
        ready = asyncio.Event()
        first = Supervisor(bare, lambda _: [], on_ready=lambda _: ready.set())
        running = asyncio.create_task(first.run())
        await ready.wait()
        with pytest.raises(AlreadyRunning):
            await Supervisor(bare, lambda _: []).run()
        first.stop()
        await running

    async def test_writes_no_password_down(self, bare: Settings) -> None:
        written: list[str] = []

        def read_and_stop(_state: UpState) -> None:
            written.append(state_file(bare.data_dir).read_text())
            supervisor.stop()

        supervisor = Supervisor(bare, lambda _: [], on_ready=read_and_stop)
        await supervisor.run()
        assert "temporal.example" in written[0]
        assert "s3cret" not in written[0]


class TestThePidFile:
    def test_of_a_process_that_is_gone_harms_no_other_with_its_pid(self, tmp_path: Path) -> None:
        bystander = subprocess.Popen([sys.executable, "-c", SLEEP])
        try:
            pid_file = tmp_path / "worker.pid"
            processes.record_pid(pid_file, bystander.pid, signal.SIGTERM)
            note = pid_file.read_text()
            identity = started(bystander.pid)
            assert identity is not None
            pid_file.write_text(note.replace(identity, "long ago"))
            assert not processes.end_recorded(pid_file, patience=1)
            assert bystander.poll() is None
            assert not pid_file.exists()
        finally:
            bystander.terminate()
            bystander.wait()

    def test_cut_off_while_written_is_ignored(self, tmp_path: Path) -> None:
        pid_file = tmp_path / "worker.pid"
        pid_file.write_text('{"pid": 1')
        assert not processes.end_recorded(pid_file, patience=1)

    def test_leads_to_a_process_that_must_be_killed(self, tmp_path: Path) -> None:
        deaf = subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE)
        with deaf:
            assert deaf.stdout is not None
            deaf.stdout.readline()
            processes.record_pid(tmp_path / "deaf.pid", deaf.pid, signal.SIGTERM)
            assert processes.end_recorded(tmp_path / "deaf.pid", patience=0.1)
        assert deaf.returncode == -signal.SIGKILL


async def test_http_answers_only_when_all_is_well(free_port: int) -> None:
    assert not await http_answers(f"http://127.0.0.1:{free_port}/")
    status = "200 OK"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", free_port):
        assert await http_answers(f"http://127.0.0.1:{free_port}/health?deep=1")
        status = "503 Service Unavailable"
        assert not await http_answers(f"http://127.0.0.1:{free_port}/health")
