"""What must hold in a chain and its ladder beyond their written form."""

from groundwork.catalogue.rules import (
    figures,
    gates,
    ladders,
    names,
    outputs,
    promises,
    sequence,
    units,
)
from groundwork.catalogue.rules.reading import Reading


def check_chain(reading: Reading) -> None:
    """Report every broken rule of a chain to its document."""
    for rules in (names, figures, promises, units, gates, outputs, sequence, ladders):
        rules.check(reading)
