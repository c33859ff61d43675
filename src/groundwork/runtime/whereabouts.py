"""Where a running `groundwork up` is, and who owns its data folder.

It notes down in the folder what other commands need to know of it.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from groundwork.runtime.processes import StartError, started


class AlreadyRunning(StartError):
    """Another `groundwork up` owns the data folder."""


class UpState(BaseModel):
    """What `up.json` says of a running `groundwork up`."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: str
    """Tells this process from a later one with the same pid."""
    since: datetime
    api_url: str
    temporal_address: str | None
    temporal_ui_url: str | None
    database_url: str | None
    """None when the database is not ours: its password is not written down."""
    processes: dict[str, int]
    """Name and pid of each."""


def state_file(data_dir: Path) -> Path:
    """Where a running `groundwork up` notes down its addresses."""
    return data_dir / "up.json"


def running_up(data_dir: Path) -> UpState | None:
    """The `groundwork up` that runs on this data folder, if one does."""
    try:
        state = UpState.model_validate_json(state_file(data_dir).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None
    return state if started(state.pid) == state.started else None


@contextlib.contextmanager
def sole_owner(data_dir: Path) -> Iterator[None]:
    """Hold the data folder; the kernel lets go of it when we die, however we die.

    Raises AlreadyRunning when somebody else holds it.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data_dir / "up.lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            state = running_up(data_dir)
            where = f"（{state.api_url}）" if state else ""
            at = f" at {state.api_url}" if state else ""
            raise AlreadyRunning(
                f"groundwork up 已在 {data_dir} 运行{where}，请使用它或先将其停止。 "
                f"`groundwork up` already runs on {data_dir}{at}: use it, stop it, "
                f"or choose another folder with GROUNDWORK_DATA_DIR."
            ) from None
        yield
