"""Every page, put together."""

from fastapi import FastAPI

from groundwork.api.pages import (
    assets,
    chains,
    commitments,
    deficiencies,
    documents,
    failures,
    held,
    home,
    launch,
    launch_checks,
    launch_choices,
    launch_project,
    ops,
    promises,
    signin,
    unit_changes,
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
    launch,
    launch_project,
    launch_choices,
    launch_checks,
    documents,
    unit_changes,
)


def install(app: FastAPI) -> None:
    """Have the application serve the pages, and tell browsers of problems on pages."""
    for room in _ROOMS:
        app.include_router(room.router)
    app.state.tell_page = failures.page_of
