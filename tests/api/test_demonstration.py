"""Whether this is a demonstration, and what its pages show of it."""

from datetime import UTC, datetime
from pathlib import Path

import httpx

from groundwork.domain.definition import Text
from groundwork.domain.model import Role
from groundwork.runtime.demonstration import ParkState, Player, save_cast, save_park
from tests.api.house import House


async def shown(house: House) -> httpx.Response:
    """What anybody may see, signed in or not."""
    return await house.http.get("/demonstration")


async def test_an_installation_is_none(house: House) -> None:
    answer = await shown(house)
    assert answer.json() == {"demo": False, "cast": [], "park": None}


async def test_a_demonstration_tells_who_plays_and_how_far_it_is(
    house: House, tmp_path: Path
) -> None:
    settings = house.resources.settings
    house.resources.settings = settings.model_copy(update={"demo": True, "data_dir": tmp_path})
    try:
        begun = {"demo": True, "cast": [], "park": None}
        assert (await shown(house)).json() == begun
        player = Player(
            handle="water.officer",
            name="何新",
            role=Role.OFFICER,
            department="water",
            department_name=Text(zh="水利", en="Water"),
            person="p-1",
        )
        save_cast(tmp_path, (player,))
        save_park(
            tmp_path, ParkState(as_of=datetime(2026, 11, 25, tzinfo=UTC), total=2, done=("1",))
        )
        told = (await shown(house)).json()
        assert told["cast"] == [player.model_dump(mode="json")]
        assert told["park"] == {"as_of": "2026-11-25T00:00:00Z", "total": 2, "done": ["1"]}
    finally:
        house.resources.settings = settings
