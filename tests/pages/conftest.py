"""Pages are tested on the API's own house: its fixtures are used as they are."""

from tests.api.conftest import (
    app,
    busy_house,
    cast,
    database,
    engine,
    engine_settings,
    halls_house,
    house,
    idle_house,
    production_shelf,
    shelf,
)

__all__ = [
    "app",
    "busy_house",
    "cast",
    "database",
    "engine",
    "engine_settings",
    "halls_house",
    "house",
    "idle_house",
    "production_shelf",
    "shelf",
]
