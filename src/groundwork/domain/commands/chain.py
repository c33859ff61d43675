"""What can be asked of a chain as a whole."""

from typing import Annotated, Literal

from pydantic import Field

from groundwork.domain.base import UNLESS_EMPTY, Frozen
from groundwork.domain.commands.base import PRINTABLE, Reason


class WithdrawChain(Frozen):
    """Withdraw the whole chain for the applicant (撤件)."""

    type: Literal["withdraw_chain"] = "withdraw_chain"
    reason: Reason


class TerminateChain(Frozen):
    """End the chain without its purpose (终止)."""

    type: Literal["terminate_chain"] = "terminate_chain"
    reason: Reason


class RecheckCredit(Frozen):
    """Look the enterprise's credit up afresh, for example once it is repaired (重新核查信用)."""

    type: Literal["recheck_credit"] = "recheck_credit"


class SkipErrand(Frozen):
    """Give up a look-up or filing of credit that fails for good, with the reason (跳过外部请求).

    `errand` is what the chain calls it, such as `credit-2`. Nothing is guessed in its place. One of
    which no attempt has failed is given up only with `before_it_failed`: whoever takes the command
    sees to that, for the core knows of no attempts.
    """

    type: Literal["skip_errand"] = "skip_errand"
    errand: Annotated[str, Field(min_length=1, max_length=300, pattern=PRINTABLE)]
    reason: Reason
    before_it_failed: Annotated[bool, UNLESS_EMPTY] = False


class AdoptCalendar(Frozen):
    """Count by another published version of the calendar from now on, and re-plan (启用新日历)."""

    type: Literal["adopt_calendar"] = "adopt_calendar"
    version: Annotated[str, Field(min_length=1, max_length=60)]


class AdoptDefinition(Frozen):
    """Go by a newer version of the chain's definition from now on (改用新版定义)."""

    type: Literal["adopt_definition"] = "adopt_definition"
    version: Annotated[str, Field(min_length=1, max_length=60)]
    hash: Annotated[str, Field(min_length=1, max_length=80)]


AnyChainCommand = (
    RecheckCredit | SkipErrand | WithdrawChain | TerminateChain | AdoptCalendar | AdoptDefinition
)
"""Any command on the chain itself."""
