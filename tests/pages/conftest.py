"""Pages are tested on the API's own house: its fixtures are used as they are."""

from tests.api.conftest import (
    app,
    busy_house,
    cast,
    database,
    engine,
    engine_settings,
    house,
    idle_house,
    shelf,
)

__all__ = [
    "app",
    "busy_house",
    "cast",
    "database",
    "engine",
    "engine_settings",
    "house",
    "idle_house",
    "shelf",
]
