"""For operators: whether everything works, and where in the Temporal UI to look; no cases."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, Final, NamedTuple, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Depends, Response

from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.pages.kpis import LIGHTS, by_light
from groundwork.domain.definition import Text
from groundwork.runtime.gateway import EngineSilent
from groundwork.store.engine import ping
from groundwork.store.errors import StoreError

router = APIRouter(include_in_schema=False)

Operator = Annotated[Page, Depends(Opened("watch_post"))]

_Found = TypeVar("_Found")


class View(NamedTuple):
    """A question that operators ask the Temporal UI, which keeps it on the first visit."""

    name: Text
    query: str


def _view(zh: str, en: str, query: str) -> View:
    return View(Text(zh=zh, en=en), query)


VIEWS: Final = (
    _view("红灯链条", "Red chains", 'Light="red" AND ExecutionStatus="Running"'),
    _view("黄灯链条", "Yellow chains", 'Light="yellow" AND ExecutionStatus="Running"'),
    _view("停表中", "Stopped clocks", 'ClockStopped=true AND ExecutionStatus="Running"'),
    _view("等企业", "Waiting on applicants", 'WaitingOn="applicant" AND ExecutionStatus="Running"'),
    _view("督办三级", "Escalated to level 3", 'EscalationLevel>=3 AND ExecutionStatus="Running"'),
    _view("全部在办", "All running", 'ExecutionStatus="Running"'),
    _view("工作流失败", "Failed workflows", 'ExecutionStatus="Failed"'),
)


@router.get("/ops")
async def get_ops(page: Operator) -> Response:
    """Whether database, engine, workers and post work."""
    resources = page.resources
    store, workforce, backlog, post, counted = await asyncio.gather(
        _found(ping(resources.database)),
        _found(resources.link.workforce()),
        _found(resources.pending.backlog()),
        _found(resources.notices.health()),
        _found(resources.kpis.lights()),
    )
    settings = resources.settings
    return show(
        page,
        "ops.html",
        store_answers=store is not _NOTHING,
        workforce=None if workforce is _NOTHING else workforce,
        backlog=None if backlog is _NOTHING else backlog,
        post=None if post is _NOTHING else post,
        desks=_lights(page, counted),
        lights=LIGHTS,
        temporal=settings.temporal_ui,
        namespace=settings.namespace,
        views=[
            (page.said(one.name), one.query, _deep(page, one))
            for one in VIEWS
            if settings.temporal_ui
        ],
    )


def _deep(page: Page, view: View) -> str:
    """The list of chains that answers a question, in the Temporal UI; also saves the view there."""
    settings = page.resources.settings
    base = f"{settings.temporal_ui}/namespaces/{quote(settings.namespace)}/workflows"
    return f"{base}?query={quote(view.query)}&savedQuery={quote(page.said(view.name))}"


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
