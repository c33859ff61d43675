"""The worker of a release to come."""

import sys

from groundwork.worker import main
from tests.survival.next_release import NextLandToConstruction

if __name__ == "__main__":
    sys.exit(main((NextLandToConstruction,)))
