"""Newer versions of a definition, as somebody would write them while chains run."""

from collections.abc import Callable
from typing import Any

from groundwork.domain.definition import ChainDefinition, Edge, Limit, StepDefinition
from tests.domain.small import step

Edit = Callable[[StepDefinition], StepDefinition | None]


def newer(
    definition: ChainDefinition, version: str = "1.1.0", edit: Edit | None = None, **changes: Any
) -> ChainDefinition:
    """The definition under a later version, each step edited, or left out where that gives None."""
    edited = [edit(one) if edit else one for one in definition.steps]
    steps = tuple(one for one in edited if one is not None)
    whole = {**dict(definition), "version": version, "steps": steps, "routes": (), **changes}
    return ChainDefinition.model_validate(whole)


def on(key: str, **changes: Any) -> Edit:
    """An edit of one step alone."""
    return lambda one: one.model_copy(update=changes) if one.id == key else one


def promised(key: str, amount: int) -> Edit:
    """An edit of what is promised for one step, in every variant."""

    def edit(one: StepDefinition) -> StepDefinition:
        if one.id != key:
            return one
        return one.model_copy(
            update={"promised": {v: _of(limit, amount) for v, limit in one.promised.items()}}
        )

    return edit


def without(*keys: str) -> Edit:
    """An edit that leaves steps out, and what builds on them builds on them no more."""

    def edit(one: StepDefinition) -> StepDefinition | None:
        if one.id in keys:
            return None
        kept = tuple(edge for edge in one.after if edge.step.partition(".")[0] not in keys)
        return one.model_copy(update={"after": kept})

    return edit


def shifted(definition: ChainDefinition, number: int) -> ChainDefinition:
    """The definition's version of that number: limits grow and shrink, a step comes, one goes."""

    def edit(one: StepDefinition) -> StepDefinition | None:
        if one.id.startswith("Z"):
            return None
        more = (number * 7 + len(one.name.zh) + ord(one.id[-1])) % 5 - 1
        return one.model_copy(
            update={"promised": {v: _of(x, x.amount + more) for v, x in one.promised.items()}}
        )

    grown = newer(definition, f"{number}.0.0", edit)
    added = step(f"Z{number:02}", promised=number % 4 + 1, lead=definition.departments[0].id)
    first = definition.steps[0].id
    added = added.model_copy(
        update={"stage": definition.stages[0].id, "after": (Edge(step=first),)}
    )
    return ChainDefinition.model_validate({**dict(grown), "steps": (*grown.steps, added)})


def _of(limit: Limit, amount: int) -> Limit:
    return limit.model_copy(update={"amount": max(1, amount)})
