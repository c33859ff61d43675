"""A clock of its own for a process, which a test can step. Needs libfaketime."""

from pathlib import Path
from typing import Final

LIBRARIES: Final = ("lib/*/faketime/libfaketimeMT.so.1", "lib/faketime/libfaketimeMT.so.1")


def library() -> Path | None:
    """Where libfaketime is; None where it is not installed."""
    found = (path for pattern in LIBRARIES for path in Path("/usr").glob(pattern))
    return next(found, None)


class Clock:
    """What a process takes for the time of day. Its monotonic clock goes on as ever."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._library = library()
        self.step(0)

    @property
    def environment(self) -> dict[str, str]:
        """What has a process go by this clock; nothing where there is no library."""
        if self._library is None:
            return {}
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def step(self, seconds: float) -> None:
        """Be so many seconds ahead of the true time, or behind it."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+g}\n", "ascii")
        fresh.replace(self._file)
