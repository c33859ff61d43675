"""Rows of the project list: each project with how its current chain stands, in words."""

from datetime import datetime
from typing import Any

from groundwork.api.languages import Language
from groundwork.api.resources import Resources
from groundwork.domain.calendar import local_date
from groundwork.domain.outlook import Outlook
from groundwork.store.paging import Row


async def project_rows(
    resources: Resources, rows: list[Row], *, reader: str, language: Language, at: datetime
) -> list[Row]:
    """The rows of a page of `ProjectList`, as the reader is shown them at that moment.

    `changes` counts what happened since their last visit; it is None if they never were there.
    """
    heads = [row["chain"] for row in rows if row["chain"] is not None]
    outlooks = await resources.outlooks.of(heads, at)
    seen = await resources.visits.seen(reader, [head["id"] for head in heads])
    for head in heads:
        await name_head(resources, head, language=language, at=at)
        chain_id = head["id"]
        last = seen.get(chain_id)
        head["changes"] = None if last is None else max(0, head["seq"] - last)
        head["outlook"] = told_outlook(resources, head, outlooks.get(chain_id), language)
    return rows


async def name_head(resources: Resources, head: Row, *, language: Language, at: datetime) -> None:
    """Give a chain's head its names, and the working days left until its next day."""
    shelf, kind, step = resources.shelf, head["definition_id"], head["next_due_step"]
    unit, due = head.pop("unit_name"), head["next_due_on"]
    calendar = await resources.calendar(head.pop("calendar_version"))
    head["name"] = shelf.chain_name(kind, language)
    head["next_due_step_name"] = step and shelf.step_name(kind, step, language, unit)
    head["next_due_department"] = _department(resources, head["next_due_department"], language)
    today = local_date(at)
    head["working_days_left"] = due and calendar.count_working_days(today, due)


def told_outlook(
    resources: Resources, head: Row, one: Outlook | None, language: Language
) -> dict[str, Any] | None:
    """A chain's outlook in words."""
    if one is None:
        return None
    blocking = None
    if one.blocking is not None:
        step = one.blocking
        blocking = {
            "step": step,
            "name": resources.shelf.step_name(
                head["definition_id"], step, language, one.blocking_unit
            ),
            "department": _department(resources, one.blocking_department, language),
        }
    hidden = {"blocking", "blocking_unit", "blocking_department"}
    return one.model_dump(exclude=hidden) | {"blocking": blocking}


def _department(resources: Resources, one: str | None, language: Language) -> Row | None:
    if one is None:
        return None
    return {"id": one, "name": resources.shelf.department_name(one, language)}
