"""The Gantt chart: every bar on its days, limits and stops where the clock has them."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings

from groundwork.api.languages import LANGUAGES
from groundwork.api.pages.drawing.gantt import HEAD, Gantt, predicted_gantt
from groundwork.api.pages.drawing.gantt_svg import gantt_svg
from groundwork.domain.calendar import local_date
from groundwork.domain.definition import ChainDefinition, Variant
from groundwork.domain.explain import explain
from groundwork.domain.forecast import forecast
from tests.api.drawing.drawn import (
    PRODUCTION,
    START,
    SVG,
    busy_land,
    definitions,
    gantt_of,
    href,
    parsed,
    rules_for,
    units,
)
from tests.domain.worlds import Play, rules_in_catalogue


def rehearsed(count: int) -> Gantt:
    rules = rules_in_catalogue(PRODUCTION)
    view = forecast(rules, Variant.STANDARD, START, units=units(count))
    return predicted_gantt(rules, view, "zh", href, units(count))


def faults(drawn: Gantt) -> list[str]:
    found, below = [], HEAD
    for row in drawn.rows:
        if row.top != pytest.approx(below):
            found.append(f"{row.step} does not follow the row above")
        below = row.top + row.height
        for bar in row.bars:
            if not (row.top <= bar.y and bar.y + bar.height <= below):
                found.append(f"{bar.key} leaves its row")
            spans = [span for span in (bar.waited, bar.worked, bar.ahead, *bar.stops) if span]
            if any(s.x < drawn.time.scale.left or s.x + s.width > drawn.width for s in spans):
                found.append(f"{bar.key} leaves the chart")
            if any(span.width <= 0 for span in spans):
                found.append(f"{bar.key} has a bar without length")
    return found


@given(definitions())
@settings(max_examples=40)
def test_any_small_chain_is_drawn_without_faults(definition: ChainDefinition) -> None:
    rules = rules_for(definition)
    for variant, language in zip(Variant, LANGUAGES, strict=True):
        drawn = predicted_gantt(rules, forecast(rules, variant, START), language, href)
        assert faults(drawn) == []
        assert [row.step for row in drawn.rows] == [step.id for step in definition.steps]


def test_a_chain_under_way_is_drawn_without_faults() -> None:
    assert faults(gantt_of(busy_land())) == []


def test_a_bar_covers_the_days_from_receipt_to_decision() -> None:
    play = busy_land()
    drawn = gantt_of(play)
    bar = next(row.bars[0] for row in drawn.rows if row.step == "L03")
    step = play.step("L03")
    assert step.received_at
    assert step.decision
    begin, end = local_date(step.received_at), local_date(step.decision.at)
    assert bar.worked
    assert bar.ahead is None
    assert bar.worked.x == drawn.time.scale.x(begin)
    assert bar.worked.x + bar.worked.width == pytest.approx(
        drawn.time.scale.x(end + timedelta(days=1))
    )


def test_what_lies_ahead_begins_today() -> None:
    play = busy_land()
    drawn = gantt_of(play)
    bar = next(row.bars[0] for row in drawn.rows if row.step == "L04")
    assert drawn.time.today is not None
    assert bar.worked
    assert bar.ahead
    assert bar.ahead.x == drawn.time.today < bar.worked.x + bar.worked.width


def test_limits_stand_where_the_clock_has_them() -> None:
    play = busy_land()
    rows = {row.key: row for row in gantt_of(play).table}
    told = explain(play.rules, play.chain, "L08")
    assert told.due
    assert rows["L08"].promised == told.due.on == date(2026, 4, 1)
    assert rows["L08"].statutory in {term.due_on for term in told.statutory}
    assert (rows["L05"].promised, rows["L05"].statutory) == (None, None)


def test_a_stop_is_told_with_its_days() -> None:
    row = next(row for row in gantt_of(busy_land()).table if row.key == "L08")
    assert row.stops == ("专家评审 3月6日—3月24日",)


def test_days_of_rest_are_those_of_the_calendar() -> None:
    play = busy_land()
    time = gantt_of(play).time
    for offset in range(90):
        day = time.scale.origin + timedelta(days=offset)
        middle = time.scale.x(day) + time.scale.day_width / 2
        shaded = any(rest.x < middle < rest.x + rest.width for rest in time.rests)
        assert shaded is not play.rules.calendar.is_working_day(day), day


def test_units_fold_under_their_step() -> None:
    rows = {row.step: row for row in rehearsed(3).rows}
    assert len(rows) == 18
    # Units that stand alike are one bar with their number.
    assert [bar.until[-2:] for bar in rows["C10"].bars] == ["×3"]
    assert len([row for row in rehearsed(3).table if row.key.startswith("C10.")]) == 3


def test_a_finished_or_rehearsed_chain_has_no_today() -> None:
    assert rehearsed(1).time.today is None


def test_the_table_has_every_task_in_order() -> None:
    drawn = gantt_of(busy_land(), "en")
    assert [row.key for row in drawn.table] == [bar.key for row in drawn.rows for bar in row.bars]
    first = drawn.table[0]
    assert (first.name, first.department) == ("Agreement and steward team", "Park")


def test_stops_are_hatched_and_weeks_are_ticked() -> None:
    tree = parsed(gantt_svg(gantt_of(busy_land()), "gantt", name="g"))
    assert tree.find(f".//{SVG}path[@fill='url(#g-stopped)']") is not None
    assert tree.find(f".//{SVG}path[@class='gantt-week']") is not None
    assert tree.find(f".//{SVG}path[@class='gantt-today']") is not None


def test_a_row_shows_its_sign_and_an_open_bar_its_word() -> None:
    rows = {row.step: row for row in gantt_of(busy_land()).rows}
    assert [rows[key].sign.token for key in ("L01", "L04", "L08", "L10")] == [
        "done",
        "green",
        "paused",
        "red",
    ]
    assert rows["L01"].bars[0].until == "3月3日"
    assert rows["L04"].bars[0].until == "正常办理 4月9日"
    assert rows["L10"].bars[0].until == "超期 4 个工作日"


def test_every_link_of_a_row_of_units_has_a_name() -> None:
    play = Play(rules_in_catalogue(PRODUCTION), units=units(2)).settle("C01", "C05", "C02", "C07")
    play.receive("C08.B1")
    tree = parsed(gantt_svg(gantt_of(play), "gantt"))
    named = {str(link.get("href")): link.findtext(f"{SVG}title") for link in tree.iter(f"{SVG}a")}
    assert named[href("C08")] == "单位工程竣工验收"
    assert str(named[href("C08.B1")]).startswith("单位工程竣工验收 · 1号厂房，")
