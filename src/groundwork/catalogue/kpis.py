"""The figures of effect: one immutable YAML file per version in `kpi/`."""

from functools import cache
from pathlib import Path
from typing import Final

from groundwork.catalogue.check import BUILT_IN
from groundwork.catalogue.kpi_files import FOLDER, kpi_file
from groundwork.catalogue.loader import CatalogueError
from groundwork.catalogue.source import read
from groundwork.domain.kpis import KpiBook

DEFAULT_KPIS: Final = "default-1.0.0"


@cache
def default_kpis() -> KpiBook:
    """The built-in figures. Raises CatalogueError like `load_kpis`."""
    return load_kpis(BUILT_IN / FOLDER / f"{DEFAULT_KPIS}.yaml")


def load_kpis(path: Path) -> KpiBook:
    """The figures in a file. Raises CatalogueError when the file has any mistake."""
    document = read(path)
    book = None if document.mistakes else kpi_file(document)
    if document.mistakes or book is None:
        raise CatalogueError.of(tuple(document.mistakes))
    return book
