"""How the adoption of a calendar changes a chain."""

from groundwork.domain import events as ev
from groundwork.domain.folding import apply, with_commitment, with_deficiency, with_step
from groundwork.domain.model import Chain


@apply.register
def _(event: ev.CalendarAdopted, chain: Chain) -> Chain:
    for term in event.terms:
        chain = _replanned(chain, term)
    return chain.model_copy(update={"adopted_calendar": event.version})


def _replanned(chain: Chain, term: ev.Term) -> Chain:
    match term.kind:
        case ev.TermKind.STEP:
            return with_step(chain, term.key, due_on=term.after, due_provisional=term.provisional)
        case ev.TermKind.ACCEPTANCE:
            return with_step(chain, term.key, accept_by=term.moment)
        case ev.TermKind.DEFICIENCY:
            return with_deficiency(
                chain,
                term.key,
                cure_by=term.after,
                cure_before=term.moment,
                provisional=term.provisional,
            )
        case ev.TermKind.COMMITMENT:
            return with_commitment(
                chain,
                term.key,
                due_on=term.after,
                due_before=term.moment,
                provisional=term.provisional,
            )
        case ev.TermKind.VERIFICATION:
            return with_commitment(chain, term.key, verify_on=term.after, verify_before=term.moment)
        case ev.TermKind.OPINION:
            asked = chain.steps[term.key].consultation
            if asked is None:
                raise ValueError(f"step {term.key} has no consultation")
            later = {
                "reply_on": term.after,
                "reply_before": term.moment,
                "provisional": term.provisional,
            }
            return with_step(chain, term.key, consultation=asked.model_copy(update=later))
