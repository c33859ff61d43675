"""A worker of a release with a defect: its core fails on one command."""

import sys
from typing import Any

from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.worker import main


def _fails(*_: Any) -> None:
    raise KeyError("a defect")


if __name__ == "__main__":
    vars(core)["_HANDLERS"] = {**core._HANDLERS, cmd.ChooseMode: _fails}
    sys.exit(main())
