"""Days and terms as drawings say them."""

from datetime import date
from typing import Final

from groundwork.api.languages import Language

_WEEK_ZH: Final = "一二三四五六日"
_WEEK_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def day(on: date, language: Language, *, year: bool = False) -> str:
    """A date with its weekday: 4月16日（周四）, Thu 16 Apr."""
    if language == "en":
        short = f"{_WEEK_EN[on.weekday()]} {on.day} {_MONTHS_EN[on.month - 1]}"
        return f"{short} {on.year}" if year else short
    short = f"{on.month}月{on.day}日（周{_WEEK_ZH[on.weekday()]}）"
    return f"{on.year}年{short}" if year else short


def short_day(on: date, language: Language) -> str:
    """A date where there is little room: 4月16日, 16 Apr."""
    if language == "en":
        return f"{on.day} {_MONTHS_EN[on.month - 1]}"
    return f"{on.month}月{on.day}日"


def month(on: date, language: Language, *, year: bool) -> str:
    """A month: 4月, Apr; with its year where a reader needs it."""
    if language == "en":
        name = _MONTHS_EN[on.month - 1]
        return f"{name} {on.year}" if year else name
    return f"{on.year}年{on.month}月" if year else f"{on.month}月"


def left(working_days: int, language: Language, *, over: bool) -> str:
    """How many working days remain until a due date, or have gone by since."""
    if over and working_days == 0:
        # A term that ended on the last rest day is over although no working day went by.
        return "已超期" if language == "zh" else "overdue"
    if over:
        return _days(abs(working_days), language, "超期 {} 个工作日", "{} late")
    if working_days == 0:
        return "今日到期" if language == "zh" else "due today"
    return _days(working_days, language, "剩余 {} 个工作日", "{} left")


def stopped(until: date, language: Language) -> str:
    """Until when a clock stands, as planned."""
    on = short_day(until, language)
    return f"停表至 {on}" if language == "zh" else f"stopped to {on}"


def working_days(count: int, language: Language) -> str:
    """A number of working days."""
    return _days(count, language, "{} 个工作日", "{}")


def _days(count: int, language: Language, zh: str, en: str) -> str:
    if language == "zh":
        return zh.format(count)
    return en.format(f"{count} working day{'' if count == 1 else 's'}")
