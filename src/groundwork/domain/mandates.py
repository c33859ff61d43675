"""Acting for another: as the substitute of somebody absent, or by delegation (代理与委托).

The API gathers the mandates that a person has at the moment a command is received; these functions
choose under which of them, if any, the person acts. The core then judges that role as any other.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from groundwork.domain.base import Frozen
from groundwork.domain.deputies import outranks
from groundwork.domain.model import Actor, Role
from groundwork.domain.policy import OWN_DEPARTMENT, authorise, permits
from groundwork.domain.rejections import Reason, Rejection

DELEGABLE: Final = OWN_DEPARTMENT
"""What a leader may delegate: commands on the steps of their own department."""

FOR_THE_ABSENT: Final = frozenset({"read_duties", "reassign"})
"""What a substitute may do about the absent person's own duties; never prolong the absence."""


class Mandate(Frozen):
    """What lets one person act for another. `id` is that of the absence or delegation.

    None and empty mean without that limit: a substitute has all that the principal's role may do.
    """

    id: str
    principal: Actor
    actions: frozenset[str] | None = None
    chains: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()

    def lent_to(self, actor: Actor) -> Actor:
        """The actor in the principal's place: their own id, the principal's role and desk."""
        return self.principal.model_copy(
            update={"id": actor.id, "on_behalf_of": self.principal.id, "mandate": self.id}
        )


class Affair(NamedTuple):
    """What somebody wants to do, and who is in charge of the step, if anybody is."""

    action: str
    chain: str | None = None
    step: str | None = None
    assignee: str | None = None


def covers(mandate: Mandate, affair: Affair) -> bool:
    """Whether the mandate reaches that far and its principal could do it themselves.

    A limit to a step `L20` holds for its phases `L20.A` as well.
    """
    if not permits(mandate.principal.role, affair.action):
        return False
    if mandate.actions is not None and affair.action not in mandate.actions:
        return False
    if mandate.chains and affair.chain not in mandate.chains:
        return False
    step = affair.step or ""
    return not mandate.steps or bool({step, step.partition(".")[0]} & mandate.steps)


def acting(
    actor: Actor, affair: Affair, mandates: Iterable[Mandate], wanted: str | None = None
) -> Actor:
    """The actor as they act in this affair: for somebody else, or for themselves.

    For `wanted` if that is said; else for the assignee of the step when they stand in for them;
    else for themselves if their own role may do it; else under the first mandate that reaches. Who
    may not act in any way acts for themselves, and is refused as such. Raises Rejection
    (no_mandate) when nothing lets them act for `wanted`.
    """
    lent = [one.lent_to(actor) for one in mandates if covers(one, affair)]
    if wanted == actor.id:
        return actor
    principal = wanted or affair.assignee
    for one in lent:
        if principal is not None and one.on_behalf_of == principal:
            return one
    if wanted is not None:
        raise Rejection(Reason.NO_MANDATE, person=wanted, action=affair.action)
    if permits(actor.role, affair.action) or not lent:
        return actor
    return lent[0]


def authorise_for(actor: Actor, action: str, person: Actor) -> None:
    """Let the actor do something about a person: themselves, or one below them at their desk.

    Raises Rejection: not_permitted, other_person.
    """
    authorise(actor, action)
    if actor.role is Role.ADMINISTRATOR or person.id == actor.id:
        return
    if action in FOR_THE_ABSENT and person.id == actor.on_behalf_of:
        return
    same = actor.department is not None and actor.department == person.department
    if not (same and outranks(actor.role, person.role)):
        raise Rejection(Reason.OTHER_PERSON, action=action)


def may_stand_in(person: Actor, substitute: Actor) -> bool:
    """Whether one may take another's place: of the same department, or else of the same role."""
    if person.id == substitute.id or person.department != substitute.department:
        return False
    return person.department is not None or person.role is substitute.role
