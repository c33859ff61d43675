"""What a module says in the log, whatever an earlier test made of logging in this process."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs


@contextmanager
def heard(module: ModuleType) -> Iterator[list[MutableMapping[str, Any]]]:
    """The entries that the module's `log` writes meanwhile, of every level."""
    before = structlog.get_config()
    structlog.reset_defaults()
    try:
        with pytest.MonkeyPatch.context() as patch, capture_logs() as logs:
            # A logger may keep the settings of its first use for good; a fresh one does not.
            patch.setattr(module, "log", structlog.stdlib.get_logger())
            yield logs
    finally:
        structlog.configure(**before)
