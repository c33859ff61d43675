"""New versions from files, edits and closures: guesses never pass for notices."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from groundwork.catalogue.calendar_ics import from_ics
from groundwork.catalogue.calendar_notice import (
    CalendarSourceError,
    GatheredYear,
    Notice,
    check_notice,
    named,
)
from groundwork.catalogue.calendar_sources import (
    Closure,
    Edit,
    EditKind,
    from_json,
    with_closures,
    with_edits,
    with_years,
)
from groundwork.catalogue.calendars import load_calendar
from groundwork.domain.definition import Text

BASE = load_calendar("cn-2026.1")
NOTICE = Notice(number="国办发明电〔2026〕9号")

YEAR: dict[str, Any] = {
    "off": {
        "2027-01-01": "元旦",
        **{f"2027-02-{day:02}": "春节" for day in range(5, 12)},
        "2027-04-05": "清明节",
        "2027-05-01": "劳动节",
        "2027-05-02": "劳动节",
        "2027-06-09": "端午节",
        "2027-09-15": "中秋节",
        **{f"2027-10-{day:02}": "国庆节" for day in range(1, 8)},
    },
    "worked": {"2027-02-20": "春节"},
}


def ics(*events: tuple[str, str, str]) -> str:
    """A file of events: first day, day after the last, summary."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//"]
    for first, past, summary in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{first}",
            f"DTSTART;VALUE=DATE:{first}",
            f"DTEND;VALUE=DATE:{past}",
            f"SUMMARY:{summary}",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


HOLIDAYS_2027 = (
    ("20270101", "20270104", "元旦（休）"),
    ("20270205", "20270212", "春节 假期 第1天/共7天"),
    ("20270220", "20270221", "春节（班）"),
    ("20270405", "20270406", "清明节"),
    ("20270501", "20270503", "劳动节 休"),
    ("20270609", "20270610", "端午节"),
    ("20270915", "20270916", "中秋节"),
    ("20271001", "20271008", "国庆节"),
)


def fault(act: Callable[[], object]) -> CalendarSourceError:
    """What the act is refused for."""
    with pytest.raises(CalendarSourceError) as caught:
        act()
    assert caught.value.text.zh
    assert caught.value.text.en
    return caught.value


def told(act: Callable[[], object]) -> str:
    """The place that a refusal names; nothing when all is well. Any other error goes on."""
    try:
        act()
    except CalendarSourceError as error:
        return error.place or "nowhere"
    return ""


def gathered(**changes: dict[str, str]) -> GatheredYear:
    years, _ = from_json({"years": {"2027": {**YEAR, **changes}}})
    return years[2027]


class TestWhatMayBeCalledPublished:
    def test_a_year_with_a_notice_its_holidays_and_make_ups_is_published(self) -> None:
        years, notices = from_json({"years": {"2027": {**YEAR, "notice": NOTICE.number}}})
        draft = with_years("cn-2027.1", BASE, years, notices, "by hand")
        assert draft.calendar.published[-1] == 2027
        assert not draft.calendar.is_provisional(date(2027, 2, 5))
        assert draft.calendar.is_working_day(date(2027, 2, 20))
        assert NOTICE.number in draft.calendar.source
        assert draft.left_out == ()
        assert {d: n for d, n in draft.calendar.days_off.items() if d.year < 2027} == BASE.days_off

    def test_a_year_without_a_notice_stays_provisional_and_its_days_are_left_out(self) -> None:
        years, notices = from_json({"years": {"2027": YEAR}})
        draft = with_years("cn-2027.1", BASE, years, notices, "a guess")
        assert draft.left_out == (2027,)
        assert draft.calendar.published == BASE.published
        assert draft.calendar.days_off == BASE.days_off
        assert draft.calendar.is_provisional(date(2027, 2, 5))

    def test_a_guess_without_make_up_days_is_refused_even_with_a_notice(self) -> None:
        guess = gathered(worked={})
        assert fault(lambda: check_notice(2027, guess, NOTICE)).place == "years.2027.worked"
        check_notice(2027, guess, NOTICE.model_copy(update={"no_make_up": True}))

    def test_make_up_days_beside_the_statement_that_there_are_none_are_refused(self) -> None:
        stated = NOTICE.model_copy(update={"no_make_up": True})
        assert fault(lambda: check_notice(2027, gathered(), stated)).place == "years.2027.worked"

    @pytest.mark.parametrize("holiday", ["元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆"])
    def test_a_year_that_lacks_a_statutory_holiday_is_refused(self, holiday: str) -> None:
        off = {day: name for day, name in YEAR["off"].items() if holiday not in name}
        found = fault(lambda: check_notice(2027, gathered(off=off), NOTICE))
        assert found.place == "years.2027.off"
        assert holiday in found.text.zh

    def test_a_spring_festival_of_three_days_is_too_short_since_2025(self) -> None:
        short = {day: name for day, name in YEAR["off"].items() if name != "春节"}
        three = short | {f"2027-02-{day:02}": "春节" for day in (5, 6, 7)}
        assert "春节" in fault(lambda: check_notice(2027, gathered(off=three), NOTICE)).text.zh

    @pytest.mark.parametrize(
        "number", ["", "通知", "国办发明电〔2024〕7号", "国办发明电(2026)7号", "〔2026〕7号"]
    )
    def test_what_is_no_number_of_a_notice_for_the_year_is_refused(self, number: str) -> None:
        found = fault(lambda: check_notice(2027, gathered(), Notice(number=number)))
        assert found.place == "notices.2027"

    @pytest.mark.parametrize("year", range(2008, 2027))
    def test_every_published_year_of_the_catalogue_would_pass(self, year: int) -> None:
        known = GatheredYear(
            off={day: name for day, name in BASE.days_off.items() if day.year == year},
            worked={day: name for day, name in BASE.days_worked.items() if day.year == year},
        )
        check_notice(year, known, Notice(number=f"国办发明电〔{year - 1}〕1号"))

    def test_a_notice_for_a_year_that_the_source_lacks_is_refused(self) -> None:
        years, _ = from_json({"years": {"2027": YEAR}})
        notices = {2028: Notice(number="国办发明电〔2027〕1号")}
        assert fault(lambda: with_years("cn-2027.1", BASE, years, notices, "x")).place == (
            "notices.2028"
        )


class TestICalendar:
    def test_the_days_of_events_are_read_with_their_names(self) -> None:
        years = from_ics(ics(*HOLIDAYS_2027))
        assert sorted(years) == [2027]
        assert years[2027].off[date(2027, 2, 11)] == named("春节")
        assert years[2027].off[date(2027, 1, 3)] == Text(zh="元旦", en="New Year's Day")
        assert list(years[2027].worked) == [date(2027, 2, 20)]
        check_notice(2027, years[2027], NOTICE)

    def test_folded_lines_and_moments_are_read_too(self) -> None:
        text = ics(("20270101", "20270102", "元旦")).replace("SUMMARY:元旦", "SUMMARY:元\r\n 旦")
        assert from_ics(text)[2027].off == {date(2027, 1, 1): named("元旦")}
        text = ics().replace(
            "END:VCALENDAR",
            "BEGIN:VEVENT\r\nDTSTART:20270101T000000\r\nSUMMARY:元旦\r\nEND:VEVENT\r\nEND:VCALENDAR",
        )
        assert from_ics(text)[2027].off == {date(2027, 1, 1): named("元旦")}

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("", "line 1"),
            ("nonsense", "line 1"),
            (ics(), "line 1"),
            (ics(("20270101", "20270102", "")), "line 4 SUMMARY"),
            (ics(("2027xx01", "20270102", "元旦")), "line 4 DTSTART"),
            (ics(("20270101", "20261231", "元旦")), "line 4 DTEND"),
            (ics(("20270101", "20280101", "元旦")), "line 4 DTEND"),
            (ics(("00010101", "00010102", "元旦")), "line 4 DTEND"),
            (ics(("20270101", "20270102", "元旦"), ("20270101", "20270102", "班")), "line 10"),
            (ics(("20270101", "20270102", "元旦")).replace("UID:", "UID "), "line 5"),
            (ics(("20270101", "20270102", "元旦")).replace("END:VCALENDAR", ""), "line 9"),
            (ics(("20270101", "20270102", "元\udc85")), "line 8"),
            (ics(("x", "y", "元旦")).replace("DTSTART;VALUE=DATE:x", "X:1"), "line 4 DTSTART"),
        ],
    )
    def test_a_mistake_is_told_with_its_line(self, text: str, place: str) -> None:
        assert fault(lambda: from_ics(text)).place == place

    @given(st.text(max_size=200))
    @example("BEGIN:VCALENDAR\nBEGIN:VEVENT\nRRULE:FREQ=X\nEND:VEVENT\nEND:VCALENDAR")
    def test_garbage_gives_days_or_a_place(self, text: str) -> None:
        assert told(lambda: from_ics(text)) != "nowhere"

    @given(st.data())
    def test_a_damaged_file_gives_days_or_a_place(self, data: st.DataObject) -> None:
        text = ics(*HOLIDAYS_2027)
        first = data.draw(st.integers(0, len(text)))
        past = data.draw(st.integers(first, min(len(text), first + 40)))
        put = data.draw(st.text(max_size=20))
        place = told(lambda: from_ics(text[:first] + put + text[past:]))
        assert place == "" or place.startswith("line ")


class TestJson:
    @pytest.mark.parametrize(
        ("content", "place"),
        [
            (None, "content"),
            ({}, "years"),
            ({"years": {"soon": {}}}, "years.soon.[key]"),
            ({"years": {"2027": {"off": {"2027-13-01": "元旦"}}}}, "years.2027.off.2027-13-01"),
            ({"years": {"2027": {"off": {"2026-01-01": "元旦"}}}}, "years.2027.off"),
            ({"years": {"2027": {"days": []}}}, "years.2027.days"),
        ],
    )
    def test_a_mistake_is_told_with_its_field(self, content: object, place: str) -> None:
        assert fault(lambda: from_json(content)).place.startswith(place)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["years", "2027", "off", "worked", "2027-01-01", "notice"]),
                    inner,
                    max_size=3,
                )
            ),
            max_leaves=12,
        )
    )
    def test_garbage_gives_years_or_a_place(self, content: object) -> None:
        def add() -> None:
            years, notices = from_json(content)
            with_years("cn-2027.1", BASE, years, notices, "fuzz")

        assert told(add) != "nowhere"

    def test_a_make_up_day_on_a_weekday_is_refused(self) -> None:
        wrong = {**YEAR, "notice": NOTICE.number, "worked": {"2027-02-19": "春节"}}
        years, notices = from_json({"years": {"2027": wrong}})
        found = fault(lambda: with_years("cn-2027.1", BASE, years, notices, "x"))
        assert found.place == "days_worked"
        assert "2027-02-19" in found.text.en


class TestEdits:
    def test_the_extension_of_2020_is_an_edit(self) -> None:
        before = with_edits(
            "cn-2020.1",
            BASE,
            [
                Edit(day=date(2020, 1, 31), kind=EditKind.ORDINARY),
                Edit(day=date(2020, 2, 1), kind=EditKind.WORKED, holiday="春节"),
                Edit(day=date(2020, 2, 2), kind=EditKind.ORDINARY),
            ],
            {},
            "国办发明电〔2019〕16号",
        ).calendar
        assert before.add_working_days(date(2020, 1, 23), 5) == date(2020, 2, 5)
        after = with_edits(
            "cn-2020.2",
            before,
            [
                Edit(day=date(2020, 1, 31) + timedelta(days=n), kind=EditKind.OFF, holiday="春节")
                for n in range(3)
            ],
            {},
            "国办发明电〔2020〕1号",
        ).calendar
        assert after.add_working_days(date(2020, 1, 23), 5) == date(2020, 2, 7)
        assert after.days_off == BASE.days_off
        assert after.days_worked == BASE.days_worked

    def test_a_year_without_a_notice_cannot_be_edited(self) -> None:
        edit = Edit(day=date(2027, 1, 1), kind=EditKind.OFF, holiday="元旦")
        found = fault(lambda: with_edits("cn-2027.1", BASE, [edit], {}, "x"))
        assert found.place == "notices.2027"
        found = fault(lambda: with_edits("cn-2027.1", BASE, [edit], {2027: NOTICE}, "x"))
        assert found.place == "years.2027.off"


class TestClosures:
    TYPHOON = Closure(first=date(2026, 9, 22), last=date(2026, 9, 23), reason="台风停工")
    MOVE = Closure(
        first=date(2026, 9, 24), last=date(2026, 9, 24), department="housing", reason="搬迁"
    )

    def test_the_city_or_one_department_is_shut(self) -> None:
        calendar = with_closures("cn-2026.2", BASE, [self.TYPHOON, self.MOVE], "令").calendar
        assert not calendar.is_working_day(date(2026, 9, 22))
        assert calendar.is_working_day(date(2026, 9, 24))
        assert not calendar.of("housing").is_working_day(date(2026, 9, 24))
        assert calendar.published == BASE.published

    def test_a_closure_can_be_lifted(self) -> None:
        shut = with_closures("cn-2026.2", BASE, [self.TYPHOON, self.MOVE], "令").calendar
        lifted = [one.model_copy(update={"lifted": True}) for one in (self.TYPHOON, self.MOVE)]
        again = with_closures("cn-2026.3", shut, lifted, "令").calendar
        assert (again.closed, again.closed_for) == ({}, {})
        assert fault(lambda: with_closures("cn-2026.4", again, lifted, "令")).place == "closures.0"

    def test_closures_need_no_published_year(self) -> None:
        closed = self.TYPHOON.model_copy(
            update={"first": date(2027, 3, 1), "last": date(2027, 3, 1)}
        )
        calendar = with_closures("cn-2026.2", BASE, [closed], "令").calendar
        assert not calendar.is_working_day(date(2027, 3, 1))
        assert calendar.is_provisional(date(2027, 3, 1))
