"""What a backup says of itself: versions, files with their hashes, keys that lie elsewhere.

The manifest is written last, so that a folder without one is no backup.
"""

from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from groundwork.console.faults import Fault

MANIFEST: Final = "manifest.json"
DATABASE: Final = "database.dump"
ENGINE: Final = "temporal.db"
DOCUMENTS: Final = "documents"
KEYS: Final = "keys"


class BackupFile(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str


class BackupKey(BaseModel):
    """A key that the installation uses. `file` is its place in the backup, None if it is apart."""

    model_config = ConfigDict(frozen=True)

    setting: str
    fingerprint: str | None = None
    """Of the public key, where there is one."""
    file: str | None = None


class Manifest(BaseModel):
    """What `manifest.json` holds."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    made_at: AwareDatetime
    """The moment that is kept."""
    groundwork: str
    schema_revision: str | None
    postgres: str
    namespace: str
    engine: Literal["embedded", "external"]
    """Whether the chains' own state lies beside the record, or in a Temporal server of its own."""
    chains: int
    events: int
    documents: Literal["included", "apart"]
    missing_documents: tuple[str, ...] = ()
    """Contents that the file storage had lost already, by SHA-256."""
    keys: tuple[BackupKey, ...] = ()
    files: dict[str, BackupFile]
    """By path within the folder."""


def file_facts(path: Path) -> BackupFile:
    """Size and hash of a file."""
    with path.open("rb") as content:
        return BackupFile(
            size=path.stat().st_size, sha256=file_digest(content, "sha256").hexdigest()
        )


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup. Raises Fault for a folder that holds none, or a later format."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise Fault(
            f"{folder} 不是完整的备份：缺少 {MANIFEST}。 "
            f"{folder} is no complete backup: it has no {MANIFEST}."
        ) from None
    except ValidationError:
        raise Fault(
            f"无法读取 {folder / MANIFEST}：已损坏，或由更新的版本写成。 "
            f"{folder / MANIFEST} cannot be read: it is damaged, or of a later release."
        ) from None


def require_whole(folder: Path, manifest: Manifest) -> None:
    """Hold every file to the manifest. Raises Fault that names the first that differs."""
    for name in _damaged(folder, manifest):
        raise Fault(
            f"备份已损坏：{name} 缺失或与清单不符，未作任何改动。 "
            f"The backup is damaged: {name} is missing or differs from the manifest. "
            "Nothing was changed."
        )


def _damaged(folder: Path, manifest: Manifest) -> Iterator[str]:
    for name, expected in manifest.files.items():
        path = folder / name
        within = path.resolve().is_relative_to(folder.resolve())
        if not (within and path.is_file() and file_facts(path) == expected):
            yield name
