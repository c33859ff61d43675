"""How a chain stands in one glance: what holds it up, when it will be done, and what was promised.

For lists, which show many chains at once: a fraction of what `forecast` tells.
"""

from collections.abc import Iterable
from datetime import date, datetime

from groundwork.domain.base import Frozen
from groundwork.domain.forecast import glance, promised
from groundwork.domain.model import SETTLED, Chain, ChainState
from groundwork.domain.rules import Rules


class Outlook(Frozen):
    """What one row of a list says about a chain.

    `blocking` is the first step on the critical path that is not settled, None once nothing holds
    the chain up; `blocking_department` leads it, and `blocking_unit` is what its building is
    called. `promised` is the day that followed from the promises at the launch, and `behind` the
    working days by which `finish` lies after it, negative when it is earlier. Of `steps` in all,
    `settled` need nothing more.
    """

    blocking: str | None
    blocking_department: str | None
    blocking_unit: str | None
    finish: date
    remaining_working_days: int
    promised: date
    behind: int
    provisional: bool
    settled: int
    steps: int


def held_up_by(chain: Chain, critical_path: Iterable[str]) -> str | None:
    """The first step on the critical path that is not settled; None once nothing holds it up."""
    if chain.state is not ChainState.RUNNING:
        return None
    held = (key for key in critical_path if chain.steps[key].state not in SETTLED)
    return next(held, None)


def outlook(rules: Rules, chain: Chain, at: datetime) -> Outlook:
    """The outlook of a chain at that moment."""
    view = glance(rules, chain, at)
    said = promised(rules, chain)
    blocking = held_up_by(chain, view.critical_path)
    unit = chain.units.get(blocking.partition(".")[2]) if blocking else None
    return Outlook(
        blocking=blocking,
        blocking_department=rules.step(blocking).lead if blocking else None,
        blocking_unit=unit.name if unit else None,
        finish=view.finish,
        remaining_working_days=view.remaining_working_days,
        promised=said,
        behind=rules.calendar.count_working_days(said, view.finish),
        provisional=view.provisional,
        settled=sum(step.state in SETTLED for step in chain.steps.values()),
        steps=len(chain.steps),
    )
