"""Every page, put together."""

from fastapi import FastAPI

from groundwork.api.pages import (
    assets,
    audit,
    bulk,
    calendar_adding,
    calendar_impact,
    calendars,
    chains,
    commitments,
    confirming,
    deficiencies,
    definitions,
    documents,
    escalation_card,
    escalations,
    failures,
    held,
    home,
    inbox,
    kpis,
    launch,
    launch_checks,
    launch_choices,
    launch_project,
    notices,
    onward,
    ops,
    profile,
    profile_channels,
    profile_duties,
    profile_handover,
    profile_security,
    progress,
    project,
    projects,
    promises,
    provider,
    reminders,
    signin,
    steps,
    unit_changes,
)

_ROOMS = (
    *(assets, signin, confirming, provider, held, home),
    *(chains, promises, commitments, deficiencies, unit_changes, onward),
    *(inbox, bulk, steps, reminders),
    *(escalations, escalation_card, notices),
    *(profile, profile_security, profile_channels, profile_handover, profile_duties),
    *(calendar_adding, calendar_impact, calendars, definitions),
    *(launch, launch_project, launch_choices, launch_checks, documents),
    *(projects, project, progress, kpis),
    *(audit, ops),
)


def install(app: FastAPI) -> None:
    """Have the application serve the pages, and tell browsers of problems on pages."""
    for room in _ROOMS:
        app.include_router(room.router)
    app.state.tell_page = failures.page_of
