"""A folder of a test's own for servers of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def short_home() -> Iterator[Path]:
    """A folder, gone afterwards, whose path is short enough for sockets.

    Not pytest's own: run as root, PostgreSQL is another account that must get in.
    """
    home = Path(tempfile.mkdtemp(prefix="gw-"))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home)
