"""What administrators give to people (授权): what they may reach, and rights beyond their role."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from groundwork.domain.base import Frozen
from groundwork.domain.model import Role
from groundwork.domain.policy import PERMITTED, RIGHTS


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


_GIVEN: Final[Mapping[Role, frozenset[GrantKind]]] = MappingProxyType(
    {
        Role.PROJECT_MANAGER: frozenset({GrantKind.ENTERPRISE, GrantKind.PROJECT}),
        Role.HOUSEKEEPER: frozenset({GrantKind.PARK, GrantKind.PROJECT}),
        Role.OFFICER: frozenset({GrantKind.PROJECT}),
        Role.SECTION_HEAD: frozenset({GrantKind.PROJECT}),
        Role.DEPUTY_LEADER: frozenset({GrantKind.PROJECT}),
        Role.DIRECTOR: frozenset({GrantKind.PROJECT}),
    }
)


def grantable(role: Role, grant: Grant) -> bool:
    """Whether giving that to somebody of the role has any effect."""
    if grant.kind is GrantKind.RIGHT:
        return grant.value in RIGHTS and role in PERMITTED[grant.value]
    return grant.kind in _GIVEN.get(role, frozenset())
