"""Rows of promises with the lights that the core gives them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from groundwork.domain.model import CommitmentState, DeficiencyState
from groundwork.domain.views import commitment_light, deficiency_light

Json = dict[str, Any]


def lit_deficiencies(rows: Iterable[Json], today: date) -> list[Json]:
    """Deficiencies, of a ledger or of a chain, each with its `light`."""
    return [
        row
        | {
            "light": deficiency_light(
                DeficiencyState(row["state"]),
                reminded=bool(row["reminded"]),
                overdue=row["cure_by"] < today,
            )
        }
        for row in rows
    ]


def lit_commitments(rows: Iterable[Json], today: date) -> list[Json]:
    """Commitments, of a ledger or of a chain, each with its `light`."""
    lit = []
    for row in rows:
        outcome, by = row["outcome"], row["verify_on"] or row["due_on"]
        light = commitment_light(
            CommitmentState(row["state"]),
            CommitmentState(outcome) if outcome else None,
            reminded=bool(row["reminded"]),
            overdue=by is not None and by < today,
        )
        lit.append(row | {"light": light})
    return lit
