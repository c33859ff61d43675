"""Writes down whom the policy refused: the engine keeps no trace of what it rejects."""

from http import HTTPStatus

import structlog
from fastapi import Request

from groundwork.api.errors import Problem
from groundwork.api.sight import OutOfReach
from groundwork.store.errors import StoreError

PREFIX = "/api/v1/"

log = structlog.stdlib.get_logger(__name__)


def refusal(problem: Problem) -> str | None:
    """Under which reason a problem is written down as a refused attempt; None for any other."""
    if isinstance(problem, OutOfReach):
        return "out_of_reach"
    return problem.code if problem.status_code == HTTPStatus.FORBIDDEN else None


async def note(request: Request, code: str, person_id: str | None = None) -> None:
    """Keep a refusal, by the code that it was answered with; `person_id` says whose it is.

    Without it that is whoever is signed in, or nobody known.
    """
    state = request.state
    action = getattr(state, "action", request.method)
    # A forged request is refused before it is asked who seems to send it.
    actor = person_id or (state.actor.id if hasattr(state, "actor") else None)
    subject = request.url.path.removeprefix(PREFIX)[:200]
    try:
        await request.app.state.resources.denials.write(actor, action, subject, code)
    except StoreError as error:
        # The refusal stands all the same; the log is what is left to hold it.
        log.error("denial not recorded", error=type(error).__name__, action=action)
