"""As whom somebody acts: for themselves, as a substitute, or by delegation.

What stands is remembered for a moment, as tokens are (`identities`): commands reach the engine
without a query each, and while the database is away. What was ended in this process counts at
once, in others after FRESH_SECONDS.
"""

import asyncio
import time
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from groundwork.api.errors import Problem
from groundwork.api.identities import FRESH_SECONDS, STALE_SECONDS
from groundwork.domain.commands import Assign, Envelope, RecordVisit, VerifyCommitment
from groundwork.domain.mandates import Affair, acting, authorise_for
from groundwork.domain.model import Actor
from groundwork.domain.policy import permits
from groundwork.domain.reach import Reach, reach_of
from groundwork.domain.rejections import Rejection
from groundwork.store.deputies import Deputies, Roster
from groundwork.store.errors import StoreUnavailable
from groundwork.store.people import Person

if TYPE_CHECKING:
    from groundwork.api.visit import Visit

LOOK_SECONDS: Final = 0.3
"""How long an absent or locked database may hold a command that needs none."""
FIRST_LOOK_SECONDS: Final = 2.0
"""The same while nothing is known yet, and nobody can be let in without it."""

PARTS: Final = ("deficiency", "commitment", "escalation")


class Standing:
    """Remembers who is in office, away, or acting for whom."""

    def __init__(self, deputies: Deputies) -> None:
        self._deputies = deputies
        self._known: tuple[Roster, float] | None = None
        self._failed = -FRESH_SECONDS
        self._changes = 0

    async def roster(self) -> Roster:
        """Who is in office and what stands. Raises StoreUnavailable."""
        known, now, changes = self._known, time.monotonic(), self._changes
        if known is not None and now - known[1] < FRESH_SECONDS:
            return known[0]
        if known is not None and now - self._failed < FRESH_SECONDS:
            # A request asks more than once, and is not to wait each time for who is away.
            return known[0]
        try:
            async with asyncio.timeout(FIRST_LOOK_SECONDS if known is None else LOOK_SECONDS):
                roster = await self._deputies.roster()
        except (StoreUnavailable, TimeoutError):
            if known is not None and now - known[1] < STALE_SECONDS:
                self._failed = now
                return known[0]
            raise StoreUnavailable("it cannot be seen now who acts for whom") from None
        if changes == self._changes:
            # A picture that was begun before a change may not show it: it serves this once.
            self._known = (roster, now)
        return roster

    async def reach(self, actor: Actor, at: datetime) -> Reach:
        """What the actor reaches at the moment, with all for whom they act.

        Raises StoreUnavailable.
        """
        own = reach_of(actor, ())
        if own.everything:
            return own
        return (await self.roster()).reach(actor.id, at)

    def forget(self) -> None:
        """Look again: an absence, a delegation or a person changed."""
        self._known = None
        self._changes += 1

    async def places_of(self, visit: "Visit") -> tuple[str, ...]:
        """The person who asks, and everybody in whose place they act now."""
        roster = await self.roster()
        return (visit.actor.id, *roster.stands_in_for(visit.actor.id, visit.received_at))


async def judged_as(
    visit: "Visit",
    chain_id: str,
    envelope: Envelope,
    wanted: str | None = None,
    *,
    sample: bool = False,
) -> Envelope:
    """The command with the actor as whom it is judged.

    A `sample` may name stand-ins. Raises Rejection (no_mandate), Problem (assignee_unfit,
    officers_unfit), OutOfReach, StoreUnavailable.
    """
    command = envelope.command
    sight = visit.resources.sight
    await sight.require_command(visit.reach, visit.actor, chain_id, command.type)
    by = await _actor(visit, chain_id, command, wanted)
    if not sample:
        await require_named(visit, chain_id, command, by)
    return envelope if by == envelope.by else envelope.model_copy(update={"by": by})


async def require_named(visit: "Visit", chain_id: str, command: Any, by: Actor) -> None:
    """Go on only with fit people: whoever the actor names; the core knows none of them.

    Raises Problem (assignee_unfit, officers_unfit), StoreUnavailable.
    """
    if isinstance(command, Assign) and command.assignee is not None:
        await _require_fit(visit, chain_id, command.step, command.assignee)
    if isinstance(command, RecordVisit | VerifyCommitment) and command.officers:
        await _require_on_site(visit, chain_id, command, by)


async def _actor(visit: "Visit", chain_id: str, command: Any, wanted: str | None) -> Actor:
    try:
        async with asyncio.timeout(2 * LOOK_SECONDS):
            return await _found(visit, chain_id, command, wanted)
    except (StoreUnavailable, TimeoutError):
        # Who has no desk stands in for their own role only, which is no more than they have.
        enough = visit.actor.department is None or permits(visit.actor.role, command.type)
        if wanted is None and enough:
            return visit.actor
        raise StoreUnavailable("it cannot be seen now who acts for whom") from None


async def _found(visit: "Visit", chain_id: str, command: Any, wanted: str | None) -> Actor:
    roster = await visit.resources.standing.roster()
    mandates = roster.mandates(visit.actor.id, visit.received_at)
    if not mandates and wanted is None:
        return visit.actor
    step = await _step_of(visit, chain_id, command)
    assignee = await visit.resources.deputies.assignee(chain_id, step) if step else None
    affair = Affair(command.type, chain_id, step, assignee)
    return acting(visit.actor, affair, mandates, wanted)


async def _step_of(visit: "Visit", chain_id: str, command: Any) -> str | None:
    """The step that a command is about, itself or by one of its promises or cards."""
    step: str | None = getattr(command, "step", None)
    for kind in PARTS:
        if (part := getattr(command, kind, None)) is not None:
            step = await visit.resources.deputies.step_of(chain_id, kind, part)
    return step


async def _require_fit(visit: "Visit", chain_id: str, step: str, assignee: str) -> None:
    """Raise Problem unless somebody may be in charge of a step."""
    person = await visit.resources.people.get(assignee)
    department = await visit.resources.deputies.department(chain_id, step)
    if department is None:
        return  # the core knows better whether there is such a step
    if person is None or not person.active or person.department != department:
        raise Problem("assignee_unfit", person=assignee, step=step)


async def _require_on_site(
    visit: "Visit", chain_id: str, command: RecordVisit | VerifyCommitment, by: Actor
) -> None:
    """Raise Problem unless all who are named as on site are in office of the step's department.

    Where the record cannot tell which that is, the actor's own counts: the core lets no other act.
    """
    people = (await visit.resources.standing.roster()).people
    step = department = None
    with suppress(StoreUnavailable, TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            step = await _step_of(visit, chain_id, command)
            department = await visit.resources.deputies.department(chain_id, step or "")
    department = department or by.department
    if department is None:
        return  # the core knows better whether there is such a step
    named = dict.fromkeys(command.officers)
    unfit = [one for one in named if one not in people or people[one].department != department]
    if unfit:
        raise Problem("officers_unfit", people=", ".join(unfit), step=step or "—")


class About(NamedTuple):
    """The person that something is done about, and the caller as they may do it."""

    person: Person
    by: Actor


async def about(visit: "Visit", action: str, person_id: str) -> About:
    """The person that something is done about, if the caller or whom they stand for may do it.

    Raises Problem (person_not_found), Rejection (not_permitted, other_person).
    """
    person = await visit.resources.people.get(person_id)
    if person is None:
        raise Problem("person_not_found", person=person_id)
    try:
        authorise_for(visit.actor, action, person.actor)
    except Rejection:
        for capacity in await _substitutions(visit):
            if _allowed(capacity, action, person.actor):
                return About(person, capacity)
        raise
    return About(person, visit.actor)


def _allowed(capacity: Actor, action: str, person: Actor) -> bool:
    try:
        authorise_for(capacity, action, person)
    except Rejection:
        return False
    return True


async def _substitutions(visit: "Visit") -> list[Actor]:
    roster = await visit.resources.standing.roster()
    mandates = roster.mandates(visit.actor.id, visit.received_at)
    return [one.lent_to(visit.actor) for one in mandates if one.actions is None]
