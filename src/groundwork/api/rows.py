"""Rows of the record with the names of what they are about."""

from datetime import datetime

from groundwork.api.languages import Language
from groundwork.api.shelf import Shelf
from groundwork.domain.model import EscalationState
from groundwork.store.paging import Row


def chain_heads(rows: list[Row], shelf: Shelf, language: Language) -> list[Row]:
    """Chains as lists show them."""
    for row in rows:
        del row["act_by"]
        kind, step = row["definition_id"], row["next_due_step"]
        unit = row.pop("unit_name")
        row["name"] = shelf.chain_name(kind, language)
        row["next_due_step_name"] = step and shelf.step_name(kind, step, language, unit)
    return rows


def with_step_names(rows: list[Row], shelf: Shelf, language: Language) -> list[Row]:
    """Parts of steps (escalations, deficiencies, commitments) with the step's name."""
    for row in rows:
        kind, unit = kind_of(row["chain_id"]), row.pop("unit_name")
        row["step_name"] = shelf.step_name(kind, row["step"], language, unit)
    return rows


def escalation_rows(rows: list[Row], shelf: Shelf, language: Language, at: datetime) -> list[Row]:
    """Escalations as the board shows them at that moment."""
    for row in with_step_names(rows, shelf, language):
        row["name"] = shelf.rung_name(kind_of(row["chain_id"]), row["rung"], language)
        over, is_open = row["answer_before"], row["state"] == EscalationState.OPEN
        # Seen at once, also where the ladder draws nothing from it and no event says so.
        row["answer_overdue"] |= is_open and over is not None and over <= at
    return rows


def kind_of(chain_id: str) -> str:
    """The definition's id, with which every chain's id begins."""
    return chain_id.partition(".")[0]
