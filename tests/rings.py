"""Key rings for vaults and payloads, without which nothing personal is kept."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from groundwork.runtime import keyrings
from groundwork.store import vault

KEY_FILES = ("GROUNDWORK_VAULT_KEY_FILE", "GROUNDWORK_PAYLOAD_KEY_FILE")


@contextmanager
def rings_in(folder: Path) -> Iterator[tuple[Path, Path]]:
    """New ones in a folder, which every process that is started meanwhile finds too."""
    files = folder / keyrings.VAULT_FILE, folder / keyrings.PAYLOAD_FILE
    for name, file in zip(KEY_FILES, files, strict=True):
        keyrings.make_ring(file)
        os.environ[name] = str(file)
    vault.use(keyrings.RingFile(files[0], KEY_FILES[0]))
    try:
        yield files
    finally:
        for name in KEY_FILES:
            os.environ.pop(name, None)
