"""The network behind the map keeps the order and drops only what the rest says already."""

from collections.abc import Iterable

import pytest
from hypothesis import given

from groundwork.api.pages.drawing.network import (
    Arc,
    arcs_of,
    columns,
    critical_arcs,
    without_detours,
)
from groundwork.api.pages.drawing.tasks import tasks_of
from groundwork.domain.definition import ChainDefinition, Variant
from tests.api.drawing.drawn import LAND, PRODUCTION, busy_land, definitions, view_of
from tests.domain.worlds import rules_in_catalogue


def closure(arcs: Iterable[Arc]) -> set[tuple[str, str]]:
    pairs = {(arc.before, arc.after) for arc in arcs}
    while more := {(a, d) for a, b in pairs for c, d in pairs if b == c} - pairs:
        pairs |= more
    return pairs


def every_arc(definition: ChainDefinition, variant: Variant) -> tuple[Arc, ...]:
    return arcs_of(definition, variant, [step.id for step in definition.steps])


@given(definitions())
def test_what_builds_on_what_is_the_same_without_detours(definition: ChainDefinition) -> None:
    for variant in Variant:
        arcs = every_arc(definition, variant)
        kept = without_detours(arcs)
        assert closure(kept) == closure(arcs)
        assert all((arc.before, arc.after) not in closure(set(kept) - {arc}) for arc in kept)


@pytest.mark.parametrize("chain", [LAND, PRODUCTION])
@pytest.mark.parametrize("variant", Variant)
def test_the_column_counts_the_longest_way(chain: str, variant: Variant) -> None:
    definition = rules_in_catalogue(chain).definition
    steps = [step.id for step in definition.steps]
    arcs = every_arc(definition, variant)
    found = columns(steps, arcs)
    for step in steps:
        before = [found[arc.before] + 1 for arc in arcs if arc.after == step]
        assert found[step] == max(before, default=0)


def test_a_dependency_on_a_phase_counts_for_its_step() -> None:
    arcs = every_arc(rules_in_catalogue(LAND).definition, Variant.STANDARD)
    assert Arc("L20", "L22") in arcs


def test_a_variant_has_its_own_order() -> None:
    definition = rules_in_catalogue(LAND).definition
    assert Arc("L17", "L11") in every_arc(definition, Variant.STANDARD)
    assert Arc("L17", "L11") not in every_arc(definition, Variant.FAST)


def test_the_critical_path_begins_with_what_was_settled_last() -> None:
    play = busy_land()
    view = view_of(play)
    assert view.critical_path[0] == "L04"
    arcs = every_arc(play.rules.definition, view.variant)
    path = critical_arcs(view.critical_path, tasks_of(play.rules, view, play.chain), arcs)
    assert path[0] == Arc("L01", "L04")
    assert [arc.after for arc in path] == list(view.critical_path)
