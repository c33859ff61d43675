"""The table of what a chain knows about its units."""

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from groundwork.store.tables import Row


class UnitRow(Row, table=True):
    """A building of a chain (单体).

    `equipment` says whether its special equipment is registered: `registered`, `none` when it has
    none, null while nobody has said. `open_gates` are the gates that stand open for it.
    """

    __tablename__ = "unit"

    chain_id: str = Field(primary_key=True, foreign_key="chain.id")
    id: str = Field(primary_key=True)
    project_code: str
    name: str
    state: str
    into: str | None
    equipment: str | None
    open_gates: list[str] = Field(sa_type=ARRAY(Text()))
