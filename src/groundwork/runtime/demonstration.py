"""Where the demonstration is, who plays in it and how far its park has come.

All of it lies in a folder of its own within the data folder, so that nothing can be mixed up with
real data; `groundwork up --demo` writes it, and every process of the demonstration may read it.
"""

import os
from pathlib import Path
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError

from groundwork.domain.definition import Text
from groundwork.domain.model import Role
from groundwork.runtime.settings import Settings, SettingsError
from groundwork.runtime.whereabouts import running_up

FOLDER: Final = "demo"
NAMESPACE: Final = "demonstration"


class Player(BaseModel):
    """Somebody to be played: `person` is the id of the account, `handle` what `--as` takes."""

    model_config = ConfigDict(frozen=True)

    handle: str
    name: str
    role: Role
    department: str | None = None
    department_name: Text | None = None
    person: str


class ParkState(BaseModel):
    """How far the park has come. `as_of` is the moment that its scripts call today."""

    model_config = ConfigDict(frozen=True)

    as_of: AwareDatetime
    total: int
    done: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every project is there."""
        return len(self.done) >= self.total


_CAST: Final = TypeAdapter(tuple[Player, ...])


def demonstration_of(settings: Settings) -> Settings:
    """The settings of the demonstration that belongs to an installation's.

    Raises SettingsError where servers are named: it brings its own, so that no real one is touched.
    """
    if settings.demo and settings.data_dir.name == FOLDER:
        return settings
    if not (settings.embeds_postgres and settings.embeds_temporal):
        raise SettingsError(
            "演示环境自带服务器，不使用正式服务器：请取消 DATABASE_URL 和 TEMPORAL_ADDRESS。 "
            "The demonstration brings its own servers and touches no real one: unset DATABASE_URL, "
            "TEMPORAL_ADDRESS and TEMPORAL_PROFILE."
        )
    own = {"demo": True, "data_dir": settings.data_dir / FOLDER, "namespace": NAMESPACE}
    return settings.model_copy(update=own)


def in_use(settings: Settings) -> Settings:
    """The settings that commands go by: the demonstration's where it alone runs or is asked for.

    Whoever names servers means those.
    """
    embedded = settings.embeds_postgres and settings.embeds_temporal
    if settings.demo or (embedded and _alone_runs(settings.data_dir)):
        return demonstration_of(settings)
    return settings


def _alone_runs(data_dir: Path) -> bool:
    return running_up(data_dir) is None and running_up(data_dir / FOLDER) is not None


def read_cast(data_dir: Path) -> tuple[Player, ...]:
    """The people of the demonstration in that folder; none where there is no demonstration."""
    try:
        return _CAST.validate_json((data_dir / "cast.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return ()


def save_cast(data_dir: Path, players: tuple[Player, ...]) -> None:
    """Write down who plays."""
    _replace(data_dir / "cast.json", _CAST.dump_json(players, indent=2))


def read_park(data_dir: Path) -> ParkState | None:
    """How far the park in that folder has come; None before it was begun."""
    try:
        return ParkState.model_validate_json((data_dir / "park.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def save_park(data_dir: Path, state: ParkState) -> None:
    """Write down how far the park has come."""
    _replace(data_dir / "park.json", state.model_dump_json(indent=2).encode())


def _replace(path: Path, content: bytes) -> None:
    """In one step, so that whoever reads meanwhile finds the old or the new."""
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(path)
