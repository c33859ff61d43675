"""Loads chain definitions from a catalogue and tells them apart by id, version and content.

A catalogue is a folder with `chains/<id>/<version>.yaml`, `ladders/<id>-<version>.yaml` and
`credit/<id>-<version>.yaml`. The built-in one is used unless another `root` is given.
"""

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from groundwork.catalogue.check import BUILT_IN, examine
from groundwork.catalogue.mistakes import Mistake
from groundwork.catalogue.shape import suggestion
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.fitness import version_key

_VERSION: Final = re.compile(r"\d+\.\d+\.\d+", re.ASCII)
"""How a released version is called; files of other names are drafts."""

SHORT_HASH = 12
"""How many hexadecimal digits of a content hash are shown to people."""


class CatalogueError(ValueError):
    """A definition cannot be used: where in which file, and what to do about it.

    `field` is the path of the first mistake (`steps[L05].lead`) or empty, `line` counts from 1;
    `mistakes` holds all of them. The message names the first in both languages.
    """

    def __init__(self, message: str, file: Path, line: int, field: str, remedy: str) -> None:
        super().__init__(message)
        self.file = file
        self.line = line
        self.field = field
        self.remedy = remedy
        self.mistakes: tuple[Mistake, ...] = ()

    @classmethod
    def of(cls, mistakes: tuple[Mistake, ...]) -> "CatalogueError":
        """The error for a file with these mistakes, told by the first."""
        first = mistakes[0]
        more = len(mistakes) - 1
        rest = f"（另有 {more} 处 · {more} more）" if more else ""
        remedy = f"{first.remedy_zh} {first.remedy_en}".strip()
        error = cls(f"{first}{rest}", first.file, first.line, first.path, remedy)
        error.mistakes = mistakes
        return error


class Entry(NamedTuple):
    """One version of one chain in a catalogue."""

    id: str
    version: str
    path: Path


def load_chain(path: Path | str) -> ChainDefinition:
    """The definition in a chain file, ladder included.

    Raises CatalogueError when the file has any mistake; it carries all of them.
    """
    file = Path(path)
    examination = examine(file)
    if examination.mistakes:
        raise CatalogueError.of(examination.mistakes)
    if examination.definition is None:
        raise CatalogueError(
            f"{file}: 这不是链条文件。 This is not a chain.",
            file,
            1,
            "",
            "请给出链条文件。 Give the file of a chain.",
        )
    return examination.definition


def content_hash(definition: ChainDefinition) -> str:
    """SHA-256 of a definition's content, in hexadecimal: the same on every machine and run.

    Only what differs from the model's defaults counts, so that a field added to the model later
    leaves the hashes of older definitions, and the chains pinned by them, untouched.
    """
    content = definition.model_dump(mode="json", exclude_defaults=True)
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def short_hash(definition: ChainDefinition) -> str:
    """The beginning of the content hash, for people."""
    return content_hash(definition)[:SHORT_HASH]


def available(root: Path = BUILT_IN) -> list[Entry]:
    """Every version of every chain, by id and then from the oldest version to the newest."""
    files = (root / "chains").glob("*/*.yaml")
    entries = [
        Entry(file.parent.name, file.stem, file) for file in files if _VERSION.fullmatch(file.stem)
    ]
    return sorted(entries, key=lambda entry: (entry.id, version_key(entry.version)))


def latest(chain_id: str, root: Path = BUILT_IN) -> ChainDefinition:
    """The newest version of a chain. Raises CatalogueError like `get`."""
    return get(chain_id, root=root)


def get(chain_id: str, version: str | None = None, root: Path = BUILT_IN) -> ChainDefinition:
    """A chain by id and version, the newest if none is given.

    Raises CatalogueError when the catalogue has no such chain or version, or it has mistakes.
    """
    of_chain = [entry for entry in available(root) if entry.id == chain_id]
    fitting = [entry for entry in of_chain if version in {None, entry.version}]
    if fitting:
        path = fitting[-1].path
        return _loaded(path, _stamp(path, root))
    if not of_chain:
        known = suggestion(chain_id, {entry.id for entry in available(root)})
        wrong = f"没有链条“{chain_id}”。 There is no chain {chain_id}."
    else:
        known = suggestion(version or "", {entry.version for entry in of_chain})
        wrong = f"链条 {chain_id} 没有版本 {version}。 Chain {chain_id} has no version {version}."
    remedy = f"{known.zh} {known.en}".strip()
    raise CatalogueError(f"{wrong} {remedy}", root / "chains", 1, "", remedy)


def pinned(chain_id: str, version: str, expected: str, root: Path = BUILT_IN) -> ChainDefinition:
    """The version that a running chain is pinned to, by its full content hash.

    Raises CatalogueError like `get`, and when the file was edited after it had been published.
    """
    definition = get(chain_id, version, root)
    found = content_hash(definition)
    if found == expected:
        return definition
    file = root / "chains" / chain_id / f"{version}.yaml"
    remedy = (
        "请恢复原文件，将修改存为新版本。 Restore the file; publish the change as a new version."
    )
    raise CatalogueError(
        f"{file}: 内容与已发布的版本不同（{found[:SHORT_HASH]} ≠ {expected[:SHORT_HASH]}）。 "
        f"The content differs from the version that was published. {remedy}",
        file,
        1,
        "",
        remedy,
    )


_Stamp = tuple[tuple[str, int, int], ...]


def _stamp(path: Path, root: Path) -> _Stamp:
    """What tells whether a chain file or anything it may use has changed."""
    folders = (place / name for place in (root, BUILT_IN) for name in ("ladders", "credit"))
    used = (file for folder in folders for file in sorted(folder.glob("*")))
    stats = ((file, file.stat()) for file in (path, *used))
    return tuple((str(file), stat.st_mtime_ns, stat.st_size) for file, stat in stats)


@lru_cache(maxsize=64)
def _loaded(path: Path, _stamp: _Stamp) -> ChainDefinition:
    return load_chain(path)
