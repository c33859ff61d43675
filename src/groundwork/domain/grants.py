"""What administrators give to people (授权): what they may reach, and rights beyond their role."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from groundwork.domain.base import Frozen
from groundwork.domain.model import Role
from groundwork.domain.policy import PERMITTED, RIGHTS, ROWS, Rows


class GrantKind(StrEnum):
    """What is given: an enterprise by its unified social credit code, a park by its district, a
    project by its code, or a right by the action that it allows.
    """

    ENTERPRISE = "enterprise"
    PARK = "park"
    PROJECT = "project"
    RIGHT = "right"


class Grant(Frozen):
    """One thing that was given to a person."""

    kind: GrantKind
    value: str

    @property
    def key(self) -> str:
        """As keys are written that a project and a person may share."""
        return f"{self.kind.value}:{self.value}"


_ROWS: Final[Mapping[GrantKind, Rows]] = MappingProxyType(
    {
        GrantKind.ENTERPRISE: Rows.ENTERPRISES,
        GrantKind.PARK: Rows.PARKS,
        GrantKind.PROJECT: Rows.PROJECTS,
    }
)
"""The line of the policy under which each kind counts."""


def grantable(role: Role, grant: Grant) -> bool:
    """Whether giving that to somebody of the role has any effect."""
    if grant.kind is GrantKind.RIGHT:
        return grant.value in RIGHTS and role in PERMITTED[grant.value]
    return _ROWS[grant.kind] in ROWS[role]
