"""What figures of effect are read with besides the read model; triggers on chains keep it."""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import DATEMULTIRANGE
from sqlmodel import Field

from groundwork.store.tables import Row


class RecordPulseRow(Row, table=True):
    """How often something was recorded, in parts by chain."""

    __tablename__ = "record_pulse"

    part: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    beats: int = Field(sa_type=BigInteger)


class StepPauseRow(Row, table=True):
    """A step whose clock stood or whose application was corrected.

    `stops` are the days for which it stood, as the clock leaves them out; null if it never did.
    """

    __tablename__ = "step_pause"

    chain_id: str = Field(primary_key=True, foreign_key="chain.id")
    key: str = Field(primary_key=True)
    corrected: bool
    stops: Any = Field(default=None, sa_type=DATEMULTIRANGE, nullable=True)
