"""Schemathesis over the whole OpenAPI of a stage: valid requests and others, from many people."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from tests.fuzz.planting import planted
from tests.fuzz.stage import ADMINISTRATOR, Stage

ROOT: Final = Path(__file__).parents[2]
HOOKS: Final = "tests.fuzz.hooks"
LEFT_OUT: Final = (
    # The law refuses what no schema can express, such as a step that is not due yet.
    "positive_data_acceptance",
    # Who asks is drawn anew for every request; that nobody gets in without a token is tested for
    # every address in tests/api.
    "ignored_auth",
    "missing_required_header",
    # It holds the header to one documented path, where /views/order is /views/{view_id} as well;
    # tests/api holds it to all methods that an address has.
    "allow_header_conformance",
)
"""Checks of schemathesis that do not fit, and why."""


@dataclass(frozen=True)
class Told:
    """What became of a run."""

    operations: int
    tested: int
    cases: int
    statuses: Mapping[str, int]
    failures: int
    output: str

    def __str__(self) -> str:
        answered = ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))
        return (
            f"{self.tested} of {self.operations} operations, {self.cases} cases,"
            f" {self.failures} failures; answered {answered}"
        )


def attack(stage: Stage, *, phases: str, examples: int, seed: int, shrink: bool = False) -> Told:
    """Send requests drawn from the document; `examples` is how many of a kind an operation gets.

    Raises RuntimeError if schemathesis itself did not run.
    """
    with tempfile.TemporaryDirectory(prefix="groundwork-fuzz-") as folder:
        here = Path(folder)
        document = httpx.get(
            f"{stage.base}/api/v1/openapi.json",
            headers={"Authorization": f"Bearer {stage.tokens[ADMINISTRATOR]}"},
            timeout=60,
        ).json()
        (here / "openapi.json").write_text(json.dumps(planted(document, stage.known)))
        cast = {
            "tokens": dict(stage.tokens),
            "victims": stage.victims,
            "spared": sorted(stage.known["person"] - set(stage.victims)),
        }
        (here / "cast.json").write_text(json.dumps(cast))
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", "openapi.json"),
                *("--url", stage.base, "--phases", phases, "--max-examples", str(examples)),
                *("--checks", "all", "--exclude-checks", ",".join(LEFT_OUT)),
                *("--seed", str(seed), "--generation-database", "none", "--continue-on-failure"),
                *(() if shrink else ("--no-shrink",)),
                *("--suppress-health-check", "all", "--request-timeout", "300", "--no-color"),
                # How long an answer takes says something of the machine.
                *("--max-response-time", "300"),
                *("--report", "json", "--report-json-path", "report.json"),
                *("--warnings", "off"),
            ],
            cwd=here,
            env=os.environ
            | {
                "SCHEMATHESIS_HOOKS": HOOKS,
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
                "FUZZ_CAST": str(here / "cast.json"),
                "FUZZ_STATUSES": str(here / "statuses.json"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if not (here / "statuses.json").is_file():
            raise RuntimeError(f"schemathesis did not run:\n{done.stdout}")
        report = json.loads((here / "report.json").read_text())
        return Told(
            operations=report["operations"]["total"],
            tested=report["operations"]["tested"],
            cases=report["test_cases"]["generated"],
            statuses=json.loads((here / "statuses.json").read_text()),
            failures=sum(
                (
                    report["test_cases"]["unique_failures"],
                    report["test_cases"]["errored"],
                    report["operations"]["errored"],
                )
            ),
            output=done.stdout,
        )
