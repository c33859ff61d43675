"""To whom the rules of notices speak: from the words of a rule to addresses.

An address is not a person yet: `store.recipients` finds who that is at the moment of planning.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from groundwork.domain.base import Frozen
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.events import CalendarAdopted, DefinitionAdopted, Term, TermKind
from groundwork.domain.model import Chain, Role

RECIPIENTS: Final = "recipients"
"""In `tell`: whoever the ladder names for the escalation that the event is about."""
CONSULTED: Final = "consulted"
"""In `tell`: the departments that the event names, else those that are consulted on its step."""
IN_HAND: Final = "in_hand"
"""In `tell`: the departments that had an application in hand on a step which the event ended."""
MOVED: Final = "moved"
"""In `tell`: the departments with a term whose date moved. Without one the rule tells nobody."""
ASSIGNEE: Final = "assignee"
"""In `tell`: the person whom the event puts in charge."""

GROUPS: Final = frozenset({RECIPIENTS, CONSULTED, IN_HAND, MOVED, ASSIGNEE})

DEPARTMENTAL: Final = frozenset(
    {Role.OFFICER, Role.SECTION_HEAD, Role.DEPUTY_LEADER, Role.DIRECTOR}
)
"""Roles that are told as people of the step's lead department."""

_ADOPTIONS = frozenset(
    kind.model_fields["type"].default for kind in (CalendarAdopted, DefinitionAdopted)
)


class Address(Frozen):
    """Somebody to tell: a role, in a department where it has one, on a chain; or one person.

    Of a person, role and department say who is told once that person is no longer in office.
    """

    role: Role
    department: str | None = None
    chain_id: str | None = None
    person: str | None = None


def addresses(
    tell: Iterable[str],
    event: Mapping[str, Any],
    chain: Chain,
    definition: ChainDefinition,
    step: str | None,
) -> tuple[Address, ...]:
    """The addresses meant, each once. What a later release may name is left out."""
    found: list[Address] = []
    for name in tell:
        if name == RECIPIENTS:
            for role in _recipients(event, chain):
                found += _of_role(role, chain, definition, step)
        elif name == CONSULTED:
            found += [officer(chain, one) for one in _consulted(event, chain, step)]
        elif name == IN_HAND:
            for key in _in_hand(event, chain):
                found += _of_role(Role.OFFICER, chain, definition, key)
        elif name == MOVED:
            for term in moved_terms(event):
                found += _of_term(term, chain, definition)
        elif name == ASSIGNEE:
            found += _named_in_charge(event, definition, step)
        else:
            found += _of_role(name, chain, definition, step)
    return tuple(dict.fromkeys(found))


def officer(chain: Chain, department: str, step: str | None = None) -> Address:
    """The officers of a department, or whoever it put in charge of its step."""
    known = chain.steps.get(step) if step else None
    assignee = known.assignee if known else None
    return Address(role=Role.OFFICER, department=department, person=assignee)


def moved_terms(event: Mapping[str, Any]) -> tuple[Term, ...]:
    """The terms whose date moved by an adoption; none for any other event."""
    if event.get("type") not in _ADOPTIONS:
        return ()
    return tuple(one for one in map(Term.model_validate, event.get("terms", ())) if one.moved)


def lead(definition: ChainDefinition, step: str | None) -> str | None:
    """The department that leads a step; None when a later definition added the step."""
    try:
        return definition.step(step).lead if step else None
    except KeyError:
        return None


def _desk(definition: ChainDefinition, step: str | None) -> str | None:
    """The department with desks that leads a step: an enterprise, which may lead one, has none."""
    department = lead(definition, step)
    owned = step is not None and department is not None and definition.step(step).applicant_owned
    return None if owned else department


def _of_role(
    name: str, chain: Chain, definition: ChainDefinition, step: str | None
) -> Iterator[Address]:
    try:
        role = Role(name)
    except ValueError:  # a recipient that a later ladder added
        return
    if role in DEPARTMENTAL:
        department = _desk(definition, step)
        if department is None:
            return
        if role is Role.OFFICER:
            yield officer(chain, department, step)
        else:
            yield Address(role=role, department=department)
    elif role is Role.HOUSEKEEPER:
        yield Address(role=role, person=chain.launch.housekeeper)
    elif role is Role.PROJECT_MANAGER:
        yield Address(role=role, chain_id=chain.id)
    else:
        yield Address(role=role)


def _recipients(event: Mapping[str, Any], chain: Chain) -> Iterable[str]:
    if "recipients" in event:
        return tuple(event["recipients"])
    escalation = chain.escalations.get(str(event.get("escalation")))
    return escalation.recipients if escalation else ()


def _consulted(event: Mapping[str, Any], chain: Chain, step: str | None) -> Iterable[str]:
    if "departments" in event:
        return tuple(event["departments"])
    known = chain.steps.get(step) if step else None
    return known.consultation.departments if known and known.consultation else ()


def _in_hand(event: Mapping[str, Any], chain: Chain) -> Iterator[str]:
    for key in event.get("steps", chain.steps):
        step = chain.steps.get(key)
        if step is not None and step.received_at is not None and step.decision is None:
            yield key


def _of_term(term: Term, chain: Chain, definition: ChainDefinition) -> Iterator[Address]:
    step = chain.steps.get(term.step)
    if term.kind is not TermKind.OPINION:
        yield from _of_role(Role.OFFICER, chain, definition, term.step)
    elif step is not None and step.consultation is not None:
        # It is those consulted who must reply; the lead only waits.
        yield from (officer(chain, one) for one in step.consultation.pending)


def _named_in_charge(
    event: Mapping[str, Any], definition: ChainDefinition, step: str | None
) -> Iterator[Address]:
    if isinstance(person := event.get("assignee"), str):
        yield Address(role=Role.OFFICER, department=lead(definition, step), person=person)
