"""Whom a server runs as, what it sees of our environment, which folders it may enter."""

import contextlib
import os
import pwd
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from groundwork.runtime.processes import StartError

SYSTEM_USER: Final = "groundwork-db"

log = structlog.stdlib.get_logger(__name__)


def bare_environment() -> dict[str, str]:
    """An environment without options (PGPORT, TEMPORAL_...) or secrets meant for others."""
    return {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ}


def database_account() -> pwd.struct_passwd | None:
    """Whom PostgreSQL runs as: us, or, since it refuses root, an account of its own."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    try:
        subprocess.run([*command, SYSTEM_USER], check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise StartError(
            f"PostgreSQL 不能以 root 运行，且无法创建用户 {SYSTEM_USER}，请改用普通用户运行。 "
            f"PostgreSQL refuses to run as root and the account {SYSTEM_USER} cannot be created: "
            f"run Groundwork as an ordinary user."
        ) from error
    log.info("created the system account for PostgreSQL", account=SYSTEM_USER)
    return pwd.getpwnam(SYSTEM_USER)


def let_in(owner: pwd.struct_passwd | None, path: Path) -> None:
    """Let PostgreSQL's account pass through the folders above `path`, not list them."""
    if owner is None:
        return
    for folder in path.absolute().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
            log.info("let PostgreSQL's account pass", folder=str(folder))


def make_private(folder: Path, owner: pwd.struct_passwd | None) -> None:
    """Make a folder that `owner`, or we, alone may enter. Raises `StartError` if it is another's.

    In a folder that everybody may write to, somebody could have been faster.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    if owner and folder.lstat().st_uid == os.geteuid():
        os.chown(folder, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
    found = folder.lstat()
    uid = owner.pw_uid if owner else os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
        raise StartError(f"{folder} 属于其他用户，请删除它。 {folder} is not ours: remove it.")


def run_as(owner: pwd.struct_passwd | None, argv: Sequence[str]) -> None:
    """Run a program of PostgreSQL's to its end. Raises `StartError` with what it complained of."""
    result = subprocess.run(
        argv,
        cwd="/",
        env=bare_environment(),
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        reason = result.stderr.strip() or f"exit code {result.returncode}"
        raise StartError(f"无法初始化 PostgreSQL。 Cannot initialise PostgreSQL: {reason}")
