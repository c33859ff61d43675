"""Who is in charge of a step (承办人): said by the department, without effect on its course."""

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.model import OPEN, Role
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection


def assign(p: Proceedings, command: cmd.Assign) -> None:
    """Put somebody in charge of an open step, or nobody.

    An officer takes up what nobody holds and hands on what is theirs; heads decide for all. State,
    clock, lights and dates stay as they are, and nothing that time did is reversed: to say who
    works on a step is no work on it. Whether the assignee belongs to the department is checked by
    whoever knows the people.
    """
    step, definition = p.step(command.step), p.definition(command.step)
    authorise(p.by, command.type, definition)
    p.require(step, command.type, *OPEN)
    if command.former is not None and command.former != step.assignee:
        raise Rejection(Reason.ASSIGNEE_CHANGED, step=step.key)
    if p.by.role is Role.OFFICER and step.assignee not in {None, p.by.id, p.by.on_behalf_of}:
        raise Rejection(Reason.HELD_BY_ANOTHER, step=step.key)
    if command.assignee == step.assignee:
        raise Rejection(Reason.ALREADY_ASSIGNED, step=step.key)
    p.add(
        ev.StepAssigned,
        step=step.key,
        assignee=command.assignee,
        former=step.assignee,
        reason=command.reason,
    )
