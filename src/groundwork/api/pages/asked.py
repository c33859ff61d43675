"""What an address asks for: filters that may be left empty, as forms send them."""

from copy import copy
from datetime import date
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from groundwork.api.errors import FieldError, Problem
from groundwork.api.pages.frame import Page
from groundwork.domain.definition import Text

LONGEST = 200

_Choice = TypeVar("_Choice", bound=StrEnum)


class Asked:
    """The parameters of a page's address that are not empty."""

    def __init__(self, page: Page) -> None:
        items = page.request.query_params.multi_items()
        self._given = {name: value.strip()[:LONGEST] for name, value in items if value.strip()}
        self._given.pop("lang", None)

    def text(self, name: str) -> str | None:
        """A text; PostgreSQL knows no U+0000, and nobody types one."""
        return self._given.get(name, "").replace("\0", "") or None

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self._given.get(name, "") in {"1", "true", "on"}

    def choice(self, name: str, kind: type[_Choice]) -> _Choice | None:
        """One of the values of an enumeration; None for any other word."""
        return next((one for one in kind if one.value == self._given.get(name)), None)

    def day(self, name: str) -> date | None:
        """A day. Raises Problem (invalid_request)."""
        value = self._given.get(name)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            detail = Text(zh="应为日期，如 2026-04-16", en="must be a date such as 2026-04-16")
            field = FieldError("query", name, "date_parsing", detail)
            first = Text(zh=f"{name}：{detail.zh}", en=f"{name} {detail.en}")
            raise Problem("invalid_request", fields=[field], count=1, first=first) from None

    def address(self, path: str, **changes: str) -> str:
        """Another address that asks for the same, such as the workbook of a list."""
        items = {name: one for name, one in self._given.items() if name != "cursor"} | changes
        return f"{path}?{urlencode(items)}" if items else path

    def without(self, *names: str) -> "Asked":
        """The same without some parameters, whatever their values."""
        fewer = copy(self)
        fewer._given = {name: one for name, one in self._given.items() if name not in names}
        return fewer

    def __getitem__(self, name: str) -> str:
        """What was asked for, to fill a filter's field with."""
        return self._given.get(name, "")

    def __bool__(self) -> bool:
        return any(name != "cursor" for name in self._given)
