"""For operators: whether everything works, and where in the Temporal UI to look; no cases."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, Final, NamedTuple, TypeVar

from fastapi import APIRouter, Depends, Response

from groundwork.api.kpi_figures import open_lights
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.pages.kpis import LIGHTS, by_light
from groundwork.api.pages.ops_views import (
    OFFICE,
    STUCK,
    View,
    address,
    old_definitions,
    red_departments,
)
from groundwork.domain.definition import Text
from groundwork.runtime.gateway import EngineSilent
from groundwork.store.engine import ping
from groundwork.store.errors import StoreError

router = APIRouter(include_in_schema=False)

Operator = Annotated[Page, Depends(Opened("watch_post"))]

_Found = TypeVar("_Found")


class Link(NamedTuple):
    """A question, how the Temporal UI asks it, and where it does."""

    name: str
    query: str
    address: str


@router.get("/ops")
async def get_ops(page: Operator) -> Response:
    """Whether database, engine, workers and post work."""
    resources = page.resources
    store, workforce, backlog, post, counted = await asyncio.gather(
        _found(ping(resources.database)),
        _found(resources.link.workforce()),
        _found(resources.pending.backlog()),
        _found(resources.notices.health()),
        _found(open_lights(page.visit)),
    )
    settings, desks = resources.settings, _lights(page, counted)
    return show(
        page,
        "ops.html",
        store_answers=store is not _NOTHING,
        workforce=None if workforce is _NOTHING else workforce,
        backlog=None if backlog is _NOTHING else backlog,
        post=None if post is _NOTHING else post,
        desks=desks,
        lights=LIGHTS,
        temporal=settings.temporal_ui,
        namespace=settings.namespace,
        views=_views(page, desks),
    )


def _views(page: Page, desks: dict[str, Any] | None) -> list[tuple[str, list[Link]]]:
    """The questions for the Temporal UI in groups, each with the address that answers it."""
    settings, shelf = page.resources.settings, page.resources.shelf
    if settings.temporal_ui is None:
        return []
    red = {
        one["department"] for one in (desks or {}).get("departments", ()) if "red" in one["lights"]
    }
    departments = [(one.id, one.short) for one in shelf.departments if one.id in red]
    groups = (
        (Text(zh="出了什么问题", en="What is wrong"), STUCK),
        (Text(zh="办件情况", en="How cases stand"), OFFICE),
        (Text(zh="哪个部门有红灯", en="Red in which department"), red_departments(departments)),
        (Text(zh="旧版定义", en="Old definitions"), old_definitions(shelf)),
    )
    return [
        (page.said(title), links)
        for title, views in groups
        if (links := [_link(page, settings.temporal_ui, view) for view in views])
    ]


def _link(page: Page, temporal_ui: str, view: View) -> Link:
    name = page.said(view.name)
    where = address(temporal_ui, page.resources.settings.namespace, view.query, name)
    return Link(name, view.query, where)


_NOTHING: Final = object()


async def _found(asked: Coroutine[Any, Any, _Found]) -> _Found | object:
    """What was asked for, or _NOTHING when who should know does not answer."""
    try:
        return await asked
    except (StoreError, EngineSilent):
        return _NOTHING


def _lights(page: Page, counted: object) -> dict[str, Any] | None:
    """The open steps by department and light; None where they could not be counted."""
    if not isinstance(counted, dict):
        return None
    return by_light(page, counted)
