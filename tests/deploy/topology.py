"""The compose file as YAML means it, merges and anchors resolved."""

import functools
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


@functools.cache
def compose() -> dict[str, Any]:
    """The whole file, without its fragments."""
    loaded = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return {name: part for name, part in loaded.items() if not name.startswith("x-")}


def services() -> dict[str, dict[str, Any]]:
    """Every service."""
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def own() -> dict[str, dict[str, Any]]:
    """The services that run Groundwork itself."""
    return {name: one for name, one in services().items() if "build" in one}
