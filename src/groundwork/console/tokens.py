"""Tokens that `groundwork up` saves in the data folder, for commands on the same machine.

Each is a file that its owner alone may read: `tokens/administrator`, with `--demo` one per person.
"""

import os
import re
from pathlib import Path
from typing import Final

from groundwork.console.faults import Fault, Misuse

ADMINISTRATOR: Final = "administrator"
_NAME: Final = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")


def folder(data_dir: Path) -> Path:
    """Where the tokens are."""
    return data_dir / "tokens"


def saved(data_dir: Path) -> list[str]:
    """Whose tokens are saved."""
    place = folder(data_dir)
    if not place.is_dir():
        return []
    return sorted(file.name for file in place.iterdir() if _NAME.fullmatch(file.name))


def save(data_dir: Path, name: str, secret: str) -> Path:
    """Save a token in one step, readable by its owner alone. Raises Misuse for an unfit name."""
    place = folder(data_dir)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, fresh = place / _fit(name), place / f"{_fit(name)}~new"
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    fresh.replace(path)
    return path


def find(data_dir: Path, name: str) -> str | None:
    """The token saved under a name, or None. Raises Misuse, and Fault when it may not be read."""
    path = folder(data_dir) / _fit(name)
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Fault(
            f"无法读取令牌 {path}（{error.strerror}）。 "
            f"The token {path} cannot be read ({error.strerror}): read it as its owner."
        ) from None


def load(data_dir: Path, name: str) -> str:
    """The token saved under a name. Raises Fault when there is none, naming those there are."""
    secret = find(data_dir, name)
    if secret is None:
        known = ", ".join(saved(data_dir))
        there = f"（已有：{known}）" if known else ""
        there_en = f" (there are: {known})" if known else ""
        raise Fault(
            f"{folder(data_dir)} 中没有“{name}”的令牌{there}，请运行 groundwork up，"
            f"或设置 GROUNDWORK_TOKEN。 There is no token of {name} in {folder(data_dir)}"
            f"{there_en}: run `groundwork up`, or set GROUNDWORK_TOKEN."
        )
    return secret


def _fit(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise Misuse(
            f"“{name}”不能作为令牌名称，请使用小写字母、数字、点和连字符。 "
            f"{name} cannot name a token: use small letters, digits, dots and hyphens."
        )
    return name
