"""How the adoption of a calendar or of a definition changes a chain."""

from typing import Any

from groundwork.domain import events as ev
from groundwork.domain.folding import (
    apply,
    with_commitment,
    with_deficiency,
    with_escalation,
    with_step,
)
from groundwork.domain.model import Chain, Step


@apply.register
def _(event: ev.CalendarAdopted, chain: Chain) -> Chain:
    for term in event.terms:
        chain = _replanned(chain, term)
    return chain.model_copy(update={"adopted_calendar": event.version})


@apply.register
def _(event: ev.DefinitionAdopted, chain: Chain) -> Chain:
    kept = {key: step for key, step in chain.steps.items() if key not in event.removed}
    added = {key: Step(key=key, mode=mode) for key, mode in event.added.items()}
    chain = chain.model_copy(update={"steps": kept | added, "adopted_definition": event.definition})
    for key, limit in event.limits.items():
        clock = chain.steps[key].clock
        if clock is None:
            raise ValueError(f"step {key} has no clock")
        chain = with_step(chain, key, clock=clock.model_copy(update={"limit": limit}))
    for term in event.terms:
        chain = _replanned(chain, term)
    return chain


def _replanned(chain: Chain, term: ev.Term) -> Chain:
    match term.kind:
        case ev.TermKind.STEP | ev.TermKind.ACCEPTANCE | ev.TermKind.OPINION:
            return with_step(chain, term.key, **_of_step(chain.steps[term.key], term))
        case ev.TermKind.DEFICIENCY:
            return with_deficiency(
                chain,
                term.key,
                cure_by=term.after,
                cure_before=term.moment,
                provisional=term.provisional,
            )
        case ev.TermKind.COMMITMENT | ev.TermKind.VERIFICATION:
            return with_commitment(chain, term.key, **_of_commitment(term))
        case ev.TermKind.ANSWER:
            return with_escalation(chain, term.key, answer_by=term.after)
        case ev.TermKind.APPEAL:
            later = {"appeal_by": term.after, "appeal_before": term.moment}
            return with_escalation(chain, term.key, **later)


def _of_step(step: Step, term: ev.Term) -> dict[str, Any]:
    if term.kind is ev.TermKind.STEP:
        return {"due_on": term.after, "due_provisional": term.provisional}
    if term.kind is ev.TermKind.ACCEPTANCE:
        return {"accept_by": term.moment}
    asked = step.consultation
    if asked is None:
        raise ValueError(f"step {term.key} has no consultation")
    later = {
        "reply_on": term.after,
        "reply_before": term.moment,
        "provisional": term.provisional,
    }
    return {"consultation": asked.model_copy(update=later)}


def _of_commitment(term: ev.Term) -> dict[str, Any]:
    if term.kind is ev.TermKind.VERIFICATION:
        return {"verify_on": term.after, "verify_before": term.moment}
    return {
        "due_on": term.after,
        "due_before": term.moment,
        "provisional": term.provisional,
    }
