"""What can be asked of a chain's units: buildings, and the phases of a step."""

from typing import Annotated, Literal

from pydantic import Field

from groundwork.domain.base import UNLESS_EMPTY, UNLESS_NONE, Frozen
from groundwork.domain.commands.base import PRINTABLE, Number, Reason

UnitId = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,10}$")]
UnitName = Annotated[str, Field(min_length=1, max_length=60, pattern=PRINTABLE)]
PhasedStep = Annotated[str | None, Field(pattern=r"^[A-Z]\d{2}$"), UNLESS_NONE]


class AddUnit(Frozen):
    """Add a building, or with `of` a phase of that step, while the chain runs (增加单体或分期)."""

    type: Literal["add_unit"] = "add_unit"
    unit: UnitId
    name: Annotated[UnitName | None, UNLESS_NONE] = None
    of: PhasedStep = None
    reason: Reason


class DropUnit(Frozen):
    """Take a building, or a phase, out of the chain (取消单体或分期)."""

    type: Literal["drop_unit"] = "drop_unit"
    unit: UnitId
    of: PhasedStep = None
    reason: Reason


class MergeUnits(Frozen):
    """Let one building, or phase, be accepted as part of another (合并单体或分期)."""

    type: Literal["merge_units"] = "merge_units"
    unit: UnitId
    into: UnitId
    of: PhasedStep = None
    reason: Reason


class RegisterEquipment(Frozen):
    """Record that a unit's special equipment is registered, or that it has none (特种设备)."""

    type: Literal["register_equipment"] = "register_equipment"
    unit: UnitId
    document: Annotated[Number, UNLESS_EMPTY] = ""
    without_equipment: Annotated[bool, UNLESS_EMPTY] = False


AnyUnitCommand = AddUnit | DropUnit | MergeUnits | RegisterEquipment
"""Any command on a unit."""
