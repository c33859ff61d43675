"""What saved views and last visits look like, for OpenAPI and for tests."""

from datetime import datetime

from groundwork.api.shapes import Shape
from groundwork.api.view_queries import ListKind


class SavedViewShape(Shape):
    """A saved view: `query` goes behind the question mark of its list's address."""

    id: str
    list: ListKind
    name: str
    query: str
    position: int
    created_at: datetime


class SeenShape(Shape):
    """What the caller has seen of a chain: up to event `seen`, null if they never looked.

    `seq` is its last event and `changes` how many came since.
    """

    chain: str
    seen: int | None
    seq: int
    changes: int | None
