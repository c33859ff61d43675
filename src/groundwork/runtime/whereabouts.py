"""Where a running `groundwork up` is: what it noted down in its data folder for other commands."""

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from groundwork.runtime.processes import started


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
