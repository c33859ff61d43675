"""The postman's working days are those of the calendar in force, not of the release."""

from datetime import UTC, datetime, timedelta

from groundwork.activities.post import PostActivities
from groundwork.domain.calendar import Calendar, local_date
from groundwork.domain.definition import Text
from groundwork.domain.post import Rhythm
from groundwork.runtime.settings import Settings
from groundwork.store.calendars import Calendars, Origin
from groundwork.worker import post_counters
from tests.notices.town import CALENDAR, Sink, Town

TUESDAY = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
WEDNESDAY = TUESDAY + timedelta(days=1)


async def made_up_day_off(town: Town) -> Calendar:
    """A calendar under which 1 December is no working day, kept but not published."""
    day = local_date(TUESDAY)
    off = CALENDAR.days_off | {day: Text(zh="调休", en="made up")}
    calendar = CALENDAR.model_copy(update={"version": "cn-2026.9", "days_off": off})
    origin = Origin(TUESDAY, "p-admin", "file", CALENDAR.version, "test", "")
    await Calendars(town.engine).add(calendar, origin)
    return calendar


async def something_held(town: Town, sink: Sink) -> None:
    await town.channel("officer", sink.url(), rhythm="daily")
    await town.launch()
    await town.receive()
    await town.plan()


async def test_a_day_off_of_the_calendar_in_force_has_no_digest(town: Town, sink: Sink) -> None:
    await something_held(town, sink)
    calendar = await made_up_day_off(town)
    published = datetime.now(UTC)
    await Calendars(town.engine).publish(calendar.version, "p-admin", "", published)
    post = PostActivities(post_counters(town.engine, Settings()))
    assert await post.compose(Rhythm.DAILY, TUESDAY) == 0
    assert await post.compose(Rhythm.DAILY, WEDNESDAY) == 1


async def test_a_calendar_that_is_not_published_changes_nothing(town: Town, sink: Sink) -> None:
    await something_held(town, sink)
    await made_up_day_off(town)
    post = PostActivities(post_counters(town.engine, Settings()))
    assert await post.compose(Rhythm.DAILY, TUESDAY) == 1
