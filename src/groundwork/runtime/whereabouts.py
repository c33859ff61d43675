"""Where a running `groundwork up` is, who owns its data folder, and what was restored into it.

It notes down in the folder what other commands need to know of it.
"""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from groundwork.runtime.processes import StartError, started

PARTS: Final = ("postgres", "temporal")
"""The folders of the embedded servers."""
RESTORED: Final = "restored"
"""Where a restoration leaves folders that are whole, to take the place of those that are there."""


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

    What a restoration left whole and did not come to move in is moved in now. Raises AlreadyRunning
    when somebody else holds the folder.
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
        move_in(data_dir)
        yield


def move_in(data_dir: Path) -> list[Path]:
    """Put restored folders in the place of those that are there; where these lie now.

    Every step is a rename: whoever is interrupted leaves the rest to the next who holds the folder.
    """
    restored, aside = data_dir / RESTORED, list[Path]()
    if not restored.is_dir():
        return aside
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for part in PARTS:
        place, new = data_dir / part, restored / part
        if new.exists():
            if place.exists():
                aside.append(place.rename(place.with_name(f"{part}.before-{stamp}")))
            new.rename(place)
    shutil.rmtree(restored)
    return aside
