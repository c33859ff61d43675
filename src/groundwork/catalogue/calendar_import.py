"""Makes a calendar file from the `chinesecalendar` package, which transcribes the notices.

Only years that the package knows are imported. It refuses every other year, so that nothing is
ever guessed.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from importlib.metadata import version as installed_version
from itertools import groupby
from pathlib import Path

# The package brings no type information.
import chinese_calendar  # type: ignore[import-untyped]
import yaml

from groundwork.catalogue.calendars import (
    CalendarFile,
    CalendarYear,
    RestStretch,
    WorkedDays,
    read_calendar,
)
from groundwork.domain.calendar import Calendar
from groundwork.domain.definition import Text

_Named = tuple[date, chinese_calendar.Holiday]

_YEARS_ASKED = range(1949, 2101)
_FULL_NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}

CORRECTIONS_WORKED = {date(2005, 12, 31): chinese_calendar.Holiday.new_years_day}
"""Weekend days worked that the package lacks.

Notice 国办发明电〔2005〕35号 of 2005-12-16 moves the rest of Saturday 2005-12-31 to 2006-01-02 and
says that the Saturday is worked.
"""


class CalendarExistsError(ValueError):
    """A published version would be overwritten with other days."""


def published_years() -> tuple[int, ...]:
    """The years that the installed package has notices for."""
    return tuple(year for year in _YEARS_ASKED if _knows(year))


def import_calendar(version: str) -> CalendarFile:
    """The content of a calendar file of that version (`cn-2026.1`), from the installed package."""
    years = {year: _exceptions(year) for year in published_years()}
    used = {name for year in years.values() for name, _ in year.named_days()}
    first, last = min(years), max(years)
    return CalendarFile(
        version=version,
        region="CN",
        name=Text(
            zh=f"国务院办公厅节假日安排（{first}—{last}年）",
            en=f"State Council holiday arrangements, {first} to {last}",
        ),
        source=_source(),
        holidays={h.name: _name(h) for h in chinese_calendar.Holiday if h.name in used},
        years=years,
    )


def write_calendar(content: CalendarFile, directory: Path) -> Path:
    """Write the file of a calendar into a directory and answer its path.

    A version is immutable: raises CalendarExistsError when the directory already holds it with
    other days. Writing the same again changes nothing.
    """
    path = directory / f"{content.version}.yaml"
    if path.exists():
        if _substance(read_calendar(path)) != _substance(content.calendar()):
            raise CalendarExistsError(
                f"calendar {content.version} already exists with other days; "
                "publish the change under a new version"
            )
        return path
    path.write_text(render(content), encoding="utf-8")
    return path


def render(content: CalendarFile) -> str:
    """The text of a calendar file: one line per stretch of days off and per make-up."""
    head = content.model_dump(include={"version", "region", "name", "source"})
    lines = [_yaml(head), "holidays:"]
    lines += [
        f"  {key}: {_yaml(name.model_dump(), inline=True)}"
        for key, name in content.holidays.items()
    ]
    lines.append("years:")
    for year, exceptions in content.years.items():
        rest = [
            f"{{holiday: {stretch.holiday}, first: {stretch.first}, last: {stretch.last}}}"
            for stretch in exceptions.rest
        ]
        worked = [
            f"{{holiday: {made_up.holiday}, days: [{', '.join(map(str, made_up.days))}]}}"
            for made_up in exceptions.worked
        ]
        lines += [f"  {year}:", *_list("rest", rest), *_list("worked", worked)]
    return "\n".join(lines) + "\n"


def _list(field: str, entries: list[str]) -> list[str]:
    if not entries:
        return [f"    {field}: []"]
    return [f"    {field}:", *(f"      - {entry}" for entry in entries)]


def _yaml(value: dict[str, object], *, inline: bool = False) -> str:
    return yaml.safe_dump(
        value, allow_unicode=True, sort_keys=False, default_flow_style=inline, width=1000
    ).rstrip()


def _substance(calendar: Calendar) -> dict[str, object]:
    return calendar.model_dump(include={"region", "published", "days_off", "days_worked"})


def _source() -> str:
    package = f"chinesecalendar {installed_version('chinesecalendar')} (MIT)"
    corrected = ", ".join(str(day) for day in sorted(CORRECTIONS_WORKED))
    return f"{package}, notices of the State Council's General Office; corrected: {corrected}"


def _knows(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def _name(holiday: chinese_calendar.Holiday) -> Text:
    return Text(zh=_FULL_NAMES.get(holiday.chinese, holiday.chinese), en=holiday.value)


def _exceptions(year: int) -> CalendarYear:
    """The days of a year that the package gives a holiday's name, off or worked."""
    rest: list[_Named] = []
    worked = [entry for entry in CORRECTIONS_WORKED.items() if entry[0].year == year]
    first, next_year = date(year, 1, 1), date(year + 1, 1, 1)
    for distance in range((next_year - first).days):
        day = first + timedelta(days=distance)
        is_off, name = chinese_calendar.get_holiday_detail(day)
        if name is not None and day not in CORRECTIONS_WORKED:
            (rest if is_off else worked).append((day, chinese_calendar.Holiday(name)))
    worked.sort(key=lambda entry: entry[0])
    return CalendarYear(rest=tuple(_stretches(rest)), worked=tuple(_by_holiday(worked)))


def _stretches(days: Iterable[_Named]) -> Iterator[RestStretch]:
    """Days off in a row for the same holiday, drawn together."""
    # Consecutive days have the same distance to their position in the list.
    for (holiday, _), row in groupby(
        enumerate(days), key=lambda entry: (entry[1][1], entry[1][0].toordinal() - entry[0])
    ):
        stretch = [day for _, (day, _) in row]
        yield RestStretch(holiday=holiday.name, first=stretch[0], last=stretch[-1])


def _by_holiday(days: Iterable[_Named]) -> Iterator[WorkedDays]:
    for holiday, row in groupby(days, key=lambda entry: entry[1]):
        yield WorkedDays(holiday=holiday.name, days=tuple(day for day, _ in row))
