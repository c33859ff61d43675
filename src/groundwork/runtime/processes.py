"""Child processes on a leash: they end when we end, and are found again when we were killed.

A child runs in a session of its own, so that Ctrl-C reaches the supervisor alone. Where the kernel
offers it (Linux) it is told to stop the moment its parent dies; everywhere its pid file lets the
next start end it.
"""

import contextlib
import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

OnLine = Callable[[str, str], None]
"""Takes the name of a process and one line that it wrote."""

POLL_SECONDS = 0.02
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
REMEMBERED_LINES = 20

# Runs in the child, before the program: gives up root if asked, ties the child to its parent and
# becomes the program. Popen's preexec_fn could do the same, but not safely beside other threads.
LEASH = """
import ctypes, os, signal, sys
parent, death_signal, uid, gid = (int(word) for word in sys.argv[1:5])
prctl = getattr(ctypes.CDLL(None), "prctl", None)
if uid:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
if death_signal and prctl:
    prctl(1, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ):
    signal.signal(ignored_by_python, signal.SIG_DFL)
os.execv(sys.argv[5], sys.argv[5:])
"""


class StartError(RuntimeError):
    """Something cannot be started. The message says what and how to help, for the user."""


class PortInUse(StartError):
    """Somebody else listens on a port we need, or it is not ours to use."""


@dataclass(frozen=True)
class Program:
    """What to run as a child process, and how it wants to be stopped."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    """The whole environment; None: ours."""
    user: str | None = None
    """Whom to become, when we are root."""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 4.0
    """How long it may take over stopping before it is killed."""
    mute_end: bool = False
    """Drop what it writes once told to stop: a server whose parts stop in turn complains a lot."""


class ManagedProcess:
    """A child process: started, watched and stopped by us. Restartable.

    Start it from the main thread: the kernel's leash is tied to the thread that forks, so a child
    that another thread starts goes without one.
    """

    def __init__(
        self, program: Program, *, pid_file: Path | None = None, on_line: OnLine | None = None
    ) -> None:
        self.program = program
        self.name = program.name
        self._last_lines: deque[str] = deque(maxlen=REMEMBERED_LINES)
        self._pid_file = pid_file
        self._account = pwd.getpwnam(program.user) if program.user else None
        self._on_line = on_line
        self._popen: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """The process id, None before the first start."""
        return self._popen.pid if self._popen else None

    @property
    def returncode(self) -> int | None:
        """The exit code, None while running or never started; negative: ended by that signal."""
        return self._popen.poll() if self._popen else None

    @property
    def running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def end_predecessor(self) -> None:
        """End the process that the pid file speaks of, if a killed supervisor left one. Blocks."""
        if self._pid_file:
            end_recorded(self._pid_file, patience=self.program.stop_seconds)

    def start(self) -> None:
        """Start the process. Raises `StartError` when its program cannot be run."""
        if self.running:
            raise RuntimeError(f"{self.name} is already running")
        self._stopping = False
        self._last_lines.clear()
        executable = self.program.argv[0]
        if not os.access(executable, os.X_OK):
            raise StartError(
                f"无法运行 {self.name}:{executable} 不存在或不可执行。 "
                f"Cannot run {self.name}: {executable} is missing or not executable."
            )
        self._popen = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", LEASH, *self._leash_words(), *self.program.argv],
            env=self.program.env,
            cwd="/" if self._account else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        if self._pid_file:
            record_pid(self._pid_file, self._popen.pid, self.program.stop_signal)
        self._reader = threading.Thread(
            target=self._read, args=(self._popen,), name=f"{self.name} output", daemon=True
        )
        self._reader.start()

    def stop(self) -> None:
        """End the process in order, by force when it takes too long. Blocks; safe to repeat."""
        self._stopping = True
        popen = self._popen
        if popen is None:
            return
        if popen.poll() is None:
            popen.send_signal(self.program.stop_signal)
            try:
                popen.wait(self.program.stop_seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        popen.wait()
        # A grandchild may still hold the pipe; its reader is a daemon and may stay behind.
        if self._reader is not None:
            self._reader.join(timeout=1)
        if self._pid_file:
            self._pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """End the process and what it started at once."""
        self._stopping = True
        if self._popen is not None and self._popen.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)

    def obituary(self) -> str:
        """Why the process is not running, with its last words."""
        code = self.returncode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        last = "\n".join(f"  {line}" for line in self.last_words())
        return f"{self.name} ended with {how}." + (f" Its last lines:\n{last}" if last else "")

    def last_words(self) -> list[str]:
        """The last lines that the process wrote."""
        if self._reader is not None and not self.running:
            self._reader.join(timeout=0.5)  # it may not have read them yet
        return list(self._last_lines)

    def _leash_words(self) -> list[str]:
        leashed = threading.current_thread() is threading.main_thread()
        uid, gid = (self._account.pw_uid, self._account.pw_gid) if self._account else (0, 0)
        death_signal = int(self.program.stop_signal) if leashed else 0
        return [str(os.getpid()), str(death_signal), str(uid), str(gid)]

    def _read(self, popen: "subprocess.Popen[str]") -> None:
        assert popen.stdout is not None
        with popen.stdout as lines:
            for line in lines:
                text = line.rstrip()
                if text and not (self._stopping and self.program.mute_end):
                    self._last_lines.append(text)
                    if self._on_line:
                        self._on_line(self.name, text)


def record_pid(path: Path, pid: int, stop_signal: signal.Signals) -> None:
    """Note down a process so that `end_recorded` can tell it from a later one with its pid."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    note: _Note = {"pid": pid, "started": started(pid), "signal": int(stop_signal)}
    path.write_text(json.dumps(note), encoding="utf-8")


def recorded_pid(path: Path) -> int | None:
    """The pid of the recorded process, if that very process is still running."""
    note = _read_note(path)
    if note is None or note["started"] is None or started(note["pid"]) != note["started"]:
        return None
    return note["pid"]


def end_recorded(path: Path, *, patience: float) -> bool:
    """End the process a pid file speaks of, left over from a supervisor that was killed.

    Returns whether there was one. A process that merely inherited the pid is left alone.
    """
    note, pid = _read_note(path), recorded_pid(path)
    if note is not None and pid is not None:
        _signal(pid, note["signal"])
        if not _gone(path, patience):
            _signal(pid, signal.SIGKILL)
            _gone(path, patience)
    path.unlink(missing_ok=True)
    return pid is not None


def started(pid: int) -> str | None:
    """When the kernel started the process `pid`, as an opaque text; None if none is running.

    Pids are used again, a pid with its start is not.
    """
    if BOOT_ID.exists():
        try:
            boot = BOOT_ID.read_text(encoding="ascii").strip()
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return None
        # The name in parentheses may hold anything; state and start time follow it (proc(5)).
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] in "ZX" else f"{boot}/{fields[19]}"
    listing = subprocess.run(
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listing.stdout.strip() or None


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on right now."""
    return free_ports(1, host)[0]


def free_ports(count: int, host: str = "127.0.0.1") -> tuple[int, ...]:
    """So many ports nobody listens on right now; asked for one by one, one could come twice."""
    with contextlib.ExitStack() as held:
        servers = [held.enter_context(socket.create_server((host, 0))) for _ in range(count)]
        return tuple(int(server.getsockname()[1]) for server in servers)


def require_port(host: str, port: int, variable: str) -> None:
    """Make sure that a server can listen on the port that this environment variable chooses.

    Raises `PortInUse`.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise PortInUse(
            f"无法使用 {host} 的端口 {port}，请结束占用它的程序，或以 {variable} 另选端口。 "
            f"Port {port} of {host} is in use or out of reach: end the program that uses it, "
            f"or choose another port with {variable}."
        ) from error


class _Note(TypedDict):
    pid: int
    started: str | None
    signal: int


def _read_note(path: Path) -> _Note | None:
    try:
        note: _Note = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None  # never written, or we were killed while writing it
    return note


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _gone(path: Path, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while recorded_pid(path) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
