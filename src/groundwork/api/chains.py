"""Chains as people follow them: lists, details, timelines, the why of a date, the forecast."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from groundwork.api.answers import answer, listed
from groundwork.api.chain_shapes import ChainDetail, TimelineEvent
from groundwork.api.chain_view import in_language, promises_view, splits_view, steps_view
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.errors import Problem
from groundwork.api.reckoning_shapes import ExplanationShape, ForecastShape, TermShape
from groundwork.api.rows import chain_heads, kind_of
from groundwork.api.shapes import ChainHead, Listed
from groundwork.api.unit_shapes import UnitGates
from groundwork.api.unit_view import carried_view, checks_view, gates_view, units_view
from groundwork.api.visit import ChainId, Cursor, PageSize, Reader, Visit
from groundwork.api.words import event_name
from groundwork.domain.explain import explain
from groundwork.domain.forecast import forecast
from groundwork.domain.model import Chain, ChainState, Light
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules
from groundwork.domain.terms import explain_term
from groundwork.store.paging import Row
from groundwork.store.reads import ChainFilter

router = APIRouter(prefix="/chains", tags=["chains"])

_FOUND = documented(*SIGNED_IN, "chain_not_found")


@router.get(
    "", response_model=Listed[ChainHead], responses=documented(*SIGNED_IN, "cursor_invalid")
)
async def list_chains(
    visit: Reader,
    *,
    cursor: Cursor = None,
    limit: PageSize = 50,
    state: ChainState | None = None,
    light: Light | None = None,
    definition: Annotated[str | None, Query(max_length=60)] = None,
    district: Annotated[str | None, Query(max_length=60)] = None,
    housekeeper: Annotated[str | None, Query(max_length=60)] = None,
    department: Annotated[
        str | None, Query(max_length=60, description="Chains in which it has an open step.")
    ] = None,
    project: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """Chains, by the day on which something must be done next."""
    resources = visit.resources
    which = ChainFilter(
        state=state,
        light=light,
        definition=definition,
        district=district,
        housekeeper=housekeeper,
        department=department,
        project=project,
    )
    names = resources.shelf.names(visit.language)
    return listed(await resources.lists.chains(which, names=names, cursor=cursor, limit=limit))


@router.get("/{chain_id}", response_model=ChainDetail, responses=_FOUND)
async def get_chain(visit: Reader, chain_id: ChainId) -> Response:
    """A chain with its units, steps, deficiencies, commitments and escalations."""
    row, chain = await find_chain(visit, chain_id)
    return answer(chain_detail(visit, row, chain, await visit.resources.rules(chain)))


def chain_detail(visit: Visit, row: Row, chain: Chain, rules: Rules) -> Row:
    """Everything about a chain, in the caller's language, as it stands now."""
    definition, at = rules.definition, visit.received_at
    (head,) = chain_heads([row], visit.resources.shelf, visit.language)
    return (
        head
        | {
            "ending": chain.ending,
            "converted_at": chain.converted_at,
            "splits": splits_view(rules, chain, at),
            "predecessor": chain.launch.predecessor,
            "carried": carried_view(chain, definition, visit.language),
            "units": units_view(rules, chain, visit.language),
            "checks": checks_view(chain, visit.language),
            "steps": steps_view(rules, chain, at, visit.language),
        }
        | promises_view(chain, definition, visit.language)
    )


@router.get("/{chain_id}/timeline", response_model=Listed[TimelineEvent], responses=_FOUND)
async def get_timeline(
    visit: Reader,
    chain_id: ChainId,
    cursor: Annotated[
        int, Query(ge=0, le=2**31 - 1, description="`next` of the page before; 0: the first.")
    ] = 0,
    limit: PageSize = 200,
) -> Response:
    """What happened, oldest first."""
    reads = visit.resources.reads
    rows = await reads.timeline(chain_id, after=cursor, limit=limit)
    if not rows and not await reads.projected_seq(chain_id):
        raise Problem("chain_not_found", chain=chain_id)
    items = await told_events(visit, chain_id, rows)
    return answer({"items": items, "next": str(rows[-1]["seq"]) if len(rows) == limit else None})


@router.get(
    "/{chain_id}/steps/{key}/explain",
    response_model=ExplanationShape,
    responses=documented(*SIGNED_IN, "chain_not_found", "unknown_step"),
)
async def explain_step(
    visit: Reader,
    chain_id: ChainId,
    key: Annotated[str, Path(max_length=20, description="Such as `L17`, or `L20.A` for a phase.")],
) -> Response:
    """Why a step is due when it is, day by day, or why it has no date."""
    _, chain = await find_chain(visit, chain_id)
    rules = await visit.resources.rules(chain)
    explanation = explain(rules, chain, key, visit.received_at)
    return answer(in_language(explanation.model_dump(), visit.language))


@router.get(
    "/{chain_id}/explain",
    response_model=TermShape,
    responses=documented(*SIGNED_IN, "chain_not_found", "unknown_term"),
)
async def explain_any(
    visit: Reader,
    chain_id: ChainId,
    of: Annotated[
        str,
        Query(
            max_length=160,
            description="`acceptance:L17`, `deficiency:ID`, `commitment:ID` or `escalation:ID`.",
        ),
    ],
) -> Response:
    """Why a term besides a step's own limit ends when it does, day by day."""
    _, chain = await find_chain(visit, chain_id)
    rules = await visit.resources.rules(chain)
    return answer(in_language(explain_term(rules, chain, of).model_dump(), visit.language))


@router.get(
    "/{chain_id}/units/{unit}/gates",
    response_model=UnitGates,
    responses=documented(*SIGNED_IN, "chain_not_found", "unknown_unit"),
)
async def get_gates(
    visit: Reader,
    chain_id: ChainId,
    unit: Annotated[str, Path(max_length=20, description="Such as `B1`.")],
) -> Response:
    """What is allowed to a unit now and, where it is not, what is missing and who holds it."""
    _, chain = await find_chain(visit, chain_id)
    found = chain.units.get(unit)
    if found is None or not found.active:
        known = ", ".join(one.id for one in chain.active_units) or "—"
        raise Rejection(Reason.UNKNOWN_UNIT, unit=unit, known=known)
    rules = await visit.resources.rules(chain)
    gates = gates_view(rules, chain, found, visit.language)
    return answer({"chain": chain_id, "unit": unit, "name": found.name, "gates": gates})


@router.get(
    "/{chain_id}/forecast",
    response_model=ForecastShape,
    responses=_FOUND,
)
async def forecast_chain(visit: Reader, chain_id: ChainId) -> Response:
    """When the chain will be done as it stands now, with its critical path and slack."""
    _, chain = await find_chain(visit, chain_id)
    rules = await visit.resources.rules(chain)
    view = forecast(rules, chain.launch.variant, visit.received_at, chain=chain)
    return answer(in_language(view.model_dump(), visit.language))


async def find_chain(visit: Visit, chain_id: str) -> tuple[Row, Chain]:
    """A chain's head and its fold. Raises Problem (chain_not_found)."""
    await visit.resources.sight.require_chain(visit.reach, chain_id)
    row = await visit.resources.reads.chain(chain_id)
    if row is None:
        raise Problem("chain_not_found", chain=chain_id)
    del row["head_hash"]
    chain: Chain = row.pop("snapshot")
    return row, chain


async def told_events(visit: Visit, chain_id: str, rows: Sequence[Row]) -> list[Row]:
    """Rows of the timeline with what happened, and to which step, in words."""
    units = await visit.resources.reads.unit_names(chain_id)
    return [_event(visit, chain_id, row, units) for row in rows]


def _event(visit: Visit, chain_id: str, row: Row, units: Mapping[str, str]) -> Row:
    step = row["body"].get("step")
    name = None
    if step is not None:
        unit = units.get(step.partition(".")[2])
        shelf = visit.resources.shelf
        name = shelf.step_name(kind_of(chain_id), step, visit.language, unit)
    automatic = bool(row["body"].get("automatic"))
    called = visit.said(event_name(row["type"], automatic=automatic))
    return row | {"name": called, "step": step, "step_name": name}
