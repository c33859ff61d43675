"""How events travel from the shell to the record."""

from pydantic import AwareDatetime

from groundwork.domain.base import Frozen
from groundwork.domain.events import AnyEvent

RECORD = "record"
"""The name of the activity that writes a batch: audit rows and read model, exactly once."""


class RecordBatch(Frozen):
    """Events of one chain in order, without gaps; `recorded_at` is the shell's own time."""

    chain_id: str
    recorded_at: AwareDatetime
    events: tuple[AnyEvent, ...]
