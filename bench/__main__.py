"""`python -m bench`: measure, print one table, write build/bench.json."""

import argparse
import os
import platform
import shlex
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from types import MappingProxyType

from rich.console import Console

from bench.decisions import measure_alone, measure_crowd, measure_design
from bench.effort import FULL, QUICK, Effort
from bench.history import measure_history
from bench.memory import measure_memory
from bench.outage import measure_outage
from bench.pages import measure_pages
from bench.report import Report, publish, show, write
from bench.site import Site, open_site
from bench.startup import measure_startup
from bench.year import measure_year
from groundwork.runtime.logs import configure_logging
from groundwork.runtime.loop import run
from groundwork.runtime.settings import Settings

OUTPUT = Path("build") / "bench.json"
PAGE = Path("docs") / "performance.md"

Measure = Callable[[Site, Effort], Awaitable[Report]]

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "alone": measure_alone,
        "crowd": measure_crowd,
        "design": measure_design,
        "history": measure_history,
        "year": measure_year,
        "memory": measure_memory,
        "outage": measure_outage,
        "startup": measure_startup,
        "pages": measure_pages,
    }
)
"""Every measure by the name that `--only` takes, in the order of the table."""


async def measure(
    names: Sequence[str], effort: Effort, progress: Callable[[str], None] = lambda _line: None
) -> Report:
    """Measure what is named, on one site."""
    report = Report(facts={"machine": machine()})
    async with open_site() as site:
        for name in names:
            began = perf_counter()
            progress(f"{name} …")
            report.add(await MEASURES[name](site, effort))
            progress(f"{name}: {perf_counter() - began:.0f} s")
    return report


def machine() -> dict[str, object]:
    """Where and how a run takes place; a high load means that others are at work here."""
    return {
        "processors": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "temporalio": version("temporalio"),
        "sandbox": Settings().sandbox,
    }


def main(words: Sequence[str]) -> None:
    """Do what the command line says."""
    given = _parser().parse_args(words)
    configure_logging(Settings().model_copy(update={"log_level": "warning"}))
    progress = Console(stderr=True)
    report = run(
        measure(given.only or list(MEASURES), QUICK if given.quick else FULL, progress.log)
    )
    show(report, Console())
    command = shlex.join(["python", "-m", "bench", *words])
    date = datetime.now(UTC).isoformat("T", "seconds")
    output = given.output or (None if given.only else OUTPUT)
    if output is not None:
        write(report, output, command=command, date=date)
        progress.log(f"written: {output}")
    if given.publish:
        publish(report, PAGE, command=command, date=date)
        progress.log(f"written: {PAGE}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run: trust it less")
    parser.add_argument(
        "--only",
        action="append",
        choices=list(MEASURES),
        metavar="NAME",
        help=f"measure this alone, and write no file; may be repeated: {', '.join(MEASURES)}",
    )
    parser.add_argument("--output", type=Path, help=f"the file to write, instead of {OUTPUT}")
    parser.add_argument("--publish", action="store_true", help=f"put the table into {PAGE} as well")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
