"""One backup being made: record, documents and, where they are ours, the chains' own state."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from groundwork.console import database_copies
from groundwork.console.backup_manifest import (
    DATABASE,
    DOCUMENTS,
    ENGINE,
    KEYS,
    MANIFEST,
    BackupFile,
    BackupKey,
    Manifest,
    file_facts,
)
from groundwork.console.faults import Fault
from groundwork.runtime.embedded import EmbeddedPostgres
from groundwork.runtime.keyrings import payload_place, vault_place
from groundwork.runtime.settings import Settings, variable
from groundwork.runtime.whereabouts import running_up, sole_owner
from groundwork.store.backup_point import BackupPoint, Content, backup_point
from groundwork.store.files import ContentGone, Files
from groundwork.store.signatures import SigningKey, UnusableKey, fingerprint

SETTLE_SECONDS: Final = 1.0
"""What was recorded a moment ago is acknowledged to the engine within this time: twice as long as
a decision waits for the record."""


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[str]:
    """The URL of the installation's database; one of our own is started if it does not run.

    Raises StartError.
    """
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    state = running_up(settings.data_dir)
    if state is not None and state.database_url is not None:
        yield state.database_url
        return
    with sole_owner(settings.data_dir):
        server = EmbeddedPostgres.of(settings)
        try:
            await server.start()
            yield server.url()
        finally:
            await server.stop()


def engine_file(settings: Settings) -> Path:
    """Where the embedded Temporal server keeps the chains' own state."""
    return settings.data_dir / "temporal" / ENGINE


class BackingUp:
    """Makes one backup in a folder that is not there yet, or empty."""

    def __init__(
        self, settings: Settings, folder: Path, *, documents: bool = True, keys: bool = False
    ) -> None:
        """`documents` and `keys` say whether contents of documents and key files are copied."""
        self._settings = settings
        self._folder = folder
        self._documents = documents
        self._keys = keys
        self._made_at = datetime.now(UTC)

    async def run(self) -> Manifest:
        """Make it. Raises Fault, StartError, StoreError; what was begun then stays, unusable."""
        self._open_folder()
        async with open_database(self._settings) as url:
            point = await asyncio.to_thread(self._copy_database, url)
        missing = await self._copy_documents(point.contents) if self._documents else []
        return self._conclude(point, missing)

    def _open_folder(self) -> None:
        if self._folder.exists() and (not self._folder.is_dir() or any(self._folder.iterdir())):
            raise Fault(
                f"{self._folder} 已存在且不为空，不会覆盖；请另选文件夹。 "
                f"{self._folder} is there and not empty: it is not overwritten, choose another."
            )
        if self._settings.embeds_postgres and not self._settings.data_dir.is_dir():
            raise Fault(
                f"{self._settings.data_dir} 中没有数据，请检查 GROUNDWORK_DATA_DIR。 "
                f"There is nothing in {self._settings.data_dir}: look at GROUNDWORK_DATA_DIR."
            )
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder.chmod(0o700)

    def _copy_database(self, url: str) -> BackupPoint:
        with backup_point(url, self._copy_engine) as point:
            database_copies.dump(url, point.snapshot, point.server, self._folder / DATABASE)
            return point

    def _copy_engine(self) -> None:
        """Copy the chains' own state while nothing can be recorded, so that both fit."""
        self._made_at = datetime.now(UTC)
        if not self._settings.embeds_temporal:
            return
        time.sleep(SETTLE_SECONDS)
        source = engine_file(self._settings)
        if not source.is_file():
            raise Fault(
                f"缺少 {source}，无法备份链条的运行状态。 "
                f"{source} is missing: the chains' own state cannot be backed up."
            )
        # In one step: a copy in several would begin anew whenever the engine writes.
        try:
            with (
                closing(sqlite3.connect(source)) as engine,
                closing(sqlite3.connect(self._folder / ENGINE)) as copy,
            ):
                engine.backup(copy, pages=-1)
        except sqlite3.Error as error:
            raise Fault(
                f"无法复制链条的运行状态（{error}），请检查磁盘空间后重试。 "
                f"The chains' own state cannot be copied ({error}): see whether the disk is full, "
                "and try again."
            ) from None

    async def _copy_documents(self, contents: Iterable[Content]) -> list[str]:
        """Copy every content; returns those that are gone from the file storage."""
        files = Files(self._settings.documents_place)
        missing = []
        for content in contents:
            place = self._folder / content_path(content.sha256)
            try:
                with await files.fetched(content.sha256, content.size) as found:
                    whole = found.content()
                    if whole.sha256 != content.sha256:
                        raise ContentGone("a content is not what it was")
                    place.parent.mkdir(parents=True, exist_ok=True)
                    await asyncio.to_thread(shutil.copyfile, whole.path, place)
            except ContentGone:
                missing.append(content.sha256)
        return missing

    def _conclude(self, point: BackupPoint, missing: list[str]) -> Manifest:
        keys = tuple(self._note_keys())
        manifest = Manifest(
            made_at=self._made_at,
            groundwork=version("groundwork"),
            schema_revision=point.revision,
            postgres=point.server,
            namespace=self._settings.namespace,
            engine="embedded" if self._settings.embeds_temporal else "external",
            chains=point.chains,
            events=point.events,
            documents="included" if self._documents else "apart",
            missing_documents=tuple(missing),
            keys=keys,
            files=self._listed(),
        )
        fresh = self._folder / f"{MANIFEST}~new"
        fresh.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
        fresh.chmod(0o600)
        fresh.replace(self._folder / MANIFEST)
        return manifest

    def _listed(self) -> dict[str, BackupFile]:
        """Every file, readable by its owner alone."""
        listed = {}
        for path in sorted(self._folder.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
            if path.is_file():
                listed[path.relative_to(self._folder).as_posix()] = file_facts(path)
        return listed

    def _note_keys(self) -> Iterable[BackupKey]:
        for setting, path in key_places(self._settings).items():
            if not path.is_file():
                continue
            name = None
            if self._keys:
                name = f"{KEYS}/{setting}"
                (self._folder / KEYS).mkdir(exist_ok=True, mode=0o700)
                shutil.copyfile(path, self._folder / name)
            yield BackupKey(setting=setting, fingerprint=_fingerprint(path), file=name)


def key_places(settings: Settings) -> dict[str, Path]:
    """Where the keys are that the installation uses, by the variable that names each."""
    named = {
        variable(name): getattr(settings, name)
        for name in Settings.model_fields
        if name.endswith("_key_file")
    }
    named[variable("audit_key_file")] = settings.audit_key_place
    named[variable("vault_key_file")] = vault_place(settings)
    named[variable("payload_key_file")] = payload_place(settings)
    return {name: path for name, path in named.items() if path is not None}


def content_path(digest: str) -> str:
    """Where the content of a document lies in a backup."""
    return f"{DOCUMENTS}/{digest[:2]}/{digest}"


def _fingerprint(path: Path) -> str | None:
    try:
        return fingerprint(SigningKey.read(path.read_bytes()).public)
    except UnusableKey:
        return None
