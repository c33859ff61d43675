"""On every map lines keep clear of stations, stations stay in their lanes, and order runs right."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from typing import NamedTuple

import pytest
from hypothesis import given, settings

from groundwork.api.languages import LANGUAGES, Language
from groundwork.api.pages.drawing import lettering
from groundwork.api.pages.drawing.metro import (
    MOST_MARKS,
    NAME_LINE,
    NAME_SIZE,
    NOTE_LINE,
    NOTE_SIZE,
    MetroMap,
    Station,
    predicted_map,
)
from groundwork.api.pages.drawing.svg import Point
from groundwork.domain import commands as cmd
from groundwork.domain.definition import ChainDefinition, Variant
from groundwork.domain.forecast import forecast
from tests.api.drawing.drawn import (
    LAND,
    PRODUCTION,
    START,
    busy_land,
    definitions,
    href,
    map_of,
    predicted,
    rules_for,
    units,
)
from tests.domain.worlds import Play, rules_in_catalogue


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def marks_box(station: Station) -> Box:
    x, y = station.centre
    wide, high = station.half_width, station.half_height
    return Box(x - wide, y - high, x + wide, y + high)


def words_box(station: Station) -> Box:
    widths = [lettering.width(line, NAME_SIZE) for line in station.label]
    widths += [
        lettering.width(f"{one.word} {one.rest}".strip(), NOTE_SIZE) for one in station.notes
    ]
    half, top = max(widths) / 2, station.text_top
    height = NAME_LINE * len(station.label) + NOTE_LINE * len(station.notes)
    return Box(station.centre.x - half, top, station.centre.x + half, top + height)


def segment_box(start: Point, end: Point) -> Box:
    left, right = sorted((start.x, end.x))
    top, bottom = sorted((start.y, end.y))
    return Box(left - 1, top - 1, right + 1, bottom + 1)


def faults(drawn: MetroMap) -> list[str]:
    """What is wrong with a map."""
    return [*station_faults(drawn), *line_faults(drawn)]


def station_faults(drawn: MetroMap) -> Iterator[str]:
    for station in drawn.stations:
        lane = drawn.lanes[station.lane]
        for box in (marks_box(station), words_box(station)):
            if not (lane.top <= box.top and box.bottom <= lane.top + lane.height):
                yield f"{station.step} leaves its lane"
            if not (drawn.labels - 1 <= box.left and box.right <= drawn.width + 1):
                yield f"{station.step} leaves the map"
        for mark in station.marks:
            if not marks_box(station).meets(segment_box(mark.centre, mark.centre)):
                yield f"{mark.key} is outside its station"
    for one, other in combinations(drawn.stations, 2):
        own, theirs = (marks_box(one), words_box(one)), (marks_box(other), words_box(other))
        if any(a.meets(b) for a in own for b in theirs):
            yield f"{one.step} lies on {other.step}"


def line_faults(drawn: MetroMap) -> Iterator[str]:
    stations = {station.step: station for station in drawn.stations}
    for line in drawn.lines:
        start, end = stations[line.arc.before], stations[line.arc.after]
        if (line.points[0], line.points[-1]) != (start.centre, end.centre):
            yield f"{line.arc} does not join its stations"
        if end.cell.column <= start.cell.column:
            yield f"{line.arc} does not lead to the right"
        if any(a.x > b.x or (a.x != b.x and a.y != b.y) for a, b in pairwise(line.points)):
            yield f"{line.arc} runs backwards or aslant"
        segments = [segment_box(a, b) for a, b in pairwise(line.points)]
        for station in drawn.stations:
            boxes = [words_box(station)]
            if station not in (start, end):
                boxes.append(marks_box(station))
            if any(segment.meets(box) for segment in segments for box in boxes):
                yield f"{line.arc} runs through {station.step}"


@given(definitions())
@settings(max_examples=150)
def test_any_small_chain_is_drawn_without_faults(definition: ChainDefinition) -> None:
    rules = rules_for(definition)
    for variant, language in zip(Variant, LANGUAGES, strict=True):
        drawn = predicted_map(rules, forecast(rules, variant, START), language, href)
        assert faults(drawn) == []
        assert {station.step for station in drawn.stations} == {s.id for s in definition.steps}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("variant", Variant)
def test_the_land_chain_is_drawn_without_faults(variant: Variant, language: Language) -> None:
    for phases in ({}, {"L20": ("A", "B")}, {"L20": ("A", "B", "C")}):
        drawn = predicted(LAND, language, variant, phases=phases)
        assert faults(drawn) == []
        assert len(drawn.stations) == 22


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 9, 60])
def test_production_is_drawn_without_faults(count: int, language: Language) -> None:
    drawn = predicted(PRODUCTION, language, count=count)
    assert faults(drawn) == []
    assert len(drawn.stations) == 18


def test_a_planted_fault_is_seen() -> None:
    drawn = predicted(LAND)
    line = next(one for one in drawn.lines if one.arc.after == "L20" and len(one.points) > 2)
    straight = (line.points[0], Point(line.points[-1].x, line.points[0].y), line.points[-1])
    bent = tuple(replace(one, points=straight) if one is line else one for one in drawn.lines)
    assert faults(replace(drawn, lines=bent))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chain_under_way_is_drawn_without_faults(language: Language) -> None:
    assert faults(map_of(busy_land(), language)) == []


def test_the_map_of_a_chain_stays_where_it_is_from_launch_to_end() -> None:
    play = busy_land()
    before = {s.step: (s.lane, s.cell) for s in predicted(LAND).stations}
    assert {s.step: (s.lane, s.cell) for s in map_of(play).stations} == before


def test_the_thick_line_is_the_critical_path() -> None:
    play = busy_land()
    drawn = map_of(play)
    critical = {line.arc for line in drawn.lines if line.critical}
    assert {arc.after for arc in critical} >= {"L05", "L06", "L14", "L20", "L22"}
    assert {s.step for s in drawn.stations if s.critical} == {s for arc in critical for s in arc}


def test_a_line_is_passed_once_its_first_step_is_settled() -> None:
    drawn = map_of(busy_land())
    assert {line.arc.before for line in drawn.lines if line.passed} == {"L01", "L02", "L03"}


def test_states_show_as_signs_of_their_own() -> None:
    tokens = {s.step: s.marks[0].sign.token for s in map_of(busy_land()).stations}
    expected = {"L01": "done", "L04": "green", "L08": "paused", "L10": "red", "L13": "exempt"}
    assert tokens.items() >= {**expected, "L05": "todo", "L21": "ended"}.items()


def test_a_station_says_its_word_its_date_and_what_is_left() -> None:
    said = {
        s.step: [f"{n.word} {n.rest}".strip() for n in s.notes]
        for s in map_of(busy_land()).stations
    }
    assert said["L01"] == ["已办结 3月3日"]
    assert said["L04"] == ["正常办理 4月9日", "剩余 15 个工作日"]
    assert said["L10"] == ["已超期 3月12日", "超期 4 个工作日"]
    assert said["L08"] == ["补正停表 4月1日", "停表至 3月24日"]
    assert said["L13"] == ["已豁免"]
    assert said["L21"] == ["已撤件"]


def test_a_rehearsed_station_says_its_predicted_date() -> None:
    station = predicted(LAND).stations[0]
    assert station.notes == (("预计", "3月3日", "todo"),)
    assert station.marks[0].name == ("签约与专班组建，园区，预计2026年3月3日（周二）办结，关键路径")


def test_units_have_a_mark_each_up_to_eight_and_a_count_beyond() -> None:
    few, many = predicted(PRODUCTION, count=MOST_MARKS), predicted(PRODUCTION, count=60)
    by_step = {s.step: s for s in few.stations}
    assert [mark.key for mark in by_step["C10"].marks] == [f"C10.B{n}" for n in range(1, 9)]
    crowded = next(s for s in many.stations if s.step == "C10")
    assert (len(crowded.marks), crowded.count) == (1, 60)
    assert crowded.marks[0].href == href("C10")
    assert crowded.marks[0].name.startswith("消防验收（备案抽查），住建，共 60 项，预计2026年")


def test_many_units_say_how_many_of_them_are_in_the_gravest_state() -> None:
    play = Play(rules_in_catalogue(PRODUCTION), units=units(9))
    play.at("2026-03-03 10:00").settle("C01", "C05", "C02", "C07").settle("C08.B1", "C08.B2")
    station = next(s for s in map_of(play).stations if s.step == "C08")
    assert station.notes == (("未开始 7/9", "", "todo"),)
    assert (
        station.marks[0].name == "单位工程竣工验收，建设单位，共 9 项，未开始 7，已办结 2，关键路径"
    )


def test_a_dropped_unit_is_no_mark_any_more() -> None:
    play = Play(rules_in_catalogue(PRODUCTION), units=units(3))
    play.at("2026-03-03 10:00").do(cmd.DropUnit(unit="B2", reason="not built"))
    station = next(s for s in map_of(play).stations if s.step == "C10")
    assert [mark.key for mark in station.marks] == ["C10.B1", "C10.B3"]
