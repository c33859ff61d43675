"""Calendar days in an iCalendar file (RFC 5545): one event for each stretch of days.

Whether an event is a holiday or a make-up workday is read from its summary, as the files in use
write it: 班, 补班 or 上班 for work, anything else for rest.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from icalendar import Calendar as File
from icalendar import Component

from groundwork.catalogue.calendar_notice import CalendarSourceError, GatheredYear, named
from groundwork.domain.definition import Text

_CONTENT_LINE: Final = re.compile(r'[A-Za-z0-9-]+(;[^:"]*("[^"]*"[^:"]*)*)?:.*')
_NOT_UTF8: Final = re.compile("[\ud800-\udfff]")
"""What stands for a byte that was no part of UTF-8."""
_WORK: Final = re.compile(r"班|work", re.IGNORECASE)
_DECORATION: Final = re.compile(
    r"[（(【\[].*?[)）】\]]|假期|放假|调休|补班|上班|休息|休|班|第\s*\d+\s*天.*$|\d+/\d+|\s+"
)
LONGEST_EVENT: Final = 31
LONGEST_NAME: Final = 60
_YEARS: Final = range(1990, 2100)


def from_ics(text: str) -> dict[int, GatheredYear]:
    """The days in the file, by year. Raises CalendarSourceError that names the line."""
    lines = list(_content_lines(text))
    for number, line in lines:
        _check_line(number, line)
    begins = [number for number, line in lines if line.strip().upper() == "BEGIN:VEVENT"]
    try:
        events = File.from_ical(text).walk("VEVENT")
    except (ValueError, IndexError, KeyError) as error:
        raise CalendarSourceError(
            f"line {lines[-1][0] if lines else 1}",
            "不是完整的 iCalendar 文件，须以 BEGIN:VCALENDAR 开始、END:VCALENDAR 结束。",
            "this is no whole iCalendar file: it begins with BEGIN:VCALENDAR and ends with"
            " END:VCALENDAR.",
        ) from error
    if not events:
        raise CalendarSourceError("line 1", "文件中没有 VEVENT。", "the file has no VEVENT.")
    off: defaultdict[int, dict[date, Text]] = defaultdict(dict)
    worked: defaultdict[int, dict[date, Text]] = defaultdict(dict)
    for event, number in zip(events, begins, strict=False):
        summary = str(event.get("summary", "")).strip()
        name = _name(summary, f"line {number} SUMMARY")
        for day in _days(event, f"line {number}"):
            days, others = (worked, off) if _WORK.search(summary) else (off, worked)
            if day in others[day.year]:
                raise CalendarSourceError(
                    f"line {number}",
                    f"{day} 既放假又上班，请核对。",
                    f"{day} is both off and worked; keep one.",
                )
            days[day.year][day] = name
    return {
        year: GatheredYear(off=off[year], worked=worked[year]) for year in sorted({*off, *worked})
    }


def _content_lines(text: str) -> Iterator[tuple[int, str]]:
    """The content lines with the numbers of their first lines; a folded one is joined."""
    joined: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line[:1] in {" ", "\t"} and joined:
            first, before = joined[-1]
            joined[-1] = (first, before + line[1:])
        elif line.strip():
            joined.append((number, line))
    return iter(joined)


def _check_line(number: int, line: str) -> None:
    if _NOT_UTF8.search(line):
        raise CalendarSourceError(
            f"line {number}",
            "含有不是 UTF-8 的字节，请将文件另存为 UTF-8 编码。",
            "this holds bytes that are no UTF-8: save the file as UTF-8.",
        )
    if not _CONTENT_LINE.fullmatch(line):
        raise CalendarSourceError(
            f"line {number}",
            "不是 iCalendar 的内容行，应写作“名称:值”。",
            "this is no content line of iCalendar: write NAME:VALUE.",
        )


def _name(summary: str, place: str) -> Text:
    if not summary:
        raise CalendarSourceError(
            place, "事件没有名称，请写明节日。", "the event has no summary; name the holiday."
        )
    bare = _DECORATION.sub("", summary) or summary
    return named(bare[:LONGEST_NAME])


def _days(event: Component, place: str) -> Iterator[date]:
    first = _date(event, "dtstart", place)
    if first is None:
        raise CalendarSourceError(
            f"{place} DTSTART", "事件没有日期。", "the event has no day; give DTSTART;VALUE=DATE."
        )
    # The end of an event in days is the day after its last one.
    past = _date(event, "dtend", place) or first + timedelta(days=1)
    length = max(1, (past - first).days)
    if past < first or length > LONGEST_EVENT or first.year not in _YEARS:
        raise CalendarSourceError(
            f"{place} DTEND",
            f"事件自 {first} 至 {past}，不像一次假期。",
            f"an event from {first} to {past} is no holiday.",
        )
    for distance in range(length):
        yield first + timedelta(days=distance)


def _date(event: Component, name: str, place: str) -> date | None:
    if name.upper() in {str(one[0]).upper() for one in event.errors}:
        raise CalendarSourceError(
            f"{place} {name.upper()}",
            "日期无法识别，应写作 VALUE=DATE:20270101。",
            "the day cannot be read: write VALUE=DATE:20270101.",
        )
    found = getattr(event.get(name), "dt", None)
    if found is None:
        return None
    return found.date() if isinstance(found, datetime) else _as_date(found, name, place)


def _as_date(found: object, name: str, place: str) -> date:
    if isinstance(found, date):
        return found
    raise CalendarSourceError(
        f"{place} {name.upper()}",
        "应为一个日期。",
        "this must be one day.",
    )
