"""The lights of a page: what the core gives a step or a promise, as it stands today."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from groundwork.api.pages.drawing.signs import code_of
from groundwork.api.pages.moments import Moments
from groundwork.domain.model import CommitmentState, DeficiencyState, Light, StepState
from groundwork.domain.views import (
    LIMIT_LIGHTS,
    commitment_light,
    deficiency_light,
    kept_by,
    light_on,
    opinion_light,
)

Json = dict[str, Any]


class Shown(NamedTuple):
    """A light to show: the code of its sign, and words that say more than the sign's own."""

    sign: str
    word: str | None = None


def step_shown(moments: Moments, state: StepState, light: Light, act_by: date | None) -> Shown:
    """A step: how it ended or, while a limit runs, the working days that are left."""
    on = light_on(light, act_by, moments.today)
    if act_by is not None and on in LIMIT_LIGHTS:
        return Shown(on.value, moments.left(act_by))
    return Shown(code_of(state, on))


def opinion_shown(moments: Moments, reply_on: date) -> Shown:
    """An opinion that a department owes, with the working days that are left."""
    light = opinion_light(reply_on, moments.today, moments.working_days_to(reply_on))
    return Shown(light.value, moments.left(reply_on))


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
        state, outcome = CommitmentState(row["state"]), row["outcome"]
        by = kept_by(state, row["due_on"], row["verify_on"])
        light = commitment_light(
            state,
            CommitmentState(outcome) if outcome else None,
            reminded=bool(row["reminded"]),
            overdue=by is not None and by < today,
        )
        lit.append(row | {"light": light})
    return lit
