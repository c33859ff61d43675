"""A worker whose power is cut the moment after it recorded what a certain command led to."""

import os
import signal
import sys

from groundwork import worker
from groundwork.domain.batch import RecordBatch
from groundwork.store.recorder import Recorder


class DyingRecorder(Recorder):
    """Records, and then nobody hears of it."""

    async def record(self, batch: RecordBatch) -> int:
        """See `Recorder.record`."""
        seq = await super().record(batch)
        if any(event.key == os.environ["DIES_AFTER"] for event in batch.events):
            os.kill(os.getpid(), signal.SIGKILL)
        return seq


if __name__ == "__main__":
    vars(worker)["Recorder"] = DyingRecorder
    sys.exit(worker.main())
