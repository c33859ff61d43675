"""Escalations (督办): the list with its history, and the board."""

from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from groundwork.api.answers import answer
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.escalation_shapes import BoardShape
from groundwork.api.rows import escalation_rows
from groundwork.api.shapes import EscalationRowShape, Listed
from groundwork.api.visit import Cursor, PageSize, Reader, Visit
from groundwork.domain.base import Day
from groundwork.domain.calendar import end_of, local_date, start_of
from groundwork.domain.ladder import can_be_appealed, foreseen_rung
from groundwork.domain.model import AppealState, Chain, EscalationState, Role
from groundwork.domain.policy import permits
from groundwork.store.board_reads import BoardFilter
from groundwork.store.paging import Row
from groundwork.store.reads import EscalationFilter

router = APIRouter(prefix="/escalations", tags=["work"])

Department = Annotated[str | None, Query(max_length=60)]
OpenOnly = Annotated[bool, Query(alias="open", description="Leave out what is settled.")]
Recipient = Annotated[Role | None, Query(description="Delivered to this role.")]


@router.get(
    "",
    response_model=Listed[EscalationRowShape],
    responses=documented(*SIGNED_IN, "cursor_invalid", "date_out_of_range"),
)
async def list_escalations(
    visit: Reader,
    *,
    cursor: Cursor = None,
    limit: PageSize = 50,
    open_only: Annotated[
        bool, Query(alias="open", description="Leave out what is settled.")
    ] = True,
    department: Department = None,
    level: Annotated[int | None, Query(ge=1, le=100)] = None,
    chain: Annotated[str | None, Query(max_length=200)] = None,
    step: Annotated[str | None, Query(max_length=20)] = None,
    recipient: Recipient = None,
    appeal: Annotated[AppealState | None, Query(description="State of its appeal.")] = None,
    since: Annotated[Day | None, Query(description="Reached on this day or later.")] = None,
    until: Annotated[Day | None, Query(description="Reached on this day or earlier.")] = None,
) -> Response:
    """Rungs of the ladder that steps reached, newest first; those still open unless asked.

    With `open=false` this is the history of a chain, a step or a department in a period.
    """
    resources = visit.resources
    which = EscalationFilter(
        state=EscalationState.OPEN if open_only else None,
        department=department,
        level=level,
        chain_id=chain,
        step=step,
        recipient=recipient,
        appeal=appeal,
        since=start_of(since) if since else None,
        until=end_of(until) if until else None,
    )
    page = await resources.reads.escalations(which, cursor=cursor, limit=limit)
    items = escalation_rows(page.items, resources.shelf, visit.language, visit.received_at)
    return answer({"items": items, "next": page.next})


@router.get("/board", response_model=BoardShape, responses=documented(*SIGNED_IN))
async def get_board(
    visit: Reader,
    *,
    department: Department = None,
    recipient: Recipient = None,
    role: Annotated[Role | None, Query(description="Whom to count for; else yourself.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Cards per level.")] = 50,
) -> Response:
    """What stands open or waits for an appeal's decision, by level, and what needs you today."""
    board, now = visit.resources.board, visit.received_at
    rows = await board.cards(BoardFilter(department=department, recipient=recipient), limit)
    cards, _ = await board_cards(visit, rows)
    whose = role or visit.actor.role
    own = visit.actor.department if whose is visit.actor.role else None
    needs = await board.needs(
        whose,
        today=local_date(now),
        department=department or own,
        decides=permits(whose, "uphold_escalation"),
    )
    levels = [_level(list(group)) for _, group in groupby(cards, itemgetter("level"))]
    return answer({"as_of": now, "role": whose, "needs_you": needs._asdict(), "levels": levels})


async def board_cards(visit: Visit, rows: list[Row]) -> tuple[list[Row], dict[str, Chain]]:
    """Cards as the board shows them, with what may follow; and their chains, by id."""
    chains = await visit.resources.board.chains(row["chain_id"] for row in rows)
    cards = escalation_rows(rows, visit.resources.shelf, visit.language, visit.received_at)
    for card in cards:
        card.update(await _foreseen(visit, card, chains[card["chain_id"]]))
    return cards, chains


def _level(cards: list[Row]) -> dict[str, Any]:
    first = cards[0]
    count = first["count"]
    for card in cards:
        del card["count"]
    head = {"level": first["level"], "name": first["name"], "light": first["light"]}
    return head | {"count": count, "cards": cards}


async def _foreseen(visit: Visit, row: Row, chain: Chain) -> dict[str, Any]:
    """What may still be done about a card, and what comes if nobody does anything."""
    rules = await visit.resources.rules(chain)
    step, card = chain.steps[row["step"]], chain.escalations.get(row["id"])
    following = foreseen_rung(rules, chain, step) if row["level"] == step.level else None
    return {
        "appealable": card is not None and can_be_appealed(card, visit.received_at),
        "next_level": following
        and {
            "level": following.rung.level,
            "rung": following.rung.id,
            "name": visit.said(following.rung.name),
            "at": following.moment,
            "unanswered": following.because == row["id"],
        },
    }
