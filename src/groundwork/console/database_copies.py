"""PostgreSQL's own programs for copies of a database: of our wheel, else those of the machine."""

import contextlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from groundwork.console.faults import Fault
from groundwork.runtime.embedded import postgres_binaries
from groundwork.runtime.processes import StartError


def dump(url: str, snapshot: str, server: str, file: Path) -> None:
    """Write the moment of that snapshot into a file, for `load`. Raises Fault."""
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    _run("pg_dump", url, server, [*options, f"--file={file}"])


def load(url: str, server: str, file: Path) -> None:
    """Fill an empty database from a file of `dump`, all or nothing. Raises Fault."""
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    _run("pg_restore", url, server, [*options, str(file)])


def _run(program: str, url: str, server: str, options: list[str]) -> None:
    where = conninfo_to_dict(url.replace("+psycopg", "", 1))
    # Everybody on the machine sees a program's arguments; its environment only we do.
    password = where.pop("password", None)
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    command = [
        str(_find(program, server)),
        f"--dbname={make_conninfo('', **where)}",
        "--no-password",
    ]
    # What it complains of may quote rows: only that it did is passed on.
    result = subprocess.run([*command, *options], env=environment, capture_output=True, check=False)
    if result.returncode != 0:
        raise Fault(
            f"{program} 未成功（退出码 {result.returncode}），请查看数据库的日志和磁盘空间。 "
            f"{program} failed (exit code {result.returncode}): see the database's log, and "
            "whether the disk is full."
        )


def _find(program: str, server: str) -> Path:
    """The program in a version that is not older than the server; an older one would refuse."""
    wanted = int(server.partition(".")[0])
    for path in _candidates(program):
        if _major(path) >= wanted:
            return path
    raise Fault(
        f"找不到 {wanted} 或更新版本的 {program}，请安装 PostgreSQL {wanted} 的客户端程序。 "
        f"There is no {program} of version {wanted} or newer: install the client programs of "
        f"PostgreSQL {wanted}."
    )


def _candidates(program: str) -> list[Path]:
    found = []
    with contextlib.suppress(StartError):  # the wheel is there for embedded servers alone
        found.append(postgres_binaries() / program)
    if of_the_machine := shutil.which(program):
        found.append(Path(of_the_machine))
    return found


def _major(path: Path) -> int:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"\d+", told)
    return int(number[0]) if number else 0
