"""When a script says that something is done."""

from datetime import UTC, datetime, time

import pytest

from groundwork.domain import events as ev
from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.events import AnyEvent
from groundwork.domain.model import SYSTEM, Light
from groundwork.domain.rules import Rules
from groundwork.rehearsal.moments import Diary, parse

FRIDAY = datetime(2025, 9, 26, 7, 30, tzinfo=UTC)
"""Friday, half past three in Heshan; the Sunday after it is worked, then come eight days off."""

EVENTS: list[AnyEvent] = [
    ev.StepReady(seq=2, at=FRIDAY, by=SYSTEM, step="L04"),
    ev.EscalationFired(
        seq=3,
        at=FRIDAY,
        by=SYSTEM,
        step="L04",
        escalation="L04-red",
        level=2,
        rung="red",
        light=Light.RED,
        recipients=(),
    ),
    ev.StepReady(seq=4, at=FRIDAY.replace(month=10, day=10), by=SYSTEM, step="L04"),
    ev.ClockResumed(seq=5, at=FRIDAY, by=SYSTEM, step="L04", stop_index=0, due_on=FRIDAY.date()),
]


def local(text: str, rules: Rules) -> str | None:
    diary = Diary()
    diary.note(EVENTS)
    found = diary.when(parse(text), rules.calendar, usual=time(16))
    return found.astimezone(SHANGHAI).strftime("%m-%d %H:%M") if found else None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-09-30", "09-30 16:00"),
        ("2025-09-30 08:05", "09-30 08:05"),
        ("L04 ready", "09-26 15:30"),
        ("L04 ready (2)", "10-10 15:30"),
        ("L04 ready 17:00", "09-26 17:00"),
        ("L04 ready 09:00", "09-26 15:30"),
        ("0 wd after L04 ready", "09-26 15:30"),
        ("1 wd after L04 ready", "09-28 16:00"),
        ("+4wd after L04 ready 9:30", "10-09 09:30"),
        ("4 cd after L04 ready", "09-30 16:00"),
        ("30 h after L04 ready", "09-27 21:30"),
        ("L04 red", "09-26 15:30"),
        ("L04-red fired", "09-26 15:30"),
        ("L04 due 23:40", "09-26 23:40"),
        ("2 wd after L04 due", "09-29 16:00"),
        ("L05 ready", None),
        ("L04 ready (3)", None),
    ],
)
def test_a_moment_is_found_on_the_real_calendar(
    text: str, moment: str | None, rules: Rules
) -> None:
    assert local(text, rules) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2025-13-01",
        "2025-09-30 25:00",
        "3 days after L04 ready",
        "3 wd before L04 ready",
        "L04 ready (0)",
        "2 h after L04 ready 09:00",
    ],
)
def test_what_is_no_point_in_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - date's own message differs from ours
        parse(text)
