"""The credit source of a rehearsal: nobody has a record but those that the chain itself files."""

from collections.abc import Iterable
from datetime import datetime

from groundwork.domain import core
from groundwork.domain.credit import CreditAnswer, CreditQuestion, CreditRecord, CreditReport
from groundwork.domain.model import Chain
from groundwork.domain.rules import Rules

SOURCE = "rehearsal"


class SupposedCredit:
    """Supposes good credit, and remembers what a chain puts on record in the course of a play.

    `records` are those that there are before it begins.
    """

    def __init__(self, records: Iterable[CreditRecord] = ()) -> None:
        self._records = {one.id: one for one in records}

    def look_up(self, question: CreditQuestion, asked_at: datetime) -> CreditAnswer:
        """The records that were filed about the subjects so far."""
        known = self._records.values()
        return CreditAnswer(
            asked_at=asked_at,
            source=SOURCE,
            subjects=question.subjects,
            records=tuple(one for one in known if one.subject in question.subjects),
        )

    def file(self, report: CreditReport) -> None:
        """Remember a record."""
        self._records[report.record.id] = report.record

    def next_return(self, rules: Rules, chain: Chain) -> core.Accepted | None:
        """What the chain makes of the next answer it waits for; None when it waits for none."""
        for check in chain.checks.values():
            if check.pending:
                question = CreditQuestion(subjects=check.subjects)
                answer = self.look_up(question, check.asked_at)
                return core.credit_answered(rules, chain, check.id, answer)
        for key, filing in chain.filings.items():
            if filing.pending:
                self.file(filing.report)
                return core.credit_filed(rules, chain, key)
        return None
