"""What can be asked of a chain as a whole."""

from typing import Literal

from groundwork.domain.base import Frozen
from groundwork.domain.commands.base import Reason


class WithdrawChain(Frozen):
    """Withdraw the whole chain for the applicant (撤件)."""

    type: Literal["withdraw_chain"] = "withdraw_chain"
    reason: Reason


class TerminateChain(Frozen):
    """End the chain without its purpose (终止)."""

    type: Literal["terminate_chain"] = "terminate_chain"
    reason: Reason


AnyChainCommand = WithdrawChain | TerminateChain
"""Any command on the chain itself."""
