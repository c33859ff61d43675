"""Calendar feeds: private links to due dates, and the dates themselves.

A link holds 256 random bits, of which only the SHA-256 is kept. Whoever has it reads due dates and
names of steps and projects, and nothing else; it can be revoked.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Table,
    cast,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.model import CommitmentState, DeficiencyState, Role
from groundwork.store import vault
from groundwork.store.engine import autocommit, transaction
from groundwork.store.notice_tables import FeedRow
from groundwork.store.paging import Row
from groundwork.store.reach import within
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
_STEP = table(StepRow)
_DEFICIENCY = table(DeficiencyRow)
_COMMITMENT = table(CommitmentRow)
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
            row = await vault.sealed(connection, _FEED, values)
            added = await connection.execute(_FEED.insert().values(row).returning(*_SHOWN))
            (shown,) = await vault.opened(connection, _FEED, added.mappings())
            return shown, token

    async def of(self, person_id: str) -> list[Row]:
        """A person's links, oldest first."""
        query = select(*_SHOWN).where(_FEED.c.person_id == person_id)
        async with autocommit(self._engine) as connection:
            rows = await connection.execute(query.order_by(_FEED.c.created_at, _FEED.c.id))
            return await vault.opened(connection, _FEED, rows.mappings())

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
                    query.where(_whose(feed, kind), within(_PROJECT.c.code)).limit(MOST_EVENTS)
                )
            ]
        return sorted(found, key=lambda one: (one.on, one.chain_id, one.kind, one.part))


def _query(row: type[Any], part: str, on: Any, provisional: Any, *conditions: Any) -> Select[Any]:
    of = table(row)
    step = of.c.key if row is StepRow else of.c.step
    return (
        select(_CHAIN.c.id, of.c[part], step, on, provisional)
        .add_columns(_PROJECT.c.code, _PROJECT.c.name, _CHAIN.c.definition_hash)
        .select_from(of)
        .join(_CHAIN, _CHAIN.c.id == of.c.chain_id)
        .join(_PROJECT, _PROJECT.c.code == _CHAIN.c.project_code)
        .where(on < date.max, *conditions)
        .order_by(on)
    )


def _of_snapshot(*path: str) -> ColumnElement[Any]:
    """What the chain's snapshot says of a step, as text."""
    return func.jsonb_extract_path_text(_CHAIN.c.snapshot, "steps", _STEP.c.key, *path)


_PUT_RIGHT_BY: Final = cast(_of_snapshot("site_rectification", "due_on"), Date)
_ASKED_PROVISIONAL: Final = func.coalesce(
    _of_snapshot("consultation", "provisional") == "true", false()
)
_OPEN_DEFICIENCY: Final = _DEFICIENCY.c.state == DeficiencyState.OPEN.value
_FIRM: Final = false()

_QUERIES: Final = {
    "step": _query(StepRow, "key", _STEP.c.act_by, _STEP.c.due_provisional, _STEP.c.open),
    "opinion": _query(
        StepRow, "key", _STEP.c.reply_on, _ASKED_PROVISIONAL, func.cardinality(_STEP.c.awaited) > 0
    ),
    "visit": _query(
        StepRow,
        "key",
        _STEP.c.visit_on,
        _FIRM,
        _STEP.c.open,
        _of_snapshot("consultation", "visited_on").is_(None),
    ),
    "site_rectification": _query(
        StepRow,
        "key",
        _PUT_RIGHT_BY,
        _FIRM,
        _STEP.c.open,
        _of_snapshot("site_rectification", "submitted_at").is_(None),
    ),
    "deficiency": _query(
        DeficiencyRow, "id", _DEFICIENCY.c.cure_by, _DEFICIENCY.c.provisional, _OPEN_DEFICIENCY
    ),
    "commitment": _query(
        CommitmentRow,
        "id",
        _COMMITMENT.c.due_on,
        _COMMITMENT.c.provisional,
        _COMMITMENT.c.state == CommitmentState.IN_FORCE.value,
    ),
    "rectification": _query(
        CommitmentRow,
        "id",
        _COMMITMENT.c.due_on,
        _COMMITMENT.c.provisional,
        _COMMITMENT.c.state == CommitmentState.RECTIFYING.value,
    ),
    "verification": _query(
        CommitmentRow,
        "id",
        _COMMITMENT.c.verify_on,
        _COMMITMENT.c.provisional,
        _COMMITMENT.c.state == CommitmentState.AWAITING_VERIFICATION.value,
    ),
}
"""What falls due, by kind. A day that was kept, or is over for good, is no longer shown."""

_HOLDERS: Final[Mapping[str, Table]] = {
    "deficiency": _DEFICIENCY,
    "commitment": _COMMITMENT,
    "rectification": _COMMITMENT,
    "verification": _COMMITMENT,
}


def _whose(feed: Feed, kind: str) -> Any:
    if feed.department is not None:
        own = _HOLDERS.get(kind, _STEP).c.department == feed.department
        asked = _STEP.c.awaited.contains([feed.department])
        return {"opinion": asked, "visit": or_(own, asked)}.get(kind, own)
    if feed.role is Role.PROJECT_MANAGER:
        # The chains of their own enterprise: those on which they have acted.
        acted = select(_EVENT.c.chain_id).where(_EVENT.c.actor_id == feed.person_id)
        return _CHAIN.c.id.in_(acted)
    return _CHAIN.c.housekeeper == feed.person_id


def _digest(token: str) -> str:
    return sha256(token.encode(errors="surrogatepass")).hexdigest()
