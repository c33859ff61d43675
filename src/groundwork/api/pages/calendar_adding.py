"""Adding a version of the calendar: days changed, a file or text imported, offices closed.

First the page says what would differ, then the same form keeps it, for ever.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Response
from pydantic import ValidationError

from groundwork.api.calendar_shapes import (
    ClosureAddition,
    EditAddition,
    IcsAddition,
    JsonAddition,
    PackageAddition,
)
from groundwork.api.calendars import add_calendar
from groundwork.api.errors import Problem
from groundwork.api.marks import MARK_FIELD
from groundwork.api.pages.acting import back_to
from groundwork.api.pages.attempts import Attempt, attempt
from groundwork.api.pages.calendar_year import KINDS
from groundwork.api.pages.calendars import departments
from groundwork.api.pages.forms import NONCE_FIELD, invalid
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.domain.definition import Text

router = APIRouter(include_in_schema=False, prefix="/calendars")

Manager = Annotated[Page, Depends(Opened("manage_calendars"))]

WAYS: Final = {
    "edit": Text(zh="逐日修改", en="Change days"),
    "closures": Text(zh="停办", en="Closures"),
    "icalendar": Text(zh="导入 .ics", en="Import .ics"),
    "json": Text(zh="导入 JSON", en="Import JSON"),
    "chinesecalendar": Text(zh="软件包", en="Package"),
}
"""The ways to add a version."""

ROWS: Final = 10
"""How many days or closures one form takes; a second version takes more."""
NOTICES: Final = 2
MOST_BYTES: Final = 500_000

_KINDS: Final[Mapping[str, Any]] = {
    "edit": EditAddition,
    "closures": ClosureAddition,
    "icalendar": IcsAddition,
    "json": JsonAddition,
    "chinesecalendar": PackageAddition,
}


@router.get("/new")
async def get_new(page: Manager) -> Response:
    """The form for one way of adding."""
    way = page.request.query_params.get("kind", "edit")
    return await _page(page, way if way in WAYS else "edit")


@router.post("/new")
async def add(page: Manager) -> Response:
    """Say what would be added or, once that was seen, add it."""
    way = page.form.get("kind")
    if way not in WAYS:
        raise Problem("not_found")
    await _take_file(page)
    # Only what was seen is saved: whoever changed something since is shown it first.
    save = page.form.get("do") == "save" and page.form.get("seen") == _mark(page)
    done = await attempt(_add(page, way, preview=not save))
    if done.ok and save:
        return back_to(page, f"/calendars/{done.content['version']}/impact", "said:created")
    return await _page(page, way, done)


def _mark(page: Page) -> str:
    """What the form asks for, whatever was pressed and however often it was shown."""
    besides = {MARK_FIELD, NONCE_FIELD, "do", "seen"}
    values = sorted((n, v) for n, v in page.form.values.items() if n not in besides)
    return sha256(repr(values).encode()).hexdigest()[:32]


async def _add(page: Page, way: str, *, preview: bool) -> Response:
    asked = _asked(page, way) | {"kind": way, "preview": preview}
    try:
        body = _KINDS[way].model_validate(asked)
    except ValidationError as error:
        raise invalid(error) from None
    return await add_calendar(page.visit, page.form.key, body)


async def _take_file(page: Page) -> None:
    """A file's text takes the place of the text field, so that it is there to be sent again."""
    for file in page.form.files.get("file", []):
        content = await file.read(MOST_BYTES)
        page.form.values["content"] = [content.decode("utf-8-sig", errors="replace")]


def _asked(page: Page, way: str) -> dict[str, Any]:
    form = page.form
    asked: dict[str, Any] = {
        name: form.get(name) for name in ("version", "base", "source", "note") if form.get(name)
    }
    match way:
        case "edit":
            return asked | {"edits": list(_edits(page)), "notices": _notices(page)}
        case "closures":
            return asked | {"closures": list(_closures(page))}
        case "icalendar":
            return asked | {"content": form.get("content"), "notices": _notices(page)}
        case "json":
            return asked | {"content": _json(form.get("content"))}
    return asked


def rows(page: Page, *names: str, count: int = ROWS) -> list[dict[str, str]]:
    """The lines of a form's table as they were typed; empty ones to fill it up."""
    columns = {name: page.form.values.get(name, []) for name in names}
    return [
        {name: column[n] if n < len(column) else "" for name, column in columns.items()}
        for n in range(count)
    ]


def _edits(page: Page) -> Iterator[dict[str, Any]]:
    for row in rows(page, "edit_day", "edit_kind", "edit_holiday"):
        if row["edit_day"]:
            yield {
                "day": row["edit_day"],
                "kind": row["edit_kind"],
                "holiday": row["edit_holiday"] or None,
            }


def _closures(page: Page) -> Iterator[dict[str, Any]]:
    names = ("first", "last", "department", "reason", "lifted")
    for row in rows(page, *(f"closure_{name}" for name in names)):
        if row["closure_first"]:
            yield {
                "first": row["closure_first"],
                "last": row["closure_last"] or row["closure_first"],
                "department": row["closure_department"] or None,
                "reason": row["closure_reason"] or "—",
                "lifted": row["closure_lifted"] == "yes",
            }


def _notices(page: Page) -> dict[str, Any]:
    bare = set(page.form.all("no_make_up"))
    return {
        row["notice_year"]: {
            "number": row["notice_number"],
            "no_make_up": str(n) in bare,
        }
        for n, row in enumerate(rows(page, "notice_year", "notice_number", count=NOTICES))
        if row["notice_year"]
    }


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}"
        finding = Text(zh="不是有效的 JSON。", en="this is no valid JSON.")
        raise Problem("calendar_source_invalid", place=place, finding=finding) from None


async def _page(page: Page, way: str, done: Attempt | None = None) -> Response:
    resources = page.resources
    versions = await resources.calendar_versions()
    current = await resources.calendar()
    seen = done.content if done and done.ok else None
    return show(
        page,
        "calendar-new.html",
        200 if done is None or done.ok else 422,
        way=way,
        ways=[
            (page.said(name), f"/calendars/new?kind={key}", key == way, None)
            for key, name in WAYS.items()
        ],
        versions=[(one, one) for one in reversed(versions)],
        asked_base=page.request.query_params.get("base") or current.version,
        suggested=_next(versions),
        departments=departments(page),
        department_names={key: name for key, name in departments(page) if key},
        edits=rows(page, "edit_day", "edit_kind", "edit_holiday"),
        closures=rows(
            page,
            *(f"closure_{name}" for name in ("first", "last", "department", "reason", "lifted")),
        ),
        notices=rows(page, "notice_year", "notice_number", count=NOTICES),
        kinds={kind.value: page.said(name) for kind, name in KINDS.items()},
        seen=seen,
        mark=_mark(page),
        mistakes=page.mistakes(done.problem if done else None),
        form=page.form,
    )


def _next(versions: list[str]) -> str:
    """A name that is not taken: the newest one's, counted on."""
    name, _, number = versions[-1].rpartition(".")
    return f"{name}.{int(number) + 1}" if number.isdigit() else versions[-1]
