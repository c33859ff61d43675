"""One backup being restored into an installation that has nothing yet, and looked at afterwards.

Folders of our own servers are made whole beside those that are there, and only then take their
place: whatever ends a restoration before, what was there is as it was.
"""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from groundwork.console import database_copies
from groundwork.console.backing_up import content_path, engine_file, key_places
from groundwork.console.backup_manifest import (
    DATABASE,
    ENGINE,
    Manifest,
    read_manifest,
    require_whole,
)
from groundwork.console.faults import Fault
from groundwork.runtime.embedded import EmbeddedPostgres
from groundwork.runtime.keyrings import vault_keys
from groundwork.runtime.processes import end_recorded
from groundwork.runtime.settings import Settings, variable
from groundwork.runtime.whereabouts import PARTS, RESTORED, move_in, sole_owner
from groundwork.store import vault
from groundwork.store.audit import Audit
from groundwork.store.backup_point import emptied, is_empty, needed_contents, users
from groundwork.store.engine import create_engine
from groundwork.store.files import Content, Files
from groundwork.store.ledger import Finding
from groundwork.store.migrations import is_known, migrate
from groundwork.worker import stock_from_catalogue, stock_from_store
from groundwork.workflows import shelf

LEFTOVER_SECONDS: Final = 5.0
UNFINISHED: Final = "restoring"
"""The data folder of what is not whole yet, within that of the installation."""


class Restored(NamedTuple):
    """What came of a restoration."""

    manifest: Manifest
    findings: list[Finding]
    """What the check of the record found."""
    missing_documents: list[str]
    """Contents, by SHA-256, that documents need and that are not in the file storage."""
    set_aside: list[Path]
    """Where that lies now which was in the way."""
    with_engine: bool
    """Whether the chains' own state was restored along with the record."""

    @property
    def whole(self) -> bool:
        """Whether nothing is amiss."""
        return not self.findings and not self.missing_documents


class Restoring:
    """Restores one backup."""

    def __init__(self, settings: Settings, folder: Path, *, force: bool = False) -> None:
        """`force` makes room where something is: ours is set aside, a named database emptied."""
        self._settings = settings
        self._folder = folder
        self._force = force
        self._unfinished = settings.data_dir / UNFINISHED
        self._made = settings.model_copy(update={"data_dir": self._unfinished})

    async def run(self) -> Restored:
        """Restore it. Raises Fault, StartError, StoreError."""
        manifest = read_manifest(self._folder)
        if not is_known(manifest.schema_revision):
            raise Fault(
                f"该备份由更新的版本（{manifest.groundwork}）写成，请先升级 Groundwork。 "
                f"This backup was made by a later release ({manifest.groundwork}): "
                "upgrade Groundwork first."
            )
        await asyncio.to_thread(require_whole, self._folder, manifest)
        self._require_keys(manifest)
        with_engine = self._settings.embeds_temporal and manifest.engine == "embedded"
        with self._alone(), self._room(), self._beside():
            findings, missing = await self._restore(manifest, with_engine=with_engine)
            return Restored(
                manifest=manifest,
                findings=findings,
                missing_documents=missing,
                set_aside=self._move_in(),
                with_engine=with_engine,
            )

    async def _restore(
        self, manifest: Manifest, *, with_engine: bool
    ) -> tuple[list[Finding], list[str]]:
        """Make everything whole; what the record's check found, and which contents lack."""
        if with_engine:
            await asyncio.to_thread(self._restore_engine)
        async with self._database() as url:
            await asyncio.to_thread(
                database_copies.load, url, manifest.postgres, self._folder / DATABASE
            )
            self._restore_keys(manifest)
            vault.use(vault_keys(self._settings))
            await asyncio.to_thread(migrate, url)
            await self._restore_documents(manifest)
            return await self._check_record(url), await self._check_documents(url)

    def _require_keys(self, manifest: Manifest) -> None:
        """Make sure that what is restored can be read. Raises Fault naming the keys that lack.

        A signing key is not needed for that: another one may sign from now on.
        """
        places = key_places(self._settings)
        reading = (key for key in manifest.keys if key.setting != variable("audit_key_file"))
        lacking = [
            f"{key.setting}（{places.get(key.setting, '—')}）"
            for key in reading
            if key.file is None and not (key.setting in places and places[key.setting].is_file())
        ]
        if lacking:
            raise Fault(
                f"缺少密钥文件，恢复的数据将无法读取：{'、'.join(lacking)}。请先放回。 "
                f"Without these key files what is restored could not be read: {', '.join(lacking)}."
                " Put them back first."
            )

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the data folder where a server's data in it is ours; nothing of it still runs."""
        settings = self._settings
        if not (settings.embeds_postgres or settings.embeds_temporal):
            yield
            return
        with sole_owner(settings.data_dir):
            for data_dir in (settings.data_dir, self._unfinished):
                for note in sorted((data_dir / "run").glob("*.pid")):
                    end_recorded(note, patience=LEFTOVER_SECONDS)
            yield

    @contextlib.contextmanager
    def _room(self) -> Iterator[None]:
        """Refuse to overwrite anything; with `force` have a named database empty meanwhile.

        Raises Fault.
        """
        settings = self._settings
        own = [place for part in self._parts() if (place := settings.data_dir / part).exists()]
        url = settings.database_url.get_secret_value() if settings.database_url else None
        if url and users(url):
            raise Fault(
                "数据库正在被 Groundwork 的进程使用，请先停止 worker 和 API。 "
                "Processes of Groundwork use the database: stop workers and API first."
            )
        occupied = url is not None and not is_empty(url)
        if (own or occupied) and not self._force:
            where = "、".join(str(place) for place in own) or variable("database_url")
            raise Fault(
                f"{where} 中已有数据，不会覆盖；如确需替换，请加 --force。 "
                f"There is data already ({where}) and it is not overwritten: "
                "give --force to put the backup in its place."
            )
        with contextlib.ExitStack() as moved:
            if url and occupied:
                stamp = datetime.now(UTC).strftime("%Y%m%dt%H%M%Sz")
                moved.enter_context(emptied(url, f"before_{stamp}"))
            yield

    def _parts(self) -> list[str]:
        """The folders of the servers that are ours."""
        ours = (self._settings.embeds_postgres, self._settings.embeds_temporal)
        return [part for part, embedded in zip(PARTS, ours, strict=True) if embedded]

    @contextlib.contextmanager
    def _beside(self) -> Iterator[None]:
        """A data folder for what is not whole yet; what an interrupted restoration left goes."""
        shutil.rmtree(self._unfinished, ignore_errors=True)
        try:
            if self._parts():
                self._unfinished.mkdir(exist_ok=True, mode=0o700)
            if self._settings.embeds_temporal:
                # Also without a state of its chains: one that is there belongs to another record.
                engine_file(self._made).parent.mkdir(exist_ok=True, mode=0o700)
            yield
        finally:
            shutil.rmtree(self._unfinished, ignore_errors=True)

    def _move_in(self) -> list[Path]:
        """Have what is whole take the place of what was there; where this lies now."""
        if not self._unfinished.exists():
            return []
        self._unfinished.rename(self._settings.data_dir / RESTORED)
        return move_in(self._settings.data_dir)

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[str]:
        """The URL of the database to fill; one of our own is made and started."""
        if self._settings.database_url is not None:
            yield self._settings.database_url.get_secret_value()
            return
        server = EmbeddedPostgres.of(self._made)
        try:
            await server.start()
            yield server.url()
        finally:
            await server.stop()

    async def _restore_documents(self, manifest: Manifest) -> None:
        files = Files(self._settings.documents_place)
        for name, facts in manifest.files.items():
            if name == content_path(facts.sha256):
                path = str(self._folder / name)
                await files.keep(Content(path, facts.size, facts.sha256, b"", None))

    def _restore_engine(self) -> None:
        _copy(self._folder / ENGINE, engine_file(self._made))

    def _restore_keys(self, manifest: Manifest) -> None:
        """Put keys that the backup brings where the settings want them, unless they are there."""
        places = key_places(self._settings)
        for key in manifest.keys:
            place = places.get(key.setting)
            if key.file is not None and place is not None and not place.exists():
                _copy(self._folder / key.file, place)

    async def _check_record(self, url: str) -> list[Finding]:
        engine = create_engine(url, pool_size=2)
        try:
            stock_from_catalogue()
            await stock_from_store(engine)
            audit = Audit(engine, shelf.definition, self._settings.audit_trusted)
            return [*await audit.verify(), *await audit.refold()]
        finally:
            await engine.dispose()

    async def _check_documents(self, url: str) -> list[str]:
        files = Files(self._settings.documents_place)
        contents = await asyncio.to_thread(needed_contents, url)
        return [one.sha256 for one in contents if not await files.holds(one.sha256)]


def _copy(source: Path, place: Path) -> None:
    """Copy a file that only its owner may read; it is there once it is whole and on the disk."""
    unfinished = place.with_name(f"{place.name}.new")
    unfinished.touch(mode=0o600)
    try:
        shutil.copyfile(source, unfinished)
        with unfinished.open("rb+") as copied:
            os.fsync(copied.fileno())
        unfinished.rename(place)
    finally:
        unfinished.unlink(missing_ok=True)
