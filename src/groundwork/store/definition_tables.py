"""The tables of how versions of definitions spread over running chains."""

from datetime import datetime

from sqlmodel import Field

from groundwork.store.tables import Row


class DefinitionRolloutRow(Row, table=True):
    """How far the rollout of a version is, as its workflow last said.

    `version` is written `land-to-construction@1.2.0`.
    """

    __tablename__ = "definition_rollout"

    version: str = Field(primary_key=True)
    state: str
    adopted: int
    ended: int
    failed: int
    chains_left: int
    sweep: int
    started_at: datetime
    updated_at: datetime


class DefinitionRolloutFailureRow(Row, table=True):
    """A chain that could not go by a version yet, and the code of why."""

    __tablename__ = "definition_rollout_failure"

    version: str = Field(primary_key=True)
    chain_id: str = Field(primary_key=True, foreign_key="chain.id")
    reason: str
    attempts: int
    at: datetime
