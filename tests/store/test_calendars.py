"""Versions are kept for ever with their origin; the one published last is in force."""

from datetime import UTC, date, datetime, timedelta

import pytest

from groundwork.catalogue.calendars import load_calendar
from groundwork.domain.calendar import Calendar
from groundwork.domain.definition import Text
from groundwork.domain.rollout import RolloutProgress, RolloutState
from groundwork.store.calendars import Calendars, Origin
from groundwork.store.errors import ContentDiffers, StoreError, UnknownCalendar
from groundwork.store.rollouts import Rollouts
from tests.store.conftest import Execute

NOW = datetime(2026, 9, 20, 1, tzinfo=UTC)
ORIGIN = Origin(NOW, "administrator-1", "closures", "cn-2026.1", "三防指挥部令", "台风")
BASE = load_calendar("cn-2026.1")


def version(name: str, day: int = 22) -> Calendar:
    closed = {date(2026, 9, day): Text(zh="台风", en="Typhoon")}
    return BASE.model_copy(update={"version": name, "closed": closed})


async def test_a_version_comes_back_as_it_was_added(calendars: Calendars) -> None:
    assert await calendars.add(version("cn-2026.2"), ORIGIN)
    assert not await calendars.add(version("cn-2026.2"), ORIGIN)
    assert await calendars.find("cn-2026.2") == version("cn-2026.2")
    assert await calendars.find("cn-2026.3") is None
    assert list(await calendars.all()) == ["cn-2026.2"]
    history = (await calendars.histories())["cn-2026.2"]
    assert (history["kind"], history["imported_by"]) == ("closures", "administrator-1")
    assert history["published_at"] is None


async def test_a_version_never_gets_other_content(calendars: Calendars) -> None:
    await calendars.add(version("cn-2026.2"), ORIGIN)
    with pytest.raises(ContentDiffers, match="choose another name"):
        await calendars.add(version("cn-2026.2", day=23), ORIGIN)
    assert await calendars.find("cn-2026.2") == version("cn-2026.2")


@pytest.mark.parametrize("table", ["calendar_import", "calendar_publication"])
async def test_origin_and_publication_cannot_be_changed(
    calendars: Calendars, execute: Execute, table: str
) -> None:
    await calendars.add(version("cn-2026.2"), ORIGIN)
    await calendars.publish("cn-2026.2", "administrator-1", "—", NOW)
    for statement in (f"UPDATE {table} SET note = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(Exception, match="only ever added"):
            await execute(statement)


async def test_the_version_published_last_is_in_force_and_each_only_once(
    calendars: Calendars,
) -> None:
    assert await calendars.in_force() is None
    for number, name in enumerate(("cn-2026.3", "cn-2026.2")):
        await calendars.add(version(name), ORIGIN)
        await calendars.publish(name, "a", "—", NOW + timedelta(hours=number))
    assert await calendars.in_force() == "cn-2026.2"
    first = await calendars.publish("cn-2026.3", "b", "again", NOW + timedelta(days=1))
    assert first == NOW
    assert await calendars.in_force() == "cn-2026.2"
    with pytest.raises(UnknownCalendar):
        await calendars.publish("cn-2026.9", "a", "—", NOW)
    assert issubclass(UnknownCalendar, StoreError)


async def test_progress_is_what_was_noted_last(calendars: Calendars, rollouts: Rollouts) -> None:
    await calendars.add(version("cn-2026.2"), ORIGIN)
    progress = RolloutProgress(version="cn-2026.2", left=3, started_at=NOW, updated_at=NOW)
    await rollouts.note(progress)
    done = progress.model_copy(update={"state": RolloutState.DONE, "left": 0, "adopted": 3})
    await rollouts.note(done)
    assert await rollouts.find("cn-2026.2") == done
    assert await rollouts.find("cn-2026.3") is None
