"""A small disk for a server, which a test can fill."""

import resource
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

SMALL_FILE: Final = 4096
"""Bytes that a file may have when the process is held to small files in place of a small disk."""


class Disk:
    """A folder with a file system of its own in memory, where this account may mount one.

    Elsewhere a process is forbidden to let files grow instead.
    """

    def __init__(self, folder: Path, mebibytes: int) -> None:
        self.folder = folder
        folder.mkdir()
        options = ("-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0755", "groundwork-chaos")
        try:
            mounted = subprocess.run(
                ["mount", *options, str(folder)], capture_output=True, check=False
            )
            self.mounted = mounted.returncode == 0
        except FileNotFoundError:
            self.mounted = False
        self._ballast = folder / "ballast"
        self._held: set[int] = set()

    @property
    def how(self) -> str:
        """What stands for a full disk."""
        return "a file system that is full" if self.mounted else "a limit on the size of files"

    def fill(self, pid: int | None) -> None:
        """Leave no room; the process is the one to be held to small files elsewhere."""
        if self.mounted:
            with suppress(OSError), self._ballast.open("wb", buffering=0) as ballast:
                while True:
                    ballast.write(bytes(1 << 20))
        elif pid is not None:
            self._limit(pid, SMALL_FILE)

    def free(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)
        for pid in set(self._held):
            self._limit(pid, resource.RLIM_INFINITY)

    def remove(self) -> None:
        """Take the file system away."""
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    def _limit(self, pid: int, size: int) -> None:
        for one in (pid, *_children(pid)):
            with suppress(ProcessLookupError):
                resource.prlimit(one, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        (self._held.discard if size == resource.RLIM_INFINITY else self._held.add)(pid)


def _children(pid: int) -> list[int]:
    with suppress(FileNotFoundError):
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []
