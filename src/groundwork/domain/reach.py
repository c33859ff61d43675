"""How far somebody sees: a person and a project hold keys, and one shared key opens the project.

A key is a kind and a value, such as `enterprise:91440784MA0000015C`. What keys a person holds
follows from the policy's rows, their department and what they were given; what keys a project
holds, the database keeps.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from groundwork.domain.grants import GrantKind
from groundwork.domain.model import Actor
from groundwork.domain.policy import ROWS, Rows

_KINDS: Final = {
    Rows.ENTERPRISES: GrantKind.ENTERPRISE.value,
    Rows.PARKS: GrantKind.PARK.value,
    Rows.PROJECTS: GrantKind.PROJECT.value,
}


class Reach(NamedTuple):
    """What somebody reaches: everything, or the projects that hold one of the keys."""

    everything: bool = False
    keys: frozenset[str] = frozenset()

    def opens(self, keys: Iterable[str]) -> bool:
        """Whether a project with these keys is within reach."""
        return self.everything or not self.keys.isdisjoint(keys)

    def holds(self, kind: str, value: str | None) -> bool:
        """Whether all that holds the key is within reach."""
        return self.everything or f"{kind}:{value}" in self.keys

    def joined(self, other: "Reach") -> "Reach":
        """What either reaches."""
        return Reach(self.everything or other.everything, self.keys | other.keys)


EVERYTHING: Final = Reach(everything=True)
NOTHING: Final = Reach()


def reach_of(actor: Actor, given: Iterable[str]) -> Reach:
    """What the actor's role reaches with the keys that were given to them."""
    rows = ROWS[actor.role]
    if Rows.ALL in rows:
        return EVERYTHING
    kinds = {kind for row, kind in _KINDS.items() if row in rows}
    keys = {key for key in given if key.partition(":")[0] in kinds}
    if Rows.KEPT in rows:
        keys.add(f"keeper:{actor.id}")
    if Rows.DEPARTMENT in rows and actor.department is not None:
        keys.add(f"department:{actor.department}")
    return Reach(keys=frozenset(keys))


def project_of(chain_id: str) -> str:
    """The code of a chain's project, which its id ends with."""
    return chain_id.partition(".")[2]
