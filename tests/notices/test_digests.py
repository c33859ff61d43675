"""Digests: what was held and what is due, on working days, once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from groundwork.activities.sending import Sender
from groundwork.domain.calendar import start_of
from groundwork.domain.post import Rhythm
from groundwork.store.deliveries import Deliveries
from groundwork.store.digests import Digests, due_day
from tests.notices.town import BOOK, CALENDAR, DEFINITION, HASH, IMPATIENT, NAME, Sink, Town

MONDAY = datetime(2026, 11, 30, 0, 30, tzinfo=UTC)
SATURDAY = datetime(2026, 12, 5, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "daily", "weekly"),
    [
        (date(2026, 11, 30), True, True),  # Monday
        (date(2026, 12, 1), True, False),
        (date(2026, 12, 5), False, False),  # Saturday
        (date(2026, 10, 1), False, False),  # National Day
        (date(2026, 10, 8), True, True),  # the first day after it, a Thursday
        (date(2026, 10, 9), True, False),
        (date(2026, 10, 10), True, False),  # a Saturday that is worked
    ],
)
def test_digests_go_out_on_working_days(day: date, daily: bool, weekly: bool) -> None:
    assert due_day(CALENDAR, Rhythm.DAILY, day) is daily
    assert due_day(CALENDAR, Rhythm.WEEKLY, day) is weekly


@pytest.fixture
def digests(town: Town) -> Digests:
    return Digests(town.engine, BOOK, {HASH: DEFINITION}.__getitem__)


async def send(town: Town, sink: Sink) -> None:
    deliveries, sender = Deliveries(town.engine, BOOK, IMPATIENT), Sender([sink.host])
    while claimed := await deliveries.claim(16):
        for one in claimed:
            await sender.send(one)
            await deliveries.sent(one)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["【新通知】", "待受理", "【即将到期】", "（周", "个工作日", NAME]),
        ("en", ["News:", "awaits acceptance", "Due soon:", "working day", NAME]),
    ],
)
async def test_a_digest_tells_what_is_new_and_what_is_due(
    town: Town, sink: Sink, digests: Digests, language: str, words: list[str]
) -> None:
    await town.channel("officer", sink.url(), rhythm="daily", language=language)
    await town.launch()
    await town.receive()
    await town.plan()
    await send(town, sink)
    assert sink.mails == []
    ((act_by,),) = await town.sql("SELECT act_by FROM step WHERE key = 'L01'")
    day_before = CALENDAR.add_working_days(act_by, -1)
    assert await digests.compose(Rhythm.DAILY, CALENDAR, start_of(day_before)) == 1
    await send(town, sink)
    (text,) = sink.texts()
    for word in words:
        assert word in text
    assert {row[0] for row in await town.sql("SELECT status FROM delivery")} == {"sent"}


async def test_composing_again_gives_no_second_digest(
    town: Town, sink: Sink, digests: Digests
) -> None:
    await town.channel("officer", sink.url(), rhythm="daily")
    await town.launch()
    await town.receive()
    await town.plan()
    assert await digests.compose(Rhythm.DAILY, CALENDAR, MONDAY) == 1
    assert await digests.compose(Rhythm.DAILY, CALENDAR, MONDAY) == 0
    await send(town, sink)
    assert len(sink.mails) == 1


async def test_on_a_rest_day_nothing_goes_out_and_nothing_is_lost(
    town: Town, sink: Sink, digests: Digests
) -> None:
    await town.channel("officer", sink.url(), rhythm="daily")
    await town.launch()
    await town.receive()
    await town.plan()
    assert await digests.compose(Rhythm.DAILY, CALENDAR, SATURDAY) == 0
    monday = SATURDAY.replace(day=7)
    assert await digests.compose(Rhythm.DAILY, CALENDAR, monday) == 1


async def test_what_is_urgent_does_not_wait_for_a_digest(
    town: Town, sink: Sink, digests: Digests
) -> None:
    await town.channel("head", sink.url(), rhythm="weekly")
    await town.launch()
    await town.receive()
    await town.accept()
    await town.wait(datetime.now(UTC) + timedelta(days=30))
    await town.plan()
    await send(town, sink)
    assert await town.told("head") != []
    assert len(sink.mails) == len(await town.told("head"))


async def test_who_has_nothing_new_and_nothing_due_gets_no_digest(
    town: Town, sink: Sink, digests: Digests
) -> None:
    await town.channel("ops", sink.url(), rhythm="daily")
    assert await digests.compose(Rhythm.DAILY, CALENDAR, MONDAY) == 0
