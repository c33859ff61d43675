"""The `groundwork` command. Each command imports what it needs when it runs, to start fast."""

import contextlib
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from groundwork.console import (
    auditing,
    backups,
    calendar_office,
    calendars,
    cases,
    credit,
    definitions,
    deployment,
    documents,
    duties,
    erasing,
    escalations,
    foresight,
    granting,
    keys,
    kpis,
    mending,
    notices,
    onward,
    operating,
    papers,
    playing,
    projects,
    promises,
    reminding,
    repairing,
    servers,
    skipping,
    upgrading,
    views,
    webhooks,
)
from groundwork.console.faults import ExitCode, as_fault


class Front(TyperGroup):
    """Tells what went wrong in one line on standard error, without a stack trace."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; an error of ours ends it with its exit code."""
        try:
            return super().invoke(ctx)
        except Exception as error:  # the boundary: what is not ours goes on to Typer
            fault = as_fault(error)
            if fault is None:
                raise
            typer.echo(fault, err=True)
            raise typer.Exit(fault.code) from None


app = typer.Typer(
    name="groundwork",
    cls=Front,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Approvals of industrial projects as durable chains (工业项目审批链条).",
)
for panel, commands in {
    "Begin": (servers.up, playing.demo, servers.doctor, servers.version),
    "Chains": (
        *(cases.launch, cases.act, views.show, views.inbox),
        *(reminding.remind, escalations.escalations),
    ),
    "Projects": (projects.projects, projects.track, projects.tracking_code),
    "Ledgers": (promises.commitments, promises.deficiencies, kpis.kpi),
    "Look ahead": (foresight.forecast, playing.rehearse, onward.what_if),
    "Backups": (backups.backup, backups.restore, mending.reconcile),
    "Clusters": (servers.prepare, servers.worker, servers.api),
}.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)

calendar_office.join(calendars.app)
upgrading.join(definitions.app)
repairing.join(operating.app)
skipping.join(operating.app)

for group, name in (
    (definitions.app, "catalogue"),
    (calendars.app, "calendar"),
    (documents.app, "documents"),
    (duties.app, "people"),
    (granting.app, "people"),
    (erasing.app, "people"),
    (credit.app, "credit"),
    (auditing.app, "audit"),
    (keys.app, "keys"),
    (papers.app, "paper"),
    (notices.app, "notices"),
    (webhooks.app, "webhooks"),
    (webhooks.feeds, "feeds"),
):
    app.add_typer(group, name=name, rich_help_panel="Keep")
app.add_typer(deployment.app, name="deployment", rich_help_panel="Clusters")
app.add_typer(operating.app, name="ops", rich_help_panel="Clusters")


def main() -> None:
    """Run the command line and exit."""
    try:
        app()
    except Exception as error:  # a defect of ours: who debugs it sees the trace, others one line
        if _debugs():
            raise
        typer.echo(
            f"程序内部错误（{type(error).__name__}），请设置 GROUNDWORK_LOG_LEVEL=debug 后重试，"
            f"并将输出告知开发者。 Something failed inside Groundwork ({type(error).__name__}): "
            f"try again with GROUNDWORK_LOG_LEVEL=debug and tell its developers what you see.",
            err=True,
        )
        sys.exit(ExitCode.REFUSED)


def _debugs() -> bool:
    from groundwork.runtime.settings import SettingsError, load_settings

    with contextlib.suppress(SettingsError):
        return load_settings().log_level == "debug"
    return False
