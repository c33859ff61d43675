"""Where the system lays secrets as files, each named like the setting that it holds."""

import os
from pathlib import Path
from typing import Final

CONTAINERS: Final = (Path("/run/secrets"), Path("/run/secrets/groundwork"))
"""Where containers find them: the first under Docker Compose, the second in our manifests."""


def secret_folders() -> list[Path]:
    """The folders that there are; the later wins. systemd names its own in the environment."""
    named = os.environ.get("CREDENTIALS_DIRECTORY")
    candidates = (*CONTAINERS, *([Path(named)] if named else []))
    return [folder for folder in candidates if folder.is_dir()]
