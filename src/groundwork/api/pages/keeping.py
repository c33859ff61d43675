"""Saved views of a list: kept under names, shown as tabs, renamed, moved and forgotten."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from pydantic import ValidationError

from groundwork.api.errors import Problem
from groundwork.api.pages.forms import invalid
from groundwork.api.pages.frame import Page
from groundwork.api.saved_views import ViewBody, ViewChange
from groundwork.api.view_queries import QUERIES, ListKind, checked_query
from groundwork.domain.policy import authorise
from groundwork.store.errors import TooManyViews, ViewExists
from groundwork.store.paging import Row
from groundwork.store.saved_views import MOST_VIEWS, SavedViews

KEEP: Final = "keep_views"


@dataclass(frozen=True)
class Kept:
    """The reader's views of one list."""

    kind: ListKind
    path: str
    query: str
    """The query of the page as a view would keep it."""
    rows: list[Row]

    @property
    def current(self) -> Row | None:
        """The view that the page shows, if it is one."""
        return next((row for row in self.rows if row["query"] == self.query), None)

    def address(self, query: str) -> str:
        """Where the list shows that query."""
        return f"{self.path}?{query}" if query else self.path


async def kept_views(page: Page, kind: ListKind, path: str, given: dict[str, str]) -> Kept:
    """The reader's views of a list that shows what `given` asks for."""
    rows = await _store(page).of(page.actor.id, kind)
    known = {name: one for name, one in given.items() if one and name in QUERIES[kind].model_fields}
    return Kept(kind, path, urlencode(sorted(known.items())), rows)


async def change_views(page: Page, kept: Kept) -> str:
    """Do what a form of the list's page asks: `keep`, `rename`, `earlier`, `later` or `forget`.

    Returns the address to go on with. Raises Problem, Rejection.
    """
    page.request.state.action = KEEP
    authorise(page.actor, KEEP)
    form, person, store = page.form, page.actor.id, _store(page)
    verb, view = form.get("verb"), form.get("view")
    here = kept.address(kept.query)
    if verb == "keep":
        query = checked_query(kept.kind, kept.query)
        name = _name(ViewBody, form.get("name"), list=kept.kind, query=query)
        try:
            await store.add(person, kept.kind, name, query)
        except ViewExists:
            raise Problem("view_exists", name=name) from None
        except TooManyViews:
            raise Problem("too_many_views", limit=MOST_VIEWS) from None
    elif verb == "rename":
        name = _name(ViewChange, form.get("name"))
        try:
            row = await store.change(person, view, name=name)
        except ViewExists:
            raise Problem("view_exists", name=name) from None
        if row is None:
            raise Problem("view_not_found", view=view)
    elif verb == "forget":
        await store.remove(person, view)
    elif verb in _MOVES:
        await store.reorder(person, kept.kind, _moved(kept.rows, view, _MOVES[verb]))
    else:
        raise Problem("not_found")
    return here


_MOVES: Final = {"earlier": -1, "later": 1}


def _moved(rows: list[Row], view: str, by: int) -> list[str]:
    """The views' ids with one moved by a place."""
    order = [row["id"] for row in rows]
    if view in order:
        at = order.index(view)
        to = min(max(at + by, 0), len(order) - 1)
        order.insert(to, order.pop(at))
    return order


def _name(kind: type[ViewBody] | type[ViewChange], name: str, **more: str) -> str:
    try:
        read = kind.model_validate({"name": name, **more})
    except ValidationError as error:
        raise invalid(error) from None
    return read.name or ""


def _store(page: Page) -> SavedViews:
    return SavedViews(page.resources.database)
