"""`groundwork deployment`: on which version of the workers chains begin, and which carry some.

These commands speak to Temporal itself, with the settings of a worker.
"""

import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from groundwork.console.engine import logged, reach
from groundwork.console.faults import ExitCode, Fault
from groundwork.console.options import prints
from groundwork.console.screen import Block, Grid, Screen

if TYPE_CHECKING:
    from groundwork.runtime.deployments import Deployment, Deployments, Version

app = typer.Typer(
    no_args_is_help=True,
    help="Versions of the workers (滚动升级): show, current, ramp, hasten, drained.",
)

LOOK_SECONDS: Final = 2.0

BuildId = Annotated[str, typer.Argument(metavar="VERSION", help="A worker's GROUNDWORK_BUILD_ID.")]


@app.command("show")
@prints
def show(screen: Screen) -> None:
    """List the versions that Temporal knows, what becomes of each, and what runs on it."""
    found = _asked(_find)
    if found is None:
        screen.show({"name": _name(), "current": None, "versions": []}, _no_versions(screen))
        return
    screen.show(_data(found), *_told(screen, found))


@app.command("current")
@prints
def current(
    screen: Screen,
    version: Annotated[str | None, typer.Argument(metavar="VERSION", show_default=False)] = None,
    unversioned: Annotated[
        bool,
        typer.Option("--unversioned", help="Instead: workers that have no version."),
    ] = False,
) -> None:
    """Let new chains begin on a version, and those of others move to it.

    For example: groundwork deployment current 0.2.0
    """
    if (version is None) is not unversioned:
        raise typer.BadParameter("give VERSION or --unversioned")

    async def change(deployments: "Deployments") -> "Deployment | None":
        await deployments.make_current(version)
        return await deployments.find()

    _show_changed(screen, _asked(change))


@app.command("ramp")
@prints
def ramp(
    screen: Screen,
    version: BuildId,
    percent: Annotated[
        float, typer.Option(min=0, max=100, help="Share of chains; 0 takes it back.")
    ] = 10,
) -> None:
    """Let a share of the chains begin on a version, or move to it, before it is current."""

    async def change(deployments: "Deployments") -> "Deployment | None":
        await deployments.ramp(version, percent)
        return await deployments.find()

    _show_changed(screen, _asked(change))


@app.command("hasten")
@prints
def hasten(screen: Screen, version: BuildId) -> None:
    """Let the chains on a version move now; without it each moves when it next wakes."""
    _one(version)
    told: int = _asked(lambda deployments: deployments.hasten(version))
    screen.show(
        {"version": version, "told": told},
        screen.say(
            f"已通知版本 {version} 上的 {told} 条链条。",
            f"Chains told on version {version}: {told}.",
        ),
    )


@app.command("drained")
@prints
def drained(
    screen: Screen,
    version: BuildId,
    wait: Annotated[bool, typer.Option("--wait", help="Until it is.")] = False,
) -> None:
    """Say whether nothing runs on a version any more, so that its workers may end.

    Exit code 1 while something does.
    """
    while (one := _one(version)).chains + one.others and wait:
        time.sleep(LOOK_SECONDS)
    empty = not one.chains + one.others
    screen.show(
        _facts(one) | {"drained": empty},
        screen.say(
            f"版本 {version}：链条 {one.chains}，其他流程 {one.others}。"
            + ("可以停止它的工作进程。" if empty else "请保留它的工作进程。"),
            f"Version {version}: {one.chains} chains, {one.others} other workflows. "
            + ("Its workers may end." if empty else "Keep its workers."),
        ),
    )
    if not empty:
        raise typer.Exit(ExitCode.REFUSED)


def _one(build_id: str) -> "Version":
    found: Deployment | None = _asked(_find)
    versions = found.versions if found else ()
    for one in versions:
        if one.build_id == build_id:
            return one
    raise Fault(
        f"Temporal 不知道版本 {build_id}。 Temporal does not know version {build_id}: "
        f"see groundwork deployment show."
    )


async def _find(deployments: "Deployments") -> "Deployment | None":
    return await deployments.find()


def _asked(question: Any) -> Any:
    from groundwork.runtime.deployments import Deployments
    from groundwork.runtime.loop import run

    settings = logged()

    async def ask() -> Any:
        return await question(Deployments(await reach(settings), settings.deployment))

    return run(ask())


def _name() -> str:
    from groundwork.runtime.settings import load_settings

    return load_settings().deployment


def _show_changed(screen: Screen, found: "Deployment | None") -> None:
    assert found is not None, "what was changed is there"
    screen.show(_data(found), *_told(screen, found))


def _data(found: "Deployment") -> dict[str, Any]:
    return {
        "name": found.name,
        "current": found.current,
        "versions": [_facts(one) for one in found.versions],
    }


def _facts(one: "Version") -> dict[str, Any]:
    return one._asdict()


def _told(screen: Screen, found: "Deployment") -> list[Block]:
    from groundwork.domain.calendar import SHANGHAI

    columns = screen.say(
        "版本,状态,链条,其他流程,首次出现", "Version,Standing,Chains,Other workflows,First seen"
    ).split(",")
    rows = [
        (
            one.build_id,
            _standing(screen, one),
            str(one.chains),
            str(one.others),
            f"{one.created_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        )
        for one in found.versions
    ]
    grid = Grid(columns, rows, numeric=frozenset({2, 3}))
    return [grid] if found.current else [grid, _nothing_current(screen)]


def _standing(screen: Screen, one: "Version") -> str:
    return {
        "current": screen.say("现行", "current"),
        "ramping": screen.say(f"试行 {one.percent:g}%", f"ramping {one.percent:g}%"),
        "draining": screen.say("正在排空", "draining"),
        "drained": screen.say("已排空", "drained"),
        "idle": screen.say("未启用", "idle"),
    }[one.standing]


def _no_versions(screen: Screen) -> str:
    return screen.say(
        "没有带版本的工作进程来过；链条由任何工作进程承办。",
        "No worker with a version has asked for work yet: chains go to any worker.",
    )


def _nothing_current(screen: Screen) -> str:
    return screen.say(
        "没有现行版本：带版本的工作进程得不到新链条。请运行 groundwork deployment current 版本。",
        "No version is current: workers that have one get no new chains. "
        "Run: groundwork deployment current VERSION",
    )
