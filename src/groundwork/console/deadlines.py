"""How far away a day is, in working days of the chain's own calendar."""

from datetime import UTC, date, datetime

from groundwork.catalogue.calendars import load_calendar, newest_calendar_version
from groundwork.console import words
from groundwork.console.screen import Screen
from groundwork.domain.calendar import Calendar, local_date


class Deadlines:
    """Tells days as dates and as working days from today, by the release's newest calendar."""

    def __init__(self, screen: Screen, calendar: Calendar | None = None) -> None:
        self._calendar = calendar or load_calendar(newest_calendar_version())
        self._screen = screen
        self.today = local_date(datetime.now(UTC))

    def day(self, on: str | None, *, provisional: bool = False) -> str:
        """A date with its weekday, or a dash."""
        if on is None:
            return "—"
        mark = self._screen.say("（暂定）", " (provisional)") if provisional else ""
        return words.day(date.fromisoformat(on), self._screen.language, today=self.today) + mark

    def left(self, on: str | None) -> str:
        """The working days that are left until the end of a day, or that are over since."""
        if on is None:
            return "—"
        count = self._calendar.count_working_days(self.today, date.fromisoformat(on))
        if count < 0:
            over = words.amount(-count, "working_days", self._screen.language)
            return self._screen.say(f"超期 {over}", f"{over} over")
        if date.fromisoformat(on) == self.today:
            return self._screen.say("今日到期", "today")
        left = words.amount(count, "working_days", self._screen.language)
        return self._screen.say(f"剩 {left}", f"{left} left")

    def local_day(self, at: str | None) -> str | None:
        """The legal date of a moment."""
        return local_date(datetime.fromisoformat(at)).isoformat() if at else None

    def moment(self, at: str) -> str:
        """A moment in Shanghai's time."""
        return words.moment(datetime.fromisoformat(at), self._screen.language, today=self.today)
