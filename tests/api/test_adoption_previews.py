"""Previews that several people ask for at once."""

import asyncio

from groundwork.api.adoption_previews import Previews
from groundwork.store.calendars import Calendars
from groundwork.store.definitions import Definitions
from groundwork.store.engine import create_engine
from groundwork.store.errors import StoreUnavailable
from groundwork.store.rollouts import Rollouts

NOBODY = "postgresql://groundwork@127.0.0.1:1/groundwork"


async def test_all_who_wait_for_a_preview_hear_why_there_is_none() -> None:
    engine = create_engine(NOBODY)
    previews = Previews(Calendars(engine), Rollouts(engine), Definitions(engine))
    asked = (previews.look("2026.1", {}, afresh=False, patience=30) for _ in range(2))
    heard = await asyncio.gather(*asked, return_exceptions=True)
    await engine.dispose()
    assert [type(one) for one in heard] == [StoreUnavailable, StoreUnavailable]
