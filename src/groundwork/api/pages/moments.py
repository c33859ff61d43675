"""Days, times and working days as people read them: always with the weekday, in Shanghai's time."""

from datetime import date, datetime, timedelta
from typing import Final

from groundwork.api.languages import Language
from groundwork.domain.calendar import SHANGHAI, Calendar, local_date

_WEEKDAYS_ZH: Final = "一二三四五六日"
_NEAR: Final = {
    -1: ("昨天", "yesterday"),
    0: ("今天", "today"),
    1: ("明天", "tomorrow"),
}


class Moments:
    """Tells days and times in one language, seen from one moment, by one calendar."""

    def __init__(self, language: Language, now: datetime, calendar: Calendar) -> None:
        self.language = language
        self.now = now
        self.today = local_date(now)
        self._calendar = calendar

    def day(self, when: date | datetime | str | None) -> str:
        """`4月16日（周四）` or `Thu 16 Apr`; with the year if it is another one; `—` for none."""
        if when is None or when == "":
            return "—"
        on = _date(when)
        other_year = on.year != self.today.year
        if self.language == "en":
            # strftime's names follow the machine's locale; these must not.
            name, month = _DAYS_EN[on.weekday()], _MONTHS_EN[on.month - 1]
            return f"{name} {on.day} {month}" + (f" {on.year}" if other_year else "")
        year = f"{on.year}年" if other_year else ""
        return f"{year}{on.month}月{on.day}日（周{_WEEKDAYS_ZH[on.weekday()]}）"

    def time(self, when: datetime | str | None) -> str:
        """`4月16日（周四）14:05`."""
        if when is None or when == "":
            return "—"
        moment = _moment(when).astimezone(SHANGHAI)
        space = " " if self.language == "en" else ""
        return f"{self.day(moment.date())}{space}{moment:%H:%M}"

    def until(self, when: datetime | str | None) -> str:
        """When something that ends at a moment is over: midnight is the end of the day before."""
        if when is None or when == "":
            return "—"
        moment = _moment(when).astimezone(SHANGHAI)
        if (moment.hour, moment.minute) != (0, 0):
            return self.time(moment)
        day = self.day(moment.date() - timedelta(days=1))
        return self._said(f"{day}24:00", f"end of {day}")

    def clock(self, when: datetime | str) -> str:
        """`14:05:30`, for what happens in a moment."""
        return f"{_moment(when).astimezone(SHANGHAI):%H:%M:%S}"

    def iso(self, when: date | datetime | str) -> str:
        """For `<time datetime>`."""
        if isinstance(when, str):
            return when
        if isinstance(when, datetime):
            return when.astimezone(SHANGHAI).isoformat(timespec="seconds")
        return when.isoformat()

    def working_days_to(self, when: date | datetime | str) -> int:
        """Working days from today to that day; negative once it is past."""
        on = _date(when)
        if on >= self.today:
            return self._calendar.count_working_days(self.today, on)
        return -self._calendar.count_working_days(on, self.today)

    def left(self, when: date | datetime | str | None) -> str:
        """`剩 3 个工作日`, `今天到期`, `超期 2 个工作日`; empty for none."""
        if when is None or when == "":
            return ""
        on = _date(when)
        if on == self.today:
            return "今天到期" if self.language == "zh" else "due today"
        count = self.working_days_to(on)
        if on < self.today:
            # A term that ended on the last rest day is over although no working day went by.
            return self._late(-count)
        if count == 0:
            return (
                "下个工作日前到期" if self.language == "zh" else "due before the next working day"
            )
        if self.language == "zh":
            return f"剩 {count} 个工作日"
        return f"{count} working day{'s' if count > 1 else ''} left"

    def _late(self, count: int) -> str:
        if count == 0:
            return "已超期" if self.language == "zh" else "overdue"
        if self.language == "zh":
            return f"超期 {count} 个工作日"
        return f"{count} working day{'s' if count > 1 else ''} overdue"

    def ago(self, when: date | datetime | str | None) -> str:
        """`刚刚`, `5 分钟前`, `3 小时前`, `昨天`, `12 天前`; likewise the days that are to come."""
        if when is None or when == "":
            return "—"
        days = (_date(when) - self.today).days
        if days == 0 and (isinstance(when, datetime) or (isinstance(when, str) and "T" in when)):
            return self._lately(self.now - _moment(when))
        if days in _NEAR:
            return self._said(*_NEAR[days])
        if days < 0:
            return self._said(f"{-days} 天前", f"{-days} days ago")
        return self._said(f"{days} 天后", f"in {days} days")

    def _lately(self, gone: timedelta) -> str:
        minutes = int(gone.total_seconds() // 60)
        if gone < timedelta(0):
            return self._said(*_NEAR[0])
        if minutes < 1:
            return self._said("刚刚", "just now")
        if minutes < _HOUR:
            return self._said(f"{minutes} 分钟前", f"{minutes} min ago")
        return self._said(f"{minutes // _HOUR} 小时前", f"{minutes // _HOUR} h ago")

    def _said(self, zh: str, en: str) -> str:
        return en if self.language == "en" else zh


_HOUR: Final = 60
_DAYS_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def _moment(when: datetime | str) -> datetime:
    return datetime.fromisoformat(when) if isinstance(when, str) else when


def _date(when: date | datetime | str) -> date:
    if isinstance(when, str):
        when = datetime.fromisoformat(when) if "T" in when else date.fromisoformat(when)
    return local_date(when) if isinstance(when, datetime) else when
