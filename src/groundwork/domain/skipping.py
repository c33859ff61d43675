"""Skipping an errand that will never succeed: what is known then, and what is left to people.

Nobody is trusted or barred in place of an answer. Credit that was not looked up is unknown: what
hangs on it goes on once it was looked up afresh, or in the usual way. A record that was not handed
in is handed in by people.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.batch import RECORD
from groundwork.domain.credit import FILE_CREDIT, LOOK_UP_CREDIT
from groundwork.domain.crediting import archive, ask_credit, asked_for
from groundwork.domain.definition import Text
from groundwork.domain.facts import CreditOccasion
from groundwork.domain.flow import advance
from groundwork.domain.model import ChainState, CommitmentState
from groundwork.domain.policy import authorise
from groundwork.domain.proceedings import Proceedings
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.views import open_errands, pending_filings

CONSEQUENCES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        LOOK_UP_CREDIT: Text(
            zh="信用视为未知，不作符合或不符合的认定：容缺和未生效的承诺不能继续，须由人员核实后重新核查"
            "（recheck_credit），或改按一般方式办理。管家、项目经理和营商环境办会收到通知。",
            en="Credit counts as unknown, neither good nor bad: tolerance and a letter not yet in "
            "force go no further until people have it looked up again (recheck_credit) or handle "
            "the step in the usual way. Housekeeper, project manager and the business environment "
            "office are told.",
        ),
        FILE_CREDIT: Text(
            zh="该信用记录不再由系统报送，须由营商环境办人工报送信用平台；违诺认定及其后果不变，链条"
            "不再因此等待。营商环境办会收到通知。",
            en="The record is no longer filed by itself: the business environment office, which is "
            "told, hands it to the source by hand. The breach and what follows from it stand, and "
            "the chain waits for the filing no more.",
        ),
    }
)
"""What follows when an errand is skipped, by its activity: told before it is done."""

NEVER: Final = frozenset({RECORD})
"""What a chain that skipped it would be nothing without."""


def skip_errand(p: Proceedings, command: cmd.SkipErrand) -> None:
    """Give an errand up that the chain waits for.

    Raises Rejection: never_skipped for the record, no_such_errand for what it does not wait for.
    """
    authorise(p.by, command.type)
    key, running = command.errand, p.chain.state is ChainState.RUNNING
    if key in NEVER:
        raise Rejection(Reason.NEVER_SKIPPED, errand=key)
    check, filing = p.chain.checks.get(key), p.chain.filings.get(key)
    if running and check is not None and check.pending:
        p.add(ev.CreditCheckSkipped, check=key, reason=command.reason)
    elif filing is not None and filing.pending:
        p.add(ev.CreditFilingSkipped, report=key, reason=command.reason)
        archive(p, key)
        if running:
            advance(p)
    else:
        known = open_errands(p.chain) if running else pending_filings(p.chain)
        waits = ", ".join(known) or "—"
        raise Rejection(Reason.NO_SUCH_ERRAND, errand=key, pending=waits)


def ask_again(p: Proceedings) -> None:
    """Look credit up afresh for every signed letter whose look-up was skipped."""
    for letter, check in asked_for(p.chain).items():
        waits = p.chain.commitments[letter].state is CommitmentState.SIGNED
        if waits and check.skipped_at is not None:
            ask_credit(
                p,
                CreditOccasion.SIGNING,
                p.chain.commitments[letter].step,
                commitment=letter,
                besides=check.subjects[1:],
            )
