"""The linter keeps clocks, randomness and the environment out of the rooms that replay."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BANNED = [
    "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n",
    "from datetime import date\n\nTODAY = date.today()\n",
    "import time\n\nNOW = time.time()\n",
    "from random import choice\n\nLUCK = choice([1, 2])\n",
    "import secrets\n\nTOKEN = secrets.token_hex()\n",
    "from uuid import uuid4\n\nIDENTIFIER = uuid4()\n",
    'import os\n\nREGION = os.environ["REGION"]\n',
]


def complaints(source: str, room: str) -> str:
    """What the linter says of `source` standing in `room`; empty when it is content."""
    ruff = Path(sys.executable).with_name("ruff")
    name = f"src/groundwork/{room}/planted.py"
    result = subprocess.run(
        [ruff, "check", "--no-cache", "--output-format=concise", "--stdin-filename", name, "-"],
        cwd=ROOT,
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if result.returncode == 0 else result.stdout


@pytest.mark.parametrize("room", ["domain", "workflows"])
@pytest.mark.parametrize("source", BANNED)
def test_a_planted_clock_or_dice_is_caught(source: str, room: str) -> None:
    assert "TID251" in complaints(source, room)


def test_an_unreplayable_wait_is_caught_in_workflows() -> None:
    source = "import asyncio\n\nWAIT = asyncio.wait\n"
    assert "workflow.wait" in complaints(source, "workflows")


@pytest.mark.parametrize("source", BANNED)
def test_other_rooms_may_use_them(source: str) -> None:
    assert "TID251" not in complaints(source, "runtime")


def test_a_naive_datetime_is_caught_everywhere() -> None:
    source = "from datetime import datetime\n\nNOW = datetime.now()\n"
    assert "DTZ005" in complaints(source, "runtime")
