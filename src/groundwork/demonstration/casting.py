"""Who plays whom: every act of the park is that of one of the demonstration's people."""

from collections.abc import Callable, Iterable

from groundwork.domain.definition import ChainDefinition
from groundwork.domain.model import Actor, Role
from groundwork.rehearsal.script import Action
from groundwork.runtime.demonstration import Player

AT_DESKS = frozenset({Role.OFFICER, Role.SECTION_HEAD, Role.DEPUTY_LEADER, Role.DIRECTOR})


class Miscast(LookupError):
    """Nobody of the demonstration plays that part."""


class Casting:
    """Finds the player of a part."""

    def __init__(self, players: Iterable[Player]) -> None:
        self._players = {(one.role, one.department): one for one in players}

    def actor(self, role: Role, department: str | None = None) -> Actor:
        """The account of whoever has that role, at a desk in that department. Raises Miscast."""
        wanted = department if role in AT_DESKS else None
        player = self._players.get((role, wanted))
        if player is None:
            raise Miscast(f"nobody plays {role.value} of {wanted or 'no department'}")
        return Actor(id=player.person, role=role, department=wanted)

    def of(self, definition: ChainDefinition) -> Callable[[Action], Actor]:
        """Who takes an action on a chain; where no department is named, that of the step."""
        return lambda action: self.actor(
            action.by, action.department or lead_of(definition, action.subject)
        )

    def on_site(self, definition: ChainDefinition, subject: str) -> tuple[str, ...]:
        """Two of a step's own department, who go on site together."""
        lead = lead_of(definition, subject)
        return tuple(self.actor(role, lead).id for role in (Role.OFFICER, Role.SECTION_HEAD))


def lead_of(definition: ChainDefinition, subject: str) -> str | None:
    """The department that leads the step of a subject such as `L17-red` or `C10.B1`, if any."""
    step = subject.partition("-")[0].partition(".")[0]
    return next((one.lead for one in definition.steps if one.id == step), None)
