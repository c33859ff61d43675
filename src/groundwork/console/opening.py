"""`groundwork up`: what it prepares, which processes it runs, and what it tells once they do."""

import asyncio
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final

from groundwork.console import tokens
from groundwork.console.screen import Cell, Grid, Mark, Screen
from groundwork.console.signing import keep_signing_key
from groundwork.runtime.keyrings import keep_key_rings, key_environment, vault_keys
from groundwork.runtime.logs import line_relay
from groundwork.runtime.settings import Settings, child_environment
from groundwork.runtime.supervisor import Child, Engines, Supervisor, http_answers
from groundwork.runtime.whereabouts import UpState

if TYPE_CHECKING:
    from groundwork.console.cast import Part
    from groundwork.runtime.demonstration import Player

DEMO_CHAINS: Final = ("land-to-construction", "completion-to-production")
READY_SECONDS: Final = 60.0
_SERVING: Final = (sys.executable, "-m", "groundwork.runtime.serving")


class Opening:
    """One run of `groundwork up`."""

    def __init__(self, settings: Settings, screen: Screen, *, park: bool = True) -> None:
        """A demonstration (`settings.demo`) gets its people and, unless `park` is off, its park."""
        self._settings = settings
        self._screen = screen
        self._park = settings.demo and park
        self._cast: list[Part] = []
        self._players: tuple[Player, ...] = ()
        self._planting: asyncio.Task[None] | None = None
        self._first_token: str | None = None
        self._first_password = ("", "")
        self._database_url = ""

    async def run(self) -> None:
        """Bring everything up and keep it up until SIGINT or SIGTERM. Raises as `Supervisor`."""
        supervisor = Supervisor(
            self._settings,
            self._children,
            prepare_database=self._prepare,
            on_ready=self._announce,
            on_slow_stop=self._ask_for_patience,
            on_line=line_relay(self._settings),
        )
        # The servers take a moment to start; what prepares them is imported meanwhile.
        preloading = asyncio.create_task(
            asyncio.to_thread(import_module, "groundwork.console.preparing")
        )
        try:
            await supervisor.run()
        finally:
            await preloading
            if self._planting is not None:
                self._planting.cancel()
                await asyncio.gather(self._planting, return_exceptions=True)

    def _children(self, engines: Engines) -> Sequence[Child]:
        settings = self._settings
        keep_key_rings(settings)
        environment = child_environment(
            settings, database_url=engines.database_url, temporal_address=engines.temporal_address
        ) | key_environment(settings)
        reachable = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host
        child = partial(Child, env=environment, ready_seconds=READY_SECONDS)
        worker = "groundwork.demonstration.worker" if settings.demo else "groundwork.worker"
        return [
            child("worker", [*_SERVING, worker]),
            child(
                "api",
                [*_SERVING, "groundwork.api.__main__"],
                ready=lambda: http_answers(f"http://{reachable}:{settings.port}/healthz"),
                stop_seconds=5.0,
                early=True,
            ),
        ]

    async def _prepare(self, url: str) -> None:
        from groundwork.catalogue.loader import latest
        from groundwork.console import cast, preparing
        from groundwork.store import vault
        from groundwork.store.grants import Grants
        from groundwork.store.people import People

        settings = self._settings
        self._database_url = url
        vault.use(vault_keys(settings))
        await preparing.prepare_tables(url)
        if settings.embeds_postgres and settings.audit_key_place is not None:
            keep_signing_key(settings.audit_key_place)
        database = preparing.database(url)
        try:
            people = People(database)
            await preparing.save_catalogue(database)
            self._first_token = await preparing.first_administrator(people, settings.data_dir)
            if self._first_token:
                self._first_password = await preparing.first_password(people, database, settings)
            if settings.embeds_postgres:
                await preparing.keep_administrator(people, settings.data_dir)
            if settings.demo:
                self._cast = list(cast.parts([latest(one) for one in DEMO_CHAINS]))
                self._players = await cast.engage(
                    people, Grants(database), self._cast, settings.data_dir
                )
        finally:
            await database.dispose()
        if not settings.embeds_temporal:
            await preparing.prepare_temporal(settings)

    def _ask_for_patience(self, name: str) -> None:
        """Say what is waited for: whoever pressed Ctrl-C need not wonder."""
        screen = self._screen
        screen.tell(
            screen.say(
                f"正在等待 {name} 停止；再按一次 Ctrl-C 立即全部结束。",
                f"Waiting for {name} to stop; Ctrl-C again ends everything at once.",
            )
        )
        sys.stdout.flush()

    def _announce(self, state: UpState) -> None:
        """Say where everything is and who may act."""
        screen = self._screen
        screen.tell("", *self._places(state))
        if self._first_token:
            path = tokens.folder(self._settings.data_dir) / tokens.ADMINISTRATOR
            screen.tell(
                "",
                screen.say(
                    "管理员令牌（只显示这一次，已存入下列文件，仅本用户可读）：",
                    "The administrator's token, shown this once and saved for you alone in:",
                ),
                f"  {path}",
                Mark(f"  {self._first_token}", "bold"),
                screen.say(
                    f"管理员也可在网页以登录名 {self._first_password[0]}"
                    " 和下列一次性密码登录（只显示这一次）：",
                    f"On the pages the administrator may also sign in as {self._first_password[0]}"
                    " with this one-time password, shown this once:",
                ),
                Mark(f"  {self._first_password[1]}", "bold"),
            )
        if self._cast:
            screen.tell("", *self._who())
        screen.tell("", screen.say("按 Ctrl-C 停止。", "Stop it with Ctrl-C."))
        sys.stdout.flush()
        if self._park:
            from groundwork.console.planting import plant

            engines = Engines(self._database_url, state.temporal_address)
            planting = plant(self._settings, engines, self._players, screen)
            self._planting = asyncio.create_task(planting)

    def _places(self, state: UpState) -> list[Cell]:
        screen = self._screen
        named = [
            (screen.say("网页", "Pages"), state.api_url),
            ("OpenAPI", f"{state.api_url}/api/v1/openapi.json"),
            ("Temporal UI", state.temporal_ui_url or "—"),
            (screen.say("数据目录", "Data"), str(self._settings.data_dir)),
        ]
        title = screen.say("Groundwork 已就绪。", "Groundwork is up.")
        if self._settings.demo:
            title = screen.say(
                "Groundwork 演示环境已就绪：人员、项目均为虚构，与正式数据分开存放。",
                "The demonstration is up: invented people and projects, kept apart from real data.",
            )
        return [Mark(title, "bold green"), *(f"  {name}：{where}" for name, where in named)]

    def _who(self) -> list[Cell | Grid]:
        """The people of the demonstration: one row for each department, then the others."""
        from groundwork.console import words
        from groundwork.console.cast import AT_DESKS

        screen = self._screen
        language = screen.language
        at_desks = [part for part in self._cast if part.department is not None]
        departments = {part.department.id: part.department for part in at_desks if part.department}
        names = {part.handle: part.name for part in self._cast}
        handle = "{}.{}".format
        rows = [
            (
                words.said(department.short, language),
                department.id,
                *(names.get(handle(key, role.value.replace("_", "-")), "—") for role in AT_DESKS),
            )
            for key, department in departments.items()
        ]
        roles = [words.word(words.ROLES, role, language) for role in AT_DESKS]
        suffixes = " ".join(f".{role.value.replace('_', '-')}" for role in AT_DESKS)
        others = [
            (words.word(words.ROLES, part.role, language), part.handle, part.name)
            for part in self._cast
            if part.department is None
        ]
        return [
            screen.say(
                f"演示人员（姓名均为虚构）。部门人员以“部门{suffixes.split()[0]}”等名称使用，"
                f"后缀：{suffixes}",
                f"People of the demonstration (invented). A department's people end in: {suffixes}",
            ),
            Grid((screen.say("部门", "Department"), "--as", *roles), rows),
            Grid(screen.say("角色,--as,姓名", "Role,--as,Name").split(","), others),
        ]
