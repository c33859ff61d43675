"""Saved views (保存的视图): filters of lists that people keep for themselves under names."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from groundwork.api.answers import answer
from groundwork.api.bodies import ShortLine
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.errors import Problem
from groundwork.api.reader_shapes import SavedViewShape
from groundwork.api.shapes import Listed
from groundwork.api.view_queries import ListKind, checked_query
from groundwork.api.visit import IdempotencyKey, May, Visit
from groundwork.domain.base import Frozen
from groundwork.store.errors import TooManyViews, ViewExists
from groundwork.store.saved_views import MOST_VIEWS, SavedViews

router = APIRouter(prefix="/views", tags=["work"])

Keeper = Annotated[Visit, Depends(May("keep_views"))]
QueryText = Annotated[str, Field(max_length=1000)]
ViewId = Annotated[str, Path(max_length=60)]


class ViewBody(Frozen):
    """A view to keep: `query` is what follows the question mark of the list's address."""

    list: ListKind
    name: ShortLine
    query: QueryText


class ViewChange(Frozen):
    """What to change of a view."""

    name: ShortLine | None = None
    query: QueryText | None = None


class OrderBody(Frozen):
    """The views of a list in their new order; those left out follow."""

    list: ListKind
    views: Annotated[tuple[ShortLine, ...], Field(max_length=MOST_VIEWS)]


@router.get("", response_model=Listed[SavedViewShape], responses=documented(*SIGNED_IN))
async def list_views(
    visit: Keeper, of_list: Annotated[ListKind | None, Query(alias="list")] = None
) -> Response:
    """Your views, in your order."""
    known = {one.value for one in ListKind}
    rows = await _views(visit).of(visit.actor.id, of_list)
    # Drafts of launches are kept in the same place and are no views.
    shown = [row for row in rows if row["list"] in known]
    return answer({"items": shown, "next": None})


@router.post(
    "",
    status_code=201,
    response_model=SavedViewShape,
    responses=documented(*WRITING, "view_exists", "too_many_views", "key_reused"),
)
async def add_view(visit: Keeper, key: IdempotencyKey, body: ViewBody) -> Response:
    """Keep a list's filters under a name."""
    query = checked_query(body.list, body.query)

    async def write() -> bytes:
        try:
            row = await _views(visit).add(visit.actor.id, body.list, body.name, query)
        except ViewExists:
            raise Problem("view_exists", name=body.name) from None
        except TooManyViews:
            raise Problem("too_many_views", limit=MOST_VIEWS) from None
        return orjson.dumps(row, option=orjson.OPT_UTC_Z)

    asked = f"view {body.model_dump_json()}".encode()
    content = await visit.resources.replays.once(visit.actor.id, key, asked, write)
    return Response(content, 201, media_type="application/json")


@router.post("/order", response_model=Listed[SavedViewShape], responses=documented(*WRITING))
async def reorder_views(
    visit: Keeper,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    body: OrderBody,
) -> Response:
    """Put your views of a list in order."""
    rows = await _views(visit).reorder(visit.actor.id, body.list, body.views)
    return answer({"items": rows, "next": None})


@router.patch(
    "/{view_id}",
    response_model=SavedViewShape,
    responses=documented(*WRITING, "view_not_found", "view_exists"),
)
async def change_view(
    visit: Keeper,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    view_id: ViewId,
    body: ViewChange,
) -> Response:
    """Rename a view, or give it other filters."""
    views, query = _views(visit), body.query
    of_list = await _list_of(visit, view_id)
    if query is not None:
        query = checked_query(of_list, query)
    try:
        row = await views.change(visit.actor.id, view_id, name=body.name, query=query)
    except ViewExists:
        raise Problem("view_exists", name=body.name or "") from None
    if row is None:
        raise Problem("view_not_found", view=view_id)
    return answer(row)


@router.delete(
    "/{view_id}",
    status_code=204,
    response_class=Response,
    responses=documented(*WRITING, "view_not_found"),
)
async def remove_view(
    visit: Keeper,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    view_id: ViewId,
) -> Response:
    """Forget a view."""
    await _list_of(visit, view_id)
    if not await _views(visit).remove(visit.actor.id, view_id):
        raise Problem("view_not_found", view=view_id)
    return Response(status_code=204)


async def _list_of(visit: Visit, view_id: str) -> ListKind:
    """The list that one of the reader's views is of; a launch not yet made is kept beside them.

    Raises Problem (view_not_found).
    """
    kept = await _views(visit).get(visit.actor.id, view_id)
    if kept is None or kept["list"] not in set(ListKind):
        raise Problem("view_not_found", view=view_id)
    return ListKind(kept["list"])


def _views(visit: Visit) -> SavedViews:
    return SavedViews(visit.resources.database)
