"""What can happen to a chain's units, and the gates that open and close for them."""

from typing import Literal

from groundwork.domain.definition import Mode
from groundwork.domain.events.base import Event, StepEvent


class UnitAdded(Event):
    """A unit was added while the chain ran, or with `of` a phase of that step."""

    type: Literal["unit_added"] = "unit_added"
    unit: str
    name: str
    of: str | None = None
    reason: str
    steps: dict[str, Mode]


class UnitDropped(Event):
    """A unit or phase left the chain; what was open on its steps ended with it."""

    type: Literal["unit_dropped"] = "unit_dropped"
    unit: str
    of: str | None = None
    reason: str
    steps: tuple[str, ...]


class UnitsMerged(Event):
    """A unit or phase is accepted as part of another from now on.

    `steps` are those of the absorbed unit, which end; `moved` says to which step each of its open
    deficiencies and commitments belongs now, on its old terms.
    """

    type: Literal["units_merged"] = "units_merged"
    unit: str
    into: str
    of: str | None = None
    reason: str
    steps: tuple[str, ...]
    moved: dict[str, str]


class StepHeld(StepEvent):
    """A step that was ready waits again, because the chain got more steps before it."""

    type: Literal["step_held"] = "step_held"


class EquipmentRegistered(Event):
    """The special equipment of a unit is registered, or the unit has none."""

    type: Literal["equipment_registered"] = "equipment_registered"
    unit: str
    document: str
    without_equipment: bool


class GateOpened(Event):
    """Every condition of a gate is met for a unit. Derived; nobody opens a gate."""

    type: Literal["gate_opened"] = "gate_opened"
    gate: str
    unit: str


class GateClosed(Event):
    """A condition of a gate that stood open is met no longer; `missing` names what is."""

    type: Literal["gate_closed"] = "gate_closed"
    gate: str
    unit: str
    missing: tuple[str, ...]


AnyUnitEvent = (
    UnitAdded | UnitDropped | UnitsMerged | StepHeld | EquipmentRegistered | GateOpened | GateClosed
)
"""Any event of a unit."""
