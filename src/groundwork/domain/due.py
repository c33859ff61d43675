"""What happens by itself to promises: reminders, ends of terms, and what follows from them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from groundwork.domain import commitments, deficiencies
from groundwork.domain.calendar import start_of
from groundwork.domain.definition import BreachKind
from groundwork.domain.model import (
    Chain,
    Commitment,
    CommitmentState,
    Deficiency,
    DeficiencyState,
)
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rules import Rules


class DueMoment(NamedTuple):
    """Something that happens by itself at a moment unless somebody acts before."""

    moment: datetime
    rank: int
    key: str
    what: str
    fire: Callable[[Proceedings], None]


def promises_due(rules: Rules, chain: Chain) -> Iterator[DueMoment]:
    """What will happen by itself to the deficiencies and commitments of a chain."""
    days = rules.definition.promises.reminders if rules.definition.promises else ()
    for one in chain.deficiencies.values():
        if one.state is DeficiencyState.OPEN:
            yield from _deficiency_due(one, days)
    for promise in chain.commitments.values():
        yield from _commitment_due(promise, days)


def _deficiency_due(one: Deficiency, days: tuple[int, ...]) -> Iterator[DueMoment]:
    yield DueMoment(one.cure_before, 0, one.id, "lapse", partial(_lapse, one.id))
    for left in days:
        moment = start_of(one.cure_by - timedelta(days=left))
        if left not in one.reminded and moment > one.opened_at:
            fire = partial(_remind_of_cure, one.id, left)
            yield DueMoment(moment, 0, one.id, "remind", fire)


def _commitment_due(one: Commitment, days: tuple[int, ...]) -> Iterator[DueMoment]:
    key = one.id
    if one.state is CommitmentState.AWAITING_VERIFICATION:
        if one.verify_before is not None and not one.unverified:
            fire = partial(_verification_over, key)
            yield DueMoment(one.verify_before, 0, key, "unverified", fire)
        if one.publish_before is not None and one.performed_at is None:
            yield DueMoment(one.publish_before, 0, key, "overdue", partial(_overdue, key))
    if one.due_on is None or one.due_before is None:
        return
    if one.state is CommitmentState.IN_FORCE:
        yield DueMoment(one.due_before, 0, key, "verify", partial(_term_over, key))
    elif one.state is CommitmentState.RECTIFYING:
        yield DueMoment(one.due_before, 0, key, "breach", partial(_rectification_over, key))
    if one.state is CommitmentState.IN_FORCE and one.signed_at is not None:
        for left in days:
            moment = start_of(one.due_on - timedelta(days=left))
            if left not in one.reminded and moment > one.signed_at:
                fire = partial(_remind_of_commitment, key, left)
                yield DueMoment(moment, 0, key, "remind", fire)


def _lapse(key: str, p: Proceedings) -> None:
    deficiencies.lapse(p, key)


def _remind_of_cure(key: str, left: int, p: Proceedings) -> None:
    deficiencies.remind(p, key, left)


def _remind_of_commitment(key: str, left: int, p: Proceedings) -> None:
    commitments.remind(p, key, left)


def _term_over(key: str, p: Proceedings) -> None:
    commitments.fall_due(p, key)


def _verification_over(key: str, p: Proceedings) -> None:
    commitments.miss_verification(p, key)


def _overdue(key: str, p: Proceedings) -> None:
    commitments.breach(p, key, commitments.NEVER_REPORTED, BreachKind.OVERDUE)


def _rectification_over(key: str, p: Proceedings) -> None:
    commitments.breach(p, key, commitments.RECTIFICATION_OVER, BreachKind.NON_CONFORMING)
