"""Which credit records a chain handed in for a promise: they are known by their ids."""

import re

from groundwork.domain.credit import CreditReport
from groundwork.domain.model import Chain


def record_id(chain: Chain, promise: str) -> str:
    """The id of the first record about a promise; later ones have a number after it."""
    return f"{chain.id}/{promise}"


def reports_of(chain: Chain, promise: str) -> tuple[CreditReport, ...]:
    """The reports about a promise in their order, those that take a record back included."""
    named = re.compile(rf"{re.escape(record_id(chain, promise))}(-\d+)?")
    reports = (filing.report for filing in chain.filings.values())
    return tuple(one for one in reports if named.fullmatch(one.record.id))
