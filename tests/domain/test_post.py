"""When a notice may be sent, and under which name."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.post import Quiet, delivery_id, message_id, notice_id, webhook_message_id

NIGHT = Quiet(since=time(22), until=time(7, 30))
NOON = Quiet(since=time(12), until=time(14))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("quiet", "moment", "over"),
    [
        (NIGHT, "2026-11-25T21:59", None),
        (NIGHT, "2026-11-25T22:00", "2026-11-26T07:30"),
        (NIGHT, "2026-11-25T23:59", "2026-11-26T07:30"),
        (NIGHT, "2026-11-26T00:00", "2026-11-26T07:30"),
        (NIGHT, "2026-11-26T07:29", "2026-11-26T07:30"),
        (NIGHT, "2026-11-26T07:30", None),
        (NOON, "2026-11-26T13:00", "2026-11-26T14:00"),
        (NOON, "2026-11-26T14:00", None),
        (NOON, "2026-11-26T23:00", None),
        (Quiet(since=time(8), until=time(8)), "2026-11-26T08:00", None),
    ],
)
def test_quiet_hours_of_shanghai_also_across_midnight(
    quiet: Quiet, moment: str, over: str | None
) -> None:
    assert quiet.over(at(moment).astimezone(UTC)) == (at(over).astimezone(UTC) if over else None)


@given(
    st.times(),
    st.times(),
    st.integers(0, 10**9).map(lambda second: datetime.fromtimestamp(1_600_000_000 + second, UTC)),
)
def test_quiet_hours_end_within_a_day_and_then_they_are_over(
    since: time, until: time, moment: datetime
) -> None:
    quiet = Quiet(since=since, until=until)
    over = quiet.over(moment)
    if over is not None:
        assert moment < over <= moment + timedelta(days=1)
        assert quiet.over(over) is None


def test_ids_are_the_same_again_and_differ_between_people_channels_and_events() -> None:
    first = notice_id("chain#1", "rule", "p-1")
    assert first == notice_id("chain#1", "rule", "p-1")
    others = {
        notice_id("chain#2", "rule", "p-1"),
        notice_id("chain#1", "other", "p-1"),
        notice_id("chain#1", "rule", "p-2"),
        delivery_id(first, "c-1"),
        delivery_id(first, "c-2"),
        webhook_message_id("w-1", "chain", 1),
        webhook_message_id("w-1", "chain", 2),
    }
    assert len(others | {first}) == 8
    assert message_id("d-1") == "<d-1@notices.groundwork>"
