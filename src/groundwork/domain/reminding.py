"""Reminders that people send (催办): whoever has a step or a material in hand is told to act."""

from datetime import date
from typing import Final

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.model import DeficiencyState, WaitingOn
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.views import waiting_on

REACHED: Final = (WaitingOn.DEPARTMENT, WaitingOn.APPLICANT)
"""In whose hands something is that can be reminded of: others are none of ours."""


def remind(p: Proceedings, command: cmd.Remind) -> None:
    """Remind who has an open step in hand or, of a deficiency, the applicant who owes it.

    Once a day for each step and each deficiency, whoever sends it. State, clock, lights and dates
    stay as they are.
    """
    authorise(p.by, command.type, p.definition(command.step))
    if command.deficiency is None:
        whom, last = _holder(p, command.step), p.step(command.step).reminded_on
    else:
        whom, last = _debtor(p, command.step, command.deficiency)
    if last is not None and last >= local_date(p.at):
        subject = command.deficiency or command.step
        raise Rejection(Reason.REMINDED_TODAY, subject=subject, last=last.isoformat())
    p.add(
        ev.StepReminded,
        step=command.step,
        whom=whom,
        deficiency=command.deficiency,
        note=command.note,
    )


def _holder(p: Proceedings, key: str) -> WaitingOn:
    step, definition = p.step(key), p.definition(key)
    whom = waiting_on(step, applicant_owned=definition.applicant_owned)
    if whom not in REACHED:
        raise Rejection(Reason.NOBODY_TO_REMIND, subject=key)
    return whom


def _debtor(p: Proceedings, key: str, deficiency_id: str) -> tuple[WaitingOn, date | None]:
    deficiency = p.chain.deficiencies.get(deficiency_id)
    if deficiency is None or deficiency.step != key:
        raise Rejection(Reason.UNKNOWN_DEFICIENCY, deficiency=deficiency_id)
    if deficiency.state is not DeficiencyState.OPEN:
        raise Rejection(Reason.NOBODY_TO_REMIND, subject=deficiency_id)
    return WaitingOn.APPLICANT, deficiency.reminded_on
