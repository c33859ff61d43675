"""How a long-running process imports what it serves with.

`python -m groundwork.runtime.serving MODULE` imports a module and runs its `main`.

What such a process imports stays until it ends: some hundred thousand objects, among which the
garbage collector finds nothing, however often it looks. It is off while they come, which takes a
sixth off the start of the API, and passes over them afterwards.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module


@contextmanager
def importing_for_good() -> Iterator[None]:
    """Look for no garbage while the block imports, nor ever among what it imported."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def main(module: str) -> int:
    """Run the `main` of a module; returns its exit code."""
    with importing_for_good():
        served = import_module(module)
    return int(served.main())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
