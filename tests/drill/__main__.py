"""`python -m tests.drill`: make every alert ring, follow its runbook and see it rest."""

import argparse
import sys

from groundwork.runtime.logs import configure_logging
from groundwork.runtime.loop import run
from groundwork.runtime.settings import Settings
from tests.drill.drill import FACTOR, drill, table
from tests.drill.exercises import ALL
from tests.drill.watch import MISSING, program


def main(words: list[str]) -> int:
    """Do what the command line says; 1 if something did not hold."""
    parser = argparse.ArgumentParser("python -m tests.drill", description=__doc__)
    parser.add_argument("--only", action="append", metavar="ALERT", help="May be repeated.")
    parser.add_argument("--factor", type=float, default=FACTOR, help="What waits are divided by.")
    given = parser.parse_args(words)
    if program() is None:
        parser.error(MISSING)
    chosen = [one for one in ALL if not given.only or set(given.only) & set(one.alerts)]
    configure_logging(Settings().model_copy(update={"log_level": "error"}))
    result = run(drill(chosen, given.factor, _say))
    for line in (*table(result.outcomes), *(f"FOUND: {one}" for one in result.findings)):
        _say(line)
    return 1 if result.findings else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
