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

from bench.crowds import measure_crowds
from bench.decisions import measure_alone, measure_crowd, measure_design
from bench.effort import FULL, QUICK, Effort
from bench.growth import measure_growth
from bench.history import measure_history
from bench.large import measure_large
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

OUTPUT, CURVES_OUTPUT = Path("build") / "bench.json", Path("build") / "curves.json"
PAGE, CURVES_PAGE = Path("docs") / "performance.md", Path("docs") / "sizing.md"

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

CURVES: Mapping[str, Measure] = MappingProxyType(
    {
        "growth": measure_growth,
        "large": measure_large,
        "crowds": measure_crowds,  # last: it leaves the engine full
    }
)
"""How figures move as chains become many or large; these take longer."""

ALL: Mapping[str, Measure] = MappingProxyType({**MEASURES, **CURVES})


async def measure(
    names: Sequence[str], effort: Effort, progress: Callable[[str], None] = lambda _line: None
) -> Report:
    """Measure what is named, on one site."""
    report = Report(facts={"machine": machine()})
    async with open_site() as site:
        for name in names:
            began = perf_counter()
            progress(f"{name} …")
            report.add(await ALL[name](site, effort))
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
    names = given.only or list(CURVES if given.curves else MEASURES)
    report = run(measure(names, QUICK if given.quick else FULL, progress.log))
    show(report, Console())
    command = shlex.join(["python", "-m", "bench", *words])
    date = datetime.now(UTC).isoformat("T", "seconds")
    usual, page = (CURVES_OUTPUT, CURVES_PAGE) if given.curves else (OUTPUT, PAGE)
    output = given.output or (None if given.only else usual)
    if output is not None:
        write(report, output, command=command, date=date)
        progress.log(f"written: {output}")
    if given.publish:
        publish(report, page, command=command, date=date)
        progress.log(f"written: {page}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run: trust it less")
    parser.add_argument(
        "--only",
        action="append",
        choices=list(ALL),
        metavar="NAME",
        help=f"measure this alone, and write no file; may be repeated: {', '.join(ALL)}",
    )
    parser.add_argument(
        "--curves", action="store_true", help="measure how figures move as chains become many"
    )
    parser.add_argument("--output", type=Path, help=f"the file to write, instead of {OUTPUT}")
    parser.add_argument(
        "--publish",
        action="store_true",
        help=f"put the table into {PAGE} or {CURVES_PAGE} as well",
    )
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
