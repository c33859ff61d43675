"""Prints a history as JSON."""

import json
import sys
from pathlib import Path

from tests.workflows.histories import read

sys.stdout.write(json.dumps(read(Path(sys.argv[1])), indent=1, ensure_ascii=False) + "\n")
