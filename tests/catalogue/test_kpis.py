"""The figures of effect: the built-in ones, and what the check says of wrong ones."""

from pathlib import Path

import pytest

from groundwork.catalogue.check import BUILT_IN, check_file
from groundwork.catalogue.kpis import DEFAULT_KPIS, default_kpis, load_kpis
from groundwork.catalogue.loader import CatalogueError, available, get
from groundwork.domain.definition import Provenance
from groundwork.domain.kpis import Measure
from tests.catalogue.planting import Plot

KPIS = BUILT_IN / "kpi" / f"{DEFAULT_KPIS}.yaml"


def test_the_published_figures_stand_with_their_source() -> None:
    kpi = default_kpis().find("approval-time")
    assert kpi is not None
    assert kpi.baseline is not None
    assert kpi.target is not None
    assert (kpi.baseline.amount, kpi.target.amount) == (55, 36)
    assert kpi.baseline.provenance is Provenance.PROMISED
    span = default_kpis().find("signing-to-start")
    assert span is not None
    assert span.reported is not None
    assert (span.reported.amount, span.reported.reported) == (111, True)


def test_every_measure_has_a_figure_and_every_route_is_there() -> None:
    book = default_kpis()
    assert {one.measure for one in book.figures} == set(Measure)
    definitions = [get(one.id, one.version) for one in available()]
    for kpi in book.figures:
        chains = [one for one in definitions if kpi.definition in {None, one.id}]
        assert chains
        for chain in chains if kpi.route else ():
            (route,) = (one for one in chain.routes if one.id == kpi.route)
            assert kpi.target is not None
            assert route.working_days == kpi.target.amount
        for chain in chains if kpi.until else ():
            assert any(step.id == kpi.until for step in chain.steps)


def test_the_built_in_file_has_no_mistake() -> None:
    assert check_file(KPIS) == []


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("version: 1.0.0", "version: 1.0.1", "version", "file name"),
        ("amount: 55\n      source: S2", "amount: 55\n      source: S3", "baseline.source", "S3"),
        ("    route: land_route\n", "", "measure", "route"),
        ("    unit: calendar_days\n", "", "measure", "unit"),
        ("id: chain-time", "id: step-time", "id", "two figures"),
        ("measure: cures", "measure: cured", "measure", "cured"),
        ("below: 5", "below: 0", "below", "1"),
    ],
)
def test_the_check_explains(tmp_path: Path, old: str, new: str, field: str, says: str) -> None:
    folder = tmp_path / "kpi"
    folder.mkdir()
    plot = Plot(folder, KPIS).plant(old, new)
    mistakes = plot.harvest()
    assert any(one.path.endswith(field) and says in one.message_en for one in mistakes), mistakes
    with pytest.raises(CatalogueError):
        load_kpis(plot.file)
