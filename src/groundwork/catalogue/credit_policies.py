"""The credit policy that the register goes by, where no chain brings its own."""

from functools import cache
from pathlib import Path
from typing import Final

from groundwork.catalogue.check import BUILT_IN, credit_file
from groundwork.catalogue.loader import CatalogueError
from groundwork.catalogue.source import read
from groundwork.domain.definition import CreditPolicy

DEFAULT_CREDIT: Final = "default-1.0.0"


@cache
def default_credit() -> CreditPolicy:
    """The built-in policy. Raises CatalogueError like `load_credit`."""
    return load_credit(BUILT_IN / "credit" / f"{DEFAULT_CREDIT}.yaml")


def load_credit(path: Path) -> CreditPolicy:
    """The policy in a credit file. Raises CatalogueError when the file has any mistake."""
    document = read(path)
    policy = None if document.mistakes else credit_file(document)
    if document.mistakes or policy is None:
        raise CatalogueError.of(tuple(document.mistakes))
    return policy
