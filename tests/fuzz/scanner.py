"""Wapiti, a scanner of web applications, on the pages of a stage, signed in as several people.

It pins versions of libraries that we use in others, so it has an environment of its own, from a
lock of its own: `make scanner`. Only modules that ask nothing but the stage are run, and nothing is
downloaded or reported anywhere.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import httpx

from groundwork.api.marks import COOKIE
from tests.fuzz.forms import starts
from tests.fuzz.stage import Stage

PROGRAM: Final = Path(__file__).parents[2] / ".venv-scanner" / "bin" / "wapiti"
BESIDE_READERS: Final = """
import sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from wapitiCore.main.wapiti import wapiti_asyncio_wrapper

@event.listens_for(Engine, "connect")
def write_beside_readers(connection, _record):
    connection.cursor().execute("PRAGMA journal_mode=WAL")

sys.exit(wapiti_asyncio_wrapper())
"""
"""Wapiti, which cuts modules off amid a read: what is left of it would lock its own store."""
MODULES: Final = (
    *("cookieflags", "crlf", "csp", "csrf", "exec", "file", "http_headers", "ldap", "methods"),
    *("permanentxss", "redirect", "shellshock", "sql", "timesql", "upload", "xss"),
)
ATTEMPTS: Final = 3
LOCKED: Final = "database is locked"
"""How a scan ends if it came into its own way after all."""
MEDIUM: Final = 2
"""The level from which on a finding counts: wapiti has 0 to 4."""
ACCEPTED: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("Cross Site Request Forgery", "/sign-in"): (
            "nobody has a session yet whose mark the form could carry: the browser's own word on"
            " which site made it ask is required, which the scanner does not look at"
        ),
        ("Cross Site Request Forgery", "/progress"): (
            "it changes nothing, and shows what is open to all"
        ),
    }
)
"""Findings that are none, by what they are called and where, with the reason."""


@dataclass(frozen=True)
class Told:
    """What became of a scan."""

    pages: int
    small: int
    wrong: list[str]

    def __str__(self) -> str:
        return (
            f"crawled {self.pages} pages; {len(self.wrong)} findings of medium level or above,"
            f" {self.small} below"
        )


def scan(stage: Stage, who: str, *, crawling: int, attacking: int) -> Told:
    """Scan as somebody, crawling and attacking by each module for so many seconds at most.

    Raises RuntimeError if the scanner made no report, or lost its session on the way.
    """
    answer = httpx.post(
        f"{stage.base}/sign-in", data={"token": stage.demo.token(who), "next": "/"}, timeout=60
    )
    session = f"{COOKIE}={answer.cookies[COOKIE]}"
    pages = [f"{stage.base}{path}" for path in starts().get(who, [])]
    limits = ("--max-scan-time", str(crawling), "--max-attack-time", str(attacking))
    told = judged(reported([*_command(stage.base, session, pages), *limits]))
    home = httpx.get(f"{stage.base}/", headers={"Cookie": session}, timeout=60)
    if home.status_code != httpx.codes.OK:
        raise RuntimeError("wapiti lost its session on the way")
    return told


def reported(command: Sequence[str]) -> dict[str, Any]:
    """What a scanner reports in the file report.json of the empty folder that it is run in.

    It is begun again when its own store was locked. Raises RuntimeError if there is no report.
    """
    said = ""
    for _ in range(ATTEMPTS):
        with tempfile.TemporaryDirectory(prefix="groundwork-scan-") as folder:
            done = subprocess.run(
                command,
                cwd=folder,
                # It keeps things at home, where nothing of ours is to be found.
                env={"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            report = Path(folder) / "report.json"
            if report.is_file():
                told: dict[str, Any] = json.loads(report.read_text())
                return told
        said = done.stdout
        if LOCKED not in said:
            break
    raise RuntimeError(f"wapiti made no report:\n{said[-4000:]}")


def judged(report: dict[str, Any]) -> Told:
    """What a report of wapiti says."""
    wrong, small = [], 0
    for part in ("vulnerabilities", "anomalies"):
        for name, found in report[part].items():
            for one in found:
                if one["level"] < MEDIUM:
                    small += 1
                elif (name, one["path"]) not in ACCEPTED:
                    where = f"{one['method']} {one['path']} {one['parameter']}"
                    wrong.append(f"{name} (level {one['level']}): {where}: {one['info']}")
    return Told(report["infos"]["crawled_pages_nbr"], small, wrong)


def _command(base: str, session: str, pages: Sequence[str]) -> list[str]:
    return [
        *(
            str(PROGRAM.with_name("python")),
            "-c",
            BESIDE_READERS,
            "--url",
            f"{base}/",
            "--scope",
            "folder",
            "--flush-session",
        ),
        *(part for page in pages for part in ("--start", page)),
        *("--header", f"Cookie: {session}", "--header", "Accept-Language: en"),
        *("--drop-set-cookie", "--exclude", f"{base}/sign-out", "--module", ",".join(MODULES)),
        *("--timeout", "60", "--max-files-per-dir", "30", "--no-bugreport", "--verbose", "0"),
        *("--store-session", "session", "--store-config", "config"),
        *("--format", "json", "--output", "report.json"),
    ]
