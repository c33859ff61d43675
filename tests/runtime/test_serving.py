"""What a process imports for good is passed over by the garbage collector, and nothing else is."""

import subprocess
import sys
from pathlib import Path

SERVED = """
import gc

WHILE_IMPORTED = gc.isenabled()
BEFORE = gc.get_freeze_count()


class Ring:
    pass


def main():
    ring = Ring()
    ring.itself, ring.number = ring, 7
    del ring
    print(WHILE_IMPORTED, gc.isenabled(), BEFORE == 0, gc.get_freeze_count() > 1000)
    print(gc.collect() > 0)
    return 3
"""


def test_a_served_module_is_imported_without_collecting_and_run_with_it(tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text(SERVED)
    ended = subprocess.run(
        [sys.executable, "-m", "groundwork.runtime.serving", "served"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout.split()) == (
        3,
        ["False", "True", "True", "True", "True"],
    )
