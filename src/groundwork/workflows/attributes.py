"""Search attributes: what an operator may filter chains by in the Temporal UI.

They are never encrypted, so no personal datum belongs in them. On a SQL store a namespace holds
ten keywords and three of every other type; `runtime.temporal` registers and verifies them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from temporalio.common import SearchAttributeKey

PROJECT_CODE: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("ProjectCode")
LIGHT: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("Light")
"""The worst light among the chain's open steps."""
CHAIN_STATE: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("ChainState")
HOUSEKEEPER: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("Housekeeper")
"""The housekeeper's account, never a name."""
DISTRICT: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("District")
DEFINITION: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("Definition")
"""The pinned chain definition with its version."""
WAITING_ON: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("WaitingOn")
"""Whose turn it is: department, applicant or other."""
FAILING_ACTIVITY: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("FailingActivity")
"""What keeps failing however often it is tried, and the kind of error; unset while nothing does."""

RED_DEPTS: Final[SearchAttributeKey[Sequence[str]]] = SearchAttributeKey.for_keyword_list(
    "RedDepts"
)
OPEN_DEPTS: Final[SearchAttributeKey[Sequence[str]]] = SearchAttributeKey.for_keyword_list(
    "OpenDepts"
)
OPEN_STEPS: Final[SearchAttributeKey[Sequence[str]]] = SearchAttributeKey.for_keyword_list(
    "OpenSteps"
)

NEXT_DUE_AT: Final[SearchAttributeKey[datetime]] = SearchAttributeKey.for_datetime("NextDueAt")
NEXT_ESCALATION_AT: Final[SearchAttributeKey[datetime]] = SearchAttributeKey.for_datetime(
    "NextEscalationAt"
)

ESCALATION_LEVEL: Final[SearchAttributeKey[int]] = SearchAttributeKey.for_int("EscalationLevel")
OPEN_COMMITMENTS: Final[SearchAttributeKey[int]] = SearchAttributeKey.for_int("OpenCommitments")
OPEN_DEFICIENCIES: Final[SearchAttributeKey[int]] = SearchAttributeKey.for_int("OpenDeficiencies")

CLOCK_STOPPED: Final[SearchAttributeKey[bool]] = SearchAttributeKey.for_bool("ClockStopped")

SEARCH_ATTRIBUTES: Final[tuple[SearchAttributeKey[Any], ...]] = (
    PROJECT_CODE,
    LIGHT,
    CHAIN_STATE,
    HOUSEKEEPER,
    DISTRICT,
    DEFINITION,
    WAITING_ON,
    FAILING_ACTIVITY,
    RED_DEPTS,
    OPEN_DEPTS,
    OPEN_STEPS,
    NEXT_DUE_AT,
    NEXT_ESCALATION_AT,
    ESCALATION_LEVEL,
    OPEN_COMMITMENTS,
    OPEN_DEFICIENCIES,
    CLOCK_STOPPED,
)
