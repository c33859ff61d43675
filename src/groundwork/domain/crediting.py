"""When a chain asks for credit, what follows from the answer, and what goes on record.

The chain does not look anything up. It notes what it waits for; the shell sees to it and comes back
with `answered` or `filed`. Until then what hangs on the answer waits, and nobody guesses.
"""

from collections.abc import Collection
from types import MappingProxyType

from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.credit import (
    CreditAnswer,
    CreditKind,
    CreditPurpose,
    CreditReport,
)
from groundwork.domain.credit_law import Breach, CreditVerdict, judge, record_of_breach
from groundwork.domain.definition import BreachKind, CreditPolicy, Mode, Text
from groundwork.domain.facts import CreditCheck, CreditOccasion
from groundwork.domain.filings import filings_of, record_id
from groundwork.domain.model import Chain, CommitmentState, Step, StepState
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection

PURPOSES = MappingProxyType(
    {
        Mode.COMMITMENT: CreditPurpose.COMMITMENT,
        Mode.DEFICIENCY_TOLERANT: CreditPurpose.TOLERANCE,
    }
)
"""The modes that are given on trust, and what they ask of credit."""

RECORDED_AS = {
    BreachKind.FALSE: CreditKind.FALSE_COMMITMENT,
    BreachKind.OVERDUE: CreditKind.OVERDUE_COMMITMENT,
    BreachKind.NON_CONFORMING: CreditKind.NON_CONFORMING_COMMITMENT,
}
"""As what a breach goes on the credit record."""

_ASKED_FOR = {
    CreditOccasion.LAUNCH: (CreditPurpose.COMMITMENT, CreditPurpose.TOLERANCE),
    CreditOccasion.SIGNING: (CreditPurpose.COMMITMENT,),
    CreditOccasion.TOLERANCE: (CreditPurpose.TOLERANCE,),
}


def ask_credit(
    p: Proceedings,
    occasion: CreditOccasion,
    step: str | None = None,
    *,
    commitment: str | None = None,
    besides: tuple[str, ...] = (),
) -> None:
    """Note that the enterprise's credit must be looked up, and that of third parties besides.

    A definition without a credit policy asks for nobody's.
    """
    if p.rules.definition.credit is None:
        return
    p.add(
        ev.CreditAsked,
        check=f"credit-{len(p.chain.checks) + 1}",
        occasion=occasion,
        subjects=tuple(dict.fromkeys((p.chain.launch.uscc, *besides))),
        step=step,
        commitment=commitment,
    )


def standing(chain: Chain, step: str | None = None) -> CreditCheck | None:
    """The latest look-up that tells of a step: its own, or else the chain's; None if none."""
    checks = [one for one in chain.checks.values() if one.commitment is None]
    return next((one for one in reversed(checks) if one.step in {None, step}), None)


def asked_for(chain: Chain) -> dict[str, CreditCheck]:
    """The latest look-up for each commitment that was signed, by the commitment's id."""
    return {one.commitment: one for one in chain.checks.values() if one.commitment is not None}


def require_tolerance(p: Proceedings, step: Step) -> None:
    """Go on only if credit lets the step tolerate anything. Raises Rejection otherwise."""
    check = standing(p.chain, step.key)
    if check is not None and check.eligible is None:
        raise unanswered(check, step)
    require_not_barred(p.chain, step, Mode.DEFICIENCY_TOLERANT)


def unanswered(check: CreditCheck | None, step: Step) -> Rejection:
    """Why what hangs on a look-up waits: nobody knows the answer yet, or nobody will."""
    given_up = check is not None and check.skipped_at is not None
    reason = Reason.CREDIT_UNKNOWN if given_up else Reason.CREDIT_PENDING
    return Rejection(reason, step=step.key)


def require_not_barred(chain: Chain, step: Step, mode: Mode) -> None:
    """Refuse a mode that is given on trust to whom credit is known to bar from it.

    Raises Rejection, which says why and how it is repaired.
    """
    if not (grounds := _against(chain, step.key, mode)):
        return
    raise Rejection(
        Reason.CREDIT_BARRED,
        step=step.key,
        grounds_zh="".join(ground.zh for ground in grounds),
        grounds_en=" ".join(ground.en for ground in grounds),
    )


def _against(chain: Chain, step: str, mode: Mode) -> tuple[Text, ...]:
    check, purpose = standing(chain, step), PURPOSES.get(mode)
    return check.grounds.get(purpose, ()) if check is not None and purpose is not None else ()


def may_be_tolerated(chain: Chain, step: str) -> bool:
    """Whether credit is known to let the step tolerate something, or nobody asks for it."""
    check = standing(chain, step)
    known = check is None or check.eligible is not None
    return known and not _against(chain, step, Mode.DEFICIENCY_TOLERANT)


def answered(p: Proceedings, check_id: str, answer: CreditAnswer) -> None:
    """Take in what the source answered, as of the moment at which it was asked."""
    policy, check = p.rules.definition.credit, p.chain.checks.get(check_id)
    if policy is None or check is None or not check.pending:
        return
    today = local_date(p.at)
    verdicts = {one: judge(policy, answer, one, today) for one in _ASKED_FOR[check.occasion]}
    grounds = {purpose: _told(one) for purpose, one in verdicts.items() if not one.eligible}
    p.add(
        ev.CreditAnswered,
        check=check.id,
        eligible=not grounds,
        grade=next(iter(verdicts.values())).grade,
        grounds=grounds,
        source=answer.source,
    )
    if check.commitment is not None:
        _tell_commitment(p, check.commitment, grounds.get(CreditPurpose.COMMITMENT, ()))
    elif check.occasion is CreditOccasion.LAUNCH:
        _fall_back(p, grounds.keys())


def _told(verdict: CreditVerdict) -> tuple[Text, ...]:
    """Why not, and the way out, for each record."""
    return tuple(
        Text(zh=f"{one.why.zh}{one.remedy.zh}", en=f"{one.why.en} {one.remedy.en}")
        for one in verdict.grounds
    )


def _tell_commitment(p: Proceedings, commitment: str, grounds: tuple[Text, ...]) -> None:
    if p.chain.commitments[commitment].state is not CommitmentState.SIGNED:
        return
    if grounds:
        p.add(ev.CommitmentRefused, commitment=commitment, grounds=grounds)
    else:
        p.add(ev.CommitmentInForce, commitment=commitment)


def _fall_back(p: Proceedings, barred: Collection[CreditPurpose]) -> None:
    """Handle as usual what was to be handled on trust; where there is no other mode it waits."""
    for step in list(p.chain.steps.values()):
        untouched = step.state in {StepState.WAITING, StepState.READY}
        standard = Mode.STANDARD in p.rules.step(step.key).modes
        if untouched and standard and PURPOSES.get(step.mode) in barred:
            p.add(ev.ModeChosen, step=step.key, mode=Mode.STANDARD)


def record_breach(p: Proceedings, commitment: str, kind: BreachKind) -> bool:
    """Put a breach on record, published at once; whether there is a record to put it on."""
    policy = p.rules.definition.credit
    if policy is None:
        return False
    _file(p, policy, commitment, RECORDED_AS[kind])
    return True


def record_lapse(p: Proceedings, deficiency: str) -> None:
    """Put on record that what was tolerated was never cured."""
    policy = p.rules.definition.credit
    if policy is not None:
        _file(p, policy, deficiency, CreditKind.LAPSED_DEFICIENCY)


def _file(p: Proceedings, policy: CreditPolicy, promise: str, kind: CreditKind) -> None:
    today = local_date(p.at)
    number = len(filings_of(p.chain, promise))
    breach = Breach(
        id=f"{record_id(p.chain, promise)}{f'-{number + 1}' if number else ''}",
        subject=p.chain.launch.uscc,
        kind=kind,
        decided_on=today,
    )
    record = record_of_breach(policy, breach)
    p.add(
        ev.CreditFilingDue,
        report=CreditReport(id=record.id, record=record, publish_on=today),
    )


def filed(p: Proceedings, report_id: str) -> None:
    """Note that the source has a record; the commitment behind it is archived."""
    filing = p.chain.filings.get(report_id)
    if filing is None or not filing.pending:
        return
    p.add(ev.CreditFiled, report=report_id)
    archive(p, report_id)


def archive(p: Proceedings, report_id: str) -> None:
    """Archive the broken commitment that a record is about: the chain has no more to do for it."""
    for commitment in p.chain.commitments.values():
        broken = commitment.state is CommitmentState.BREACHED
        about = {one.report.id for one in filings_of(p.chain, commitment.id)}
        if broken and report_id in about:
            p.add(ev.CommitmentArchived, commitment=commitment.id)
