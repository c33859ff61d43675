"""Which credit records a chain handed in for a promise: they are known by their ids."""

from groundwork.domain.facts import CreditFiling
from groundwork.domain.model import Chain


def record_id(chain: Chain, promise: str) -> str:
    """The id of the first record about a promise; later ones have a number after it."""
    return f"{chain.id}/{promise}"


def filings_of(chain: Chain, promise: str) -> tuple[CreditFiling, ...]:
    """What a chain has put on record about a promise, and what takes it back, in order."""
    stem = record_id(chain, promise)
    return tuple(
        one
        for one in chain.filings.values()
        if one.report.record.id == stem or one.report.record.id.removeprefix(f"{stem}-").isdecimal()
    )
