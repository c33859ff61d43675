"""`python -m tests.chaos`: a storm of some minutes. The seed is printed, and plays it again."""

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

from groundwork.runtime.logs import configure_logging
from groundwork.runtime.loop import run
from groundwork.runtime.settings import Settings
from tests.chaos.storm import Measure, play
from tests.survival.hourly import hourly_rules


def main(words: list[str]) -> int:
    """Do what the command line says; 1 if something did not hold."""
    parser = argparse.ArgumentParser("python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--clerks", type=int, default=8)
    given = parser.parse_args(words)
    configure_logging(Settings().model_copy(update={"log_level": "error"}))
    measure = Measure(
        seed=given.seed, seconds=given.minutes * 60, gap=3.0, clerks=given.clerks, timers=40
    )
    with tempfile.TemporaryDirectory() as folder:
        rules = hourly_rules(Path(folder))
        outcome = run(play(measure, rules, _say))
    return 1 if outcome.findings else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
