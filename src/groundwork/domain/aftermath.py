"""What follows when a decision falls: its promises end, and what was built on it is looked at."""

from groundwork.domain import events as ev
from groundwork.domain.model import StepState
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.views import open_commitments, open_deficiencies

GRANTED = (StepState.PASSED, StepState.PASSED_WITH_TOLERANCE)


def drop_promises(p: Proceedings, key: str) -> None:
    """Close what a step still has open because the step itself ended or starts afresh."""
    for deficiency in open_deficiencies(p.chain, key):
        p.add(ev.DeficiencyDropped, deficiency=deficiency)
    for commitment in open_commitments(p.chain, key):
        p.add(ev.CommitmentDropped, commitment=commitment)


def annul_step(p: Proceedings, key: str, reason: str) -> None:
    """Annul a decision (撤销); what was built on it goes to re-check."""
    p.add(ev.StepAnnulled, step=key, reason=reason, basis="《行政许可法》第六十九条")
    send_to_recheck(p, key)


def send_to_recheck(p: Proceedings, key: str) -> None:
    """Send what was granted on a step to re-check; nothing is ever voided silently."""
    drop_promises(p, key)
    for dependant in p.rules.dependants(key, p.chain):
        if dependant.state in GRANTED:
            p.add(ev.RecheckOrdered, step=dependant.key, cause=key)
