"""The ladder: every rung waits for one thing, and each waits longer than the one below."""

from collections.abc import Sequence
from itertools import pairwise

from groundwork.catalogue.mistakes import FieldPath, Said
from groundwork.catalogue.rules.names import unique_ids
from groundwork.catalogue.shape import suggestion
from groundwork.catalogue.source import Document
from groundwork.catalogue.written import WrittenRung
from groundwork.domain.definition import Trigger, Unanswered
from groundwork.domain.model import Role

_ROLES = frozenset(role.value for role in Role) - {Role.SYSTEM.value}


def check_ladder(document: Document, rungs: Sequence[WrittenRung]) -> None:
    """Report what is wrong with the rungs of a ladder to their document."""
    unique_ids(document, rungs, ("rungs",))
    for rung in rungs:
        path = rung.path_or(())
        _waits_for_its_trigger(document, path, rung)
        for i, role in enumerate(rung.recipients):
            if role not in _ROLES:
                wrong = Said(f"没有角色“{role}”。", f'There is no role "{role}".')
                document.report((*path, "recipients", i), wrong, suggestion(role, _ROLES))
        _answers(document, path, rung, last=rung is rungs[-1])
    for below, above in pairwise(rungs):
        _rises(document, below, above)
    _counts_in_one_unit(document, rungs)


def _waits_for_its_trigger(document: Document, path: FieldPath, rung: WrittenRung) -> None:
    by_share = {"share": rung.share, "days_left": rung.days_left}
    past_due = {"days_past_due": rung.days_past_due, "hours_past_due": rung.hours_past_due}
    fitting, unfitting = (
        (by_share, past_due) if rung.trigger is Trigger.SHARE_USED else (past_due, by_share)
    )
    trigger = rung.trigger.value
    if all(value is None for value in fitting.values()):
        names = " / ".join(fitting)
        wrong = Said(f"{trigger} 需要 {names}。", f"{trigger} needs {names}.")
        document.report(path, wrong, Said("请补上。", "Add it."))
    for name, value in unfitting.items():
        if value is not None:
            wrong = Said(f"{name} 不适用于 {trigger}。", f"{name} does not go with {trigger}.")
            document.report((*path, name), wrong, Said("请删除。", "Remove it."), key=True)


def _answers(document: Document, path: FieldPath, rung: WrittenRung, *, last: bool) -> None:
    if rung.unanswered is None:
        return
    where = (*path, "unanswered")
    if rung.answer_within is None:
        wrong = Said("这一级没有答复期限。", "Nobody is asked for an answer here.")
        document.report(where, wrong, Said("请补上 answer_within。", "Add answer_within."))
    if rung.unanswered is Unanswered.NEXT and last:
        wrong = Said("已是最后一级，没有下一级。", "This is the last rung: there is no next.")
        document.report(where, wrong, Said("请改为 mark。", "Write mark."))


def _counts_in_one_unit(document: Document, rungs: Sequence[WrittenRung]) -> None:
    """Days and hours past due cannot be compared: a working day may be far from the next."""
    days = [rung for rung in rungs if rung.days_past_due is not None]
    for rung in rungs:
        if days and rung.hours_past_due is not None:
            wrong = Said(
                "同一阶梯不能既按工作日又按小时计超期。",
                "A ladder counts what is past due in days or in hours, not in both.",
            )
            remedy = Said("请统一用一种。", "Write all of them in one unit.")
            document.report((*rung.path_or(()), "hours_past_due"), wrong, remedy, key=True)


def _rises(document: Document, below: WrittenRung, above: WrittenRung) -> None:
    path = above.path_or(())
    if above.level <= below.level:
        wrong = Said(
            f"级别 {above.level} 没有高于上一级 {below.level}。",
            f"Level {above.level} is not above {below.level}, the one before.",
        )
        remedy = Said("请按级别从低到高排列。", "List the levels from low to high.")
        document.report((*path, "level"), wrong, remedy)
    later = _threshold(above) > _threshold(below)
    if not later:
        wrong = Said("触发不晚于上一级。", "This does not come later than the level before it.")
        remedy = Said(
            "每一级都应比前一级更晚触发。", "Let every level come later than the one before."
        )
        document.report(path, wrong, remedy)


def _threshold(rung: WrittenRung) -> tuple[bool, int]:
    """How late a rung comes: shares of the limit before days or hours past it."""
    if rung.trigger is Trigger.PAST_DUE:
        return True, rung.days_past_due or rung.hours_past_due or 0
    return False, 100 if rung.share is None else rung.share
