"""The application: rooms of the API put together, and what it holds while it runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI

from groundwork.api import (
    absences,
    answers,
    audit,
    audit_exports,
    back_channel,
    calendar_publishing,
    calendars,
    catalogue,
    chains,
    codec,
    commands,
    commitment_papers,
    credit,
    delegations,
    demonstration,
    documented,
    documents,
    erasures,
    errands,
    escalations,
    feeds,
    grants,
    handing_in,
    handovers,
    health,
    kpis,
    launches,
    ledgers,
    live,
    notices,
    onward,
    openapi,
    papers,
    people,
    person_identities,
    previews,
    progress,
    project_lists,
    projects,
    rectification_notices,
    reminders,
    saved_views,
    seen,
    supervision_orders,
    tolerance_notices,
    tracking,
    upgrades,
    uploads,
    webhooks,
    work,
)
from groundwork.api.frontdoor import UNTIMED, FrontDoor
from groundwork.api.pages import site
from groundwork.api.receipts import PREFIX
from groundwork.api.resources import open_resources
from groundwork.runtime.settings import Settings

_DESCRIPTION: Final = """\
Approvals of industrial projects, from land to production.

Names and texts come in Chinese, or in English with `Accept-Language: en`. Every write carries an
`Idempotency-Key`; an answer of 202 names the receipt to ask for. Every failure is a problem of
RFC 9457, whose `code` is stable. Lists have at most `limit` items and a `next` for the page after.
"""

_TAGS: Final = [
    {"name": "projects", "description": "Construction projects, by their national codes."},
    {"name": "progress", "description": "How far a project is, by tracking code; open to all."},
    {"name": "chains", "description": "Chains of approvals: launch them and follow them."},
    {"name": "commands", "description": "What people do to a chain, one address per verb."},
    {"name": "work", "description": "What waits for whom: inboxes, escalations, promises."},
    {"name": "figures", "description": "Figures of effect: how fast, how punctual, and why."},
    {"name": "documents", "description": "A project's bag: documents, uploads, what is missing."},
    {"name": "credit", "description": "Credit records, who may commit or be tolerated, repairs."},
    {"name": "catalogue", "description": "Definitions, departments and the working-day calendar."},
    {"name": "audit", "description": "The record as it is kept, and whether it is whole."},
    {"name": "people", "description": "Who may act, and their tokens."},
    {"name": "notices", "description": "What people are told, on which channels, and webhooks."},
    {"name": "health", "description": "Whether the service lives and is ready; open to all."},
]


class Api(FastAPI):
    """An application that documents its problems too."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return documented.describe(self)


def create_app(settings: Settings) -> FastAPI:
    """The API. It opens its resources (`app.state.resources`) when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settings) as resources:
            app.state.resources = resources
            yield

    app = Api(
        title="Groundwork",
        version=version("groundwork"),
        summary="Durable approval chains.",
        description=_DESCRIPTION,
        openapi_tags=_TAGS,
        lifespan=lifespan,
        # Its own pages would load scripts from elsewhere, and the document needs a token.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={
            "tracing": settings.otlp_endpoint is not None,
            "operation_spans": False,
            "metrics": False,
            "logs": False,
            "exclude": lambda scope: scope["path"] in UNTIMED,
        },
    )
    app.include_router(health.router)
    app.include_router(demonstration.router)
    app.include_router(papers.router)
    app.include_router(live.router)
    app.include_router(codec.router)
    app.include_router(back_channel.router)
    app.include_router(feeds.public)
    app.include_router(progress.public)
    # Addresses are tried in this order, so those that are asked for all day come first.
    for room in (
        work,
        ledgers,
        escalations,
        chains,
        seen,
        project_lists,
        projects,
        tracking,
        launches,
        supervision_orders,
        commitment_papers,
        tolerance_notices,
        rectification_notices,
        catalogue,
        credit,
        kpis,
        audit,
        audit_exports,
        people,
        erasures,
        grants,
        person_identities,
        absences,
        delegations,
        handovers,
        reminders,
        saved_views,
        openapi,
        commands,
        previews,
        onward,
    ):
        app.include_router(room.router, prefix=PREFIX)
    for room in (calendars, calendar_publishing, upgrades, documents, uploads, errands):
        app.include_router(room.router, prefix=PREFIX)
    for post in (notices, webhooks, feeds):
        app.include_router(post.router, prefix=PREFIX)
    answers.install(app)
    site.install(app)
    app.add_middleware(FrontDoor, room=handing_in.room(settings))
    return app
