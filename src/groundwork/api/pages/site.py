"""Every page, put together."""

from fastapi import FastAPI

from groundwork.api.pages import (
    assets,
    chains,
    commitments,
    deficiencies,
    failures,
    held,
    home,
    kpis,
    ops,
    progress,
    project,
    projects,
    promises,
    signin,
)

_ROOMS = (
    assets,
    signin,
    held,
    home,
    chains,
    promises,
    commitments,
    deficiencies,
    ops,
    projects,
    project,
    progress,
    kpis,
)


def install(app: FastAPI) -> None:
    """Have the application serve the pages, and tell browsers of problems on pages."""
    for room in _ROOMS:
        app.include_router(room.router)
    app.state.tell_page = failures.page_of
