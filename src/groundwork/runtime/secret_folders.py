"""Where the system lays secrets as files, each named like the setting that it holds."""

import os
import stat
from pathlib import Path
from typing import Final

CONTAINERS: Final = (Path("/run/secrets"), Path("/run/secrets/groundwork"))
"""Where containers find them: the first under Docker Compose, the second in our manifests."""


def secret_folders() -> list[Path]:
    """The folders that there are; the later wins. systemd names its own in the environment."""
    named = os.environ.get("CREDENTIALS_DIRECTORY")
    candidates = (*CONTAINERS, *([Path(named)] if named else []))
    return [folder for folder in candidates if folder.is_dir()]


def open_to_others(place: Path) -> bool:
    """Whether a secret can be read by users of the machine from whom its owner could keep it.

    In the folders above it cannot: who may read there was decided where it was laid. Raises OSError
    when there is no such file.
    """
    laid = any(folder in place.parents for folder in secret_folders())
    return not laid and bool(stat.S_IMODE(place.stat().st_mode) & 0o007)
