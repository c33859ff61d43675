"""Calendar feeds: private links to due dates, and the dates themselves.

A link holds 256 random bits, of which only the SHA-256 is kept. Whoever has it reads due dates and
names of steps and projects, and nothing else; it can be revoked.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.model import Role
from groundwork.store.engine import autocommit, transaction
from groundwork.store.notice_tables import FeedRow
from groundwork.store.paging import Row
from groundwork.store.tables import (
    ChainRow,
    CommitmentRow,
    DeficiencyRow,
    EventRow,
    PersonRow,
    ProjectRow,
    StepRow,
    table,
)

_FEED = table(FeedRow)
_PERSON = table(PersonRow)
_CHAIN = table(ChainRow)
_PROJECT = table(ProjectRow)
_EVENT = table(EventRow)
_SHOWN: Final = [column for column in _FEED.c if column.name != "hash"]

MOST_EVENTS: Final = 1000


class Feed(NamedTuple):
    """Whose dates a link shows, and in which language."""

    id: str
    person_id: str
    role: Role
    department: str | None
    language: str


class DueDate(NamedTuple):
    """A day on which something falls due."""

    kind: str
    chain_id: str
    part: str
    step: str
    on: date
    provisional: bool
    project_code: str
    project_name: str
    definition_hash: str


class Feeds:
    """Creates, lists, finds and revokes links, and reads what they show."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(
        self, person_id: str, label: str, language: str, department: str | None
    ) -> tuple[Row, str]:
        """A new link; its token is told this once."""
        token = token_urlsafe(32)
        values = {
            "id": f"f-{token_hex(6)}",
            "person_id": person_id,
            "department": department,
            "language": language,
            "label": label,
            "hash": _digest(token),
            "created_at": datetime.now(UTC),
        }
        async with transaction(self._engine) as connection:
            added = await connection.execute(_FEED.insert().values(values).returning(*_SHOWN))
            return dict(added.mappings().one()), token

    async def of(self, person_id: str) -> list[Row]:
        """A person's links, oldest first."""
        query = select(*_SHOWN).where(_FEED.c.person_id == person_id)
        async with autocommit(self._engine) as connection:
            rows = await connection.execute(query.order_by(_FEED.c.created_at, _FEED.c.id))
            return [dict(row) for row in rows.mappings()]

    async def revoke(self, person_id: str, feed_id: str) -> bool:
        """Refuse a link from now on; whether the person has it."""
        mine = (_FEED.c.id == feed_id) & (_FEED.c.person_id == person_id)
        async with transaction(self._engine) as connection:
            known = (await connection.execute(select(_FEED.c.id).where(mine))).one_or_none()
            now = datetime.now(UTC)
            refused = update(_FEED).where(mine, _FEED.c.revoked_at.is_(None))
            await connection.execute(refused.values(revoked_at=now))
        return known is not None

    async def find(self, token: str) -> Feed | None:
        """The feed behind a token; None for an unknown or revoked one, or a former person's."""
        query = (
            select(_FEED.c.id, _FEED.c.person_id, _PERSON.c.role)
            .add_columns(_FEED.c.department, _FEED.c.language)
            .join(_PERSON, _PERSON.c.id == _FEED.c.person_id)
            .where(_FEED.c.hash == _digest(token), _FEED.c.revoked_at.is_(None), _PERSON.c.active)
        )
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        return Feed(*row)._replace(role=Role(row.role)) if row else None

    async def dates(self, feed: Feed) -> Sequence[DueDate]:
        """What falls due: in the feed's department, else on the chains the person looks after."""
        async with autocommit(self._engine) as connection:
            found = [
                DueDate(kind, *row)
                for kind, query in _QUERIES.items()
                for row in await connection.execute(
                    query.where(_whose(feed, kind)).limit(MOST_EVENTS)
                )
            ]
        return sorted(found, key=lambda one: (one.on, one.chain_id, one.kind, one.part))


def _query(row: type[Any], part: str, on: str, provisional: str, *conditions: Any) -> Select[Any]:
    of = table(row)
    step = of.c.key if row is StepRow else of.c.step
    return (
        select(_CHAIN.c.id, of.c[part], step, of.c[on], of.c[provisional])
        .add_columns(_PROJECT.c.code, _PROJECT.c.name, _CHAIN.c.definition_hash)
        .join(_CHAIN, _CHAIN.c.id == of.c.chain_id)
        .join(_PROJECT, _PROJECT.c.code == _CHAIN.c.project_code)
        .where(of.c[on] < date.max, *conditions)
        .order_by(of.c[on])
    )


_OF: Final[dict[str, type[Any]]] = {
    "step": StepRow,
    "deficiency": DeficiencyRow,
    "commitment": CommitmentRow,
}
_QUERIES: Final = {
    "step": _query(StepRow, "key", "act_by", "due_provisional", table(StepRow).c.open),
    "deficiency": _query(
        DeficiencyRow, "id", "cure_by", "provisional", table(DeficiencyRow).c.closed_at.is_(None)
    ),
    "commitment": _query(
        CommitmentRow, "id", "due_on", "provisional", table(CommitmentRow).c.closed_at.is_(None)
    ),
}


def _whose(feed: Feed, kind: str) -> Any:
    if feed.department is not None:
        return table(_OF[kind]).c.department == feed.department
    if feed.role is Role.PROJECT_MANAGER:
        # The chains of their own enterprise: those on which they have acted.
        acted = select(_EVENT.c.chain_id).where(_EVENT.c.actor_id == feed.person_id)
        return _CHAIN.c.id.in_(acted)
    return _CHAIN.c.housekeeper == feed.person_id


def _digest(token: str) -> str:
    return sha256(token.encode(errors="surrogatepass")).hexdigest()
