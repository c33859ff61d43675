"""Whether somebody has shown lately who they are: asked before what has grave effects.

It concerns browsers, which people leave open; programs show their token with every request.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from groundwork.api.errors import Problem
from groundwork.api.visit import Visit

GRAVE: Final = frozenset({"revoke", "annul", "terminate_chain", "skip_errand"})
"""Commands that are not carried out on the strength of an old sign-in."""


async def require_recent(visit: Visit) -> None:
    """Raise Problem (confirmation_required) if the last sign-in is too long ago."""
    bearer = visit.bearer
    limit = timedelta(minutes=visit.resources.settings.confirm_minutes)
    if bearer.kind != "session":
        return
    if bearer.confirmed_at is None or datetime.now(UTC) - bearer.confirmed_at > limit:
        raise Problem("confirmation_required")
