"""What a year's notice must look like before an import may call the year published.

The least that it contains is data (`calendars/statutory-holidays.yaml`). Nothing here knows how a
notice was read; it judges days, and says what is missing where.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache

import yaml
from pydantic import Field

from groundwork.catalogue.calendars import SHELF
from groundwork.domain.base import Frozen
from groundwork.domain.definition import Text

_NUMBER = re.compile(r"[\u4e00-\u9fff]{2,20}〔(\d{4})〕\d{1,4}号")


class CalendarSourceError(ValueError):
    """A source of calendar days is not fit to be imported: where, and what to do, in a sentence.

    `place` is a line (`line 12`) or a field (`years.2027.off`).
    """

    def __init__(self, place: str, zh: str, en: str) -> None:
        self.place = place
        self.text = Text(zh=zh, en=en)
        super().__init__(f"{place}: {zh} {en}")


class Notice(Frozen):
    """What an importer states of a year.

    `number` is the document number of the State Council's notice. `no_make_up` says in so many
    words that the notice has no make-up workdays: a source that guesses has none either.
    """

    number: str
    no_make_up: bool = False


class GatheredYear(Frozen):
    """The days of one year as a source has them, each with its holiday's name."""

    off: dict[date, Text] = Field(default_factory=dict)
    worked: dict[date, Text] = Field(default_factory=dict)


class _Name(Frozen):
    zh: tuple[str, ...]
    en: str


class _Least(Frozen):
    days: int
    fixed: tuple[str, ...] = ()
    joins: str | None = None
    joined_days: int = 0


class _Period(Frozen):
    first: int = Field(alias="from")
    source: str
    holidays: dict[str, _Least]


class _Statute(Frozen):
    source: str
    names: dict[str, _Name]
    periods: tuple[_Period, ...]

    def period(self, year: int) -> _Period | None:
        """The rules that held in a year; None before the first that are written down."""
        return max(
            (one for one in self.periods if one.first <= year),
            key=lambda one: one.first,
            default=None,
        )


@lru_cache(maxsize=1)
def _statute() -> _Statute:
    text = (SHELF / "statutory-holidays.yaml").read_text(encoding="utf-8")
    return _Statute.model_validate(yaml.safe_load(text))


def named(zh: str) -> Text:
    """A holiday's name in both languages; unknown ones keep their Chinese name."""
    known = [name.en for name in _statute().names.values() if any(w in zh for w in name.zh)]
    return Text(zh=zh, en=" and ".join(known) or zh)


def check_notice(year: int, gathered: GatheredYear, notice: Notice) -> None:
    """Return if the year may be called published. Raises CalendarSourceError."""
    match = _NUMBER.fullmatch(notice.number.strip())
    if match is None or not year - 1 <= int(match[1]) <= year:
        raise CalendarSourceError(
            f"notices.{year}",
            f"“{notice.number}”不像 {year} 年放假通知的文号，请写作“国办发明电〔{year - 1}〕1号”。",
            f"{notice.number!r} is not the number of a notice for {year}: write it like"
            f" 国办发明电〔{year - 1}〕1号.",
        )
    if missing := list(_missing(year, gathered.off)):
        raise CalendarSourceError(
            f"years.{year}.off",
            f"缺少法定节假日：{'、'.join(text.zh for text in missing)}。请核对通知后补全。",
            "statutory holidays are missing: "
            + ", ".join(text.en for text in missing)
            + ". Compare the notice and add them.",
        )
    if not gathered.worked and not notice.no_make_up:
        raise CalendarSourceError(
            f"years.{year}.worked",
            "没有调休上班日，可能是推测的数据。请补上；通知确无调休的，请明示 no_make_up。",
            "there is no make-up workday, as in guessed data. Add them, or state no_make_up if"
            " the notice has none.",
        )
    if gathered.worked and notice.no_make_up:
        raise CalendarSourceError(
            f"years.{year}.worked",
            f"明示没有调休，却列有 {min(gathered.worked)}。两者只能取一。",
            f"no_make_up is stated, but {min(gathered.worked)} is listed. Keep one of the two.",
        )


def _missing(year: int, off: Mapping[date, Text]) -> Iterator[Text]:
    """The statutory holidays that the days off do not cover."""
    statute = _statute()
    period = statute.period(year)
    if period is None:
        return
    for holiday, least in period.holidays.items():
        name = statute.names[holiday]
        fixed = [date.fromisoformat(f"{year}-{day}") for day in least.fixed]
        days = _days_of(holiday, off)
        if least.joins and not days and len(_days_of(least.joins, off)) >= least.joined_days:
            continue
        if len(days | set(fixed)) < least.days or not off.keys() >= set(fixed):
            yield Text(zh=name.zh[0], en=name.en)


def _days_of(holiday: str, off: Mapping[date, Text]) -> set[date]:
    words = _statute().names[holiday].zh
    return {day for day, text in off.items() if any(word in text.zh for word in words)}
