"""Commands that run Groundwork itself: on one machine, or as the parts of a cluster."""

import contextlib
from typing import TYPE_CHECKING, Annotated

import typer

from groundwork.console.engine import logged
from groundwork.console.faults import ExitCode
from groundwork.console.options import Lang, prints
from groundwork.console.screen import Grid, Mark, Screen

if TYPE_CHECKING:
    from groundwork.runtime.settings import Settings


def up(
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Open the demonstration instead, apart from real data (演示)."),
    ] = False,
    empty: Annotated[
        bool, typer.Option("--empty", help="With --demo: people only, no projects.")
    ] = False,
    language: Lang = "zh",
) -> None:
    """Start everything on this machine (一键启动).

    PostgreSQL, Temporal, a worker and the API. Runs until Ctrl-C or SIGTERM and keeps its data in
    GROUNDWORK_DATA_DIR, that of the demonstration in the folder `demo` there.
    """
    from groundwork.console.opening import Opening
    from groundwork.runtime.demonstration import demonstration_of
    from groundwork.runtime.loop import run
    from groundwork.runtime.production import require_sound

    settings = _settings_and_logging()
    if demo or settings.demo:
        settings = demonstration_of(settings)
    require_sound(settings)
    run(Opening(settings, Screen(language), park=not empty).run())


def worker() -> None:
    """Run a worker, which carries chains; as many as you like."""
    from groundwork.runtime.serving import main as serve
    from groundwork.runtime.settings import SettingsError, load_settings

    with contextlib.suppress(SettingsError):  # the worker tells it better
        if load_settings().demo:
            raise typer.Exit(serve("groundwork.demonstration.worker"))
    raise typer.Exit(serve("groundwork.worker"))


def api() -> None:
    """Run an API process; as many as you like."""
    from groundwork.runtime.serving import main as serve

    raise typer.Exit(serve("groundwork.api.__main__"))


@prints
def prepare(screen: Screen) -> None:
    """Prepare a cluster's database and Temporal namespaces.

    Safe to repeat: runs the migrations, keeps this release's definitions and calendars, registers
    the search attributes and, if there is no administrator yet, creates one and prints the token.
    """
    from groundwork.console.preparing import prepare_cluster
    from groundwork.runtime.loop import run

    prepared = run(prepare_cluster(_settings_and_logging()))
    screen.show(
        prepared,
        screen.say(
            f"数据库与 Temporal 已就绪，新增搜索属性 {len(prepared['search_attributes'])} 个。",
            f"Database and Temporal are ready; search attributes added: "
            f"{len(prepared['search_attributes'])}.",
        ),
        *_awaited(screen, prepared["waits_for_version"]),
        *(
            [
                screen.say(
                    f"管理员令牌（只显示这一次）：{prepared['administrator_token']}",
                    f"The administrator's token, shown this once: "
                    f"{prepared['administrator_token']}",
                ),
                screen.say(
                    f"网页登录名 {prepared['administrator_sign_in_name']}，"
                    "一次性密码（只显示这一次）："
                    f"{prepared['administrator_password']}",
                    f"On the pages sign in as {prepared['administrator_sign_in_name']} with this"
                    " one-time password, shown this once: "
                    f"{prepared['administrator_password']}",
                ),
            ]
            if prepared["administrator_token"]
            else []
        ),
    )


def _awaited(screen: Screen, version: str | None) -> list[str]:
    if version is None:
        return []
    command = f"groundwork deployment current {version}"
    return [
        screen.say(
            f"还没有现行版本，链条不会推进：启动工作进程后运行 {command}",
            "No version is current yet and chains do not advance: "
            f"start the workers, then run {command}",
        )
    ]


def _settings_and_logging() -> "Settings":
    from groundwork.runtime.bureau import check_bureau

    settings = logged()
    check_bureau(settings)
    return settings


@prints
def doctor(screen: Screen) -> None:
    """Check the set-up (体检) and say how to mend it. Exit code 1 if something is wrong."""
    from groundwork.console.checkup import Checkup, Status
    from groundwork.runtime.demonstration import in_use
    from groundwork.runtime.loop import run

    findings = run(Checkup(logged(in_use)).findings())
    signs = {
        Status.OK: Mark(screen.say("✓ 正常", "✓ ok"), "green"),
        Status.WARN: Mark(screen.say("▲ 注意", "▲ warn"), "yellow"),
        Status.FAIL: Mark(screen.say("■ 故障", "■ fail"), "bold white on red"),
        Status.SKIP: Mark(screen.say("○ 未启动", "○ not up"), "dim"),
    }
    ok = all(one.status is not Status.FAIL for one in findings)
    columns = screen.say("检查项,结果,详情,办法", "Check,Result,Detail,Remedy").split(",")
    rows = [
        (
            screen.say(one.zh, one.en),
            signs[one.status],
            one.detail,
            screen.say(one.remedy_zh, one.remedy_en),
        )
        for one in findings
    ]
    data = [
        {
            "id": one.id,
            "status": one.status.value,
            "detail": one.detail,
            "remedy": screen.say(one.remedy_zh, one.remedy_en),
        }
        for one in findings
    ]
    screen.show({"ok": ok, "checks": data}, Grid(columns, rows))
    if not ok:
        raise typer.Exit(ExitCode.REFUSED)


def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(f"groundwork {installed('groundwork')}")
