"""What became of the promises of a played chain: commitments (告知承诺) and deficiencies (容缺)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.facts import CreditFiling
from groundwork.domain.filings import filings_of
from groundwork.domain.model import Chain, Commitment, Deficiency, DeficiencyState
from groundwork.rehearsal.case import CommitmentReport, CreditFilingReport, DeficiencyReport
from groundwork.rehearsal.wording import Wording


def consequences(events: Sequence[ev.AnyEvent], chain: Chain) -> dict[str, str]:
    """What a lapse or a breach led to, as a type of event, by the id of the promise."""
    found: dict[str, str] = {}
    broken: ev.CommitmentBreached | None = None
    for event in events:
        if isinstance(event, ev.StepReturned | ev.RecheckOrdered):
            found[event.cause] = event.type
        elif isinstance(event, ev.CommitmentBreached):
            broken = event
        elif isinstance(event, ev.StepAnnulled):
            # An annulment names no cause; one for a breach comes with the breach.
            same = broken is not None and broken.at == event.at
            if broken and same and chain.commitments[broken.commitment].step == event.step:
                found[broken.commitment] = event.type
        elif isinstance(event, ev.BreachReversed):
            found.pop(event.commitment, None)
    return found


def deficiencies_reported(
    chain: Chain, wording: Wording, led_to: Mapping[str, str]
) -> tuple[DeficiencyReport, ...]:
    """Every material that was tolerated missing."""
    return tuple(_deficiency(one, chain, wording, led_to) for one in chain.deficiencies.values())


def _deficiency(
    one: Deficiency, chain: Chain, wording: Wording, led_to: Mapping[str, str]
) -> DeficiencyReport:
    return DeficiencyReport(
        id=one.id,
        step=one.step,
        unit=unit_of(chain, one.step),
        material=one.material,
        material_name=wording.material_name(one.step, one.material),
        opened_on=local_date(one.opened_at),
        cure_by=one.cure_by,
        provisional=one.provisional,
        state=one.state,
        submitted_at=one.submitted_at,
        on_last_day=_date(one.submitted_at) == one.cure_by,
        closed_at=one.closed_at,
        confirmed_on=_date(one.closed_at) if one.state is DeficiencyState.CLOSED else None,
        consequence=led_to.get(one.id) if one.state is DeficiencyState.LAPSED else None,
    )


def commitments_reported(
    chain: Chain, wording: Wording, led_to: Mapping[str, str]
) -> tuple[CommitmentReport, ...]:
    """Every commitment that was drawn up."""
    return tuple(_commitment(one, chain, wording, led_to) for one in chain.commitments.values())


def _commitment(
    one: Commitment, chain: Chain, wording: Wording, led_to: Mapping[str, str]
) -> CommitmentReport:
    return CommitmentReport(
        id=one.id,
        item=wording.step_name(one.step, chain),
        step=one.step,
        unit=unit_of(chain, one.step),
        obligations=one.obligations,
        signed_on=_date(one.signed_at),
        due_on=one.due_on,
        provisional=one.provisional,
        performed_on=_date(one.performed_at),
        rectify_since=_date(one.rectify_since),
        state=one.state,
        outcome=one.outcome,
        breach=one.breach,
        consequence=led_to.get(one.id),
        credit=tuple(_filing(filing) for filing in filings_of(chain, one.id)),
        closed_on=_date(one.closed_at),
    )


def _filing(one: CreditFiling) -> CreditFilingReport:
    return CreditFilingReport(
        id=one.report.id,
        kind=one.report.record.kind,
        due_on=local_date(one.due_at),
        filed_on=_date(one.filed_at),
        takes_back=one.report.record.repaired_on is not None,
    )


def unit_of(chain: Chain, key: str) -> str | None:
    """The unit that a step belongs to, if it is one of a unit's steps."""
    part = key.partition(".")[2]
    return part if part in chain.units else None


def _date(moment: datetime | None) -> date | None:
    return local_date(moment) if moment else None
