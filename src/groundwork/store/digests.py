"""Digests: what was held for a channel, and what is due soon, in one message.

A digest is a notice of its own, named by its day and channel, so composing it again changes
nothing. What it bundles points to its delivery and is settled with it.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.addressing import DEPARTMENTAL
from groundwork.domain.calendar import Calendar, local_date
from groundwork.domain.definition import Text
from groundwork.domain.model import Role
from groundwork.domain.notices import (
    DigestRule,
    Notice,
    NoticeBook,
    day,
    fill,
    left,
    step_name,
)
from groundwork.domain.post import DeliveryStatus, Rhythm, TargetState, delivery_id, notice_id
from groundwork.store.definitions import FindDefinition
from groundwork.store.engine import autocommit, transaction
from groundwork.store.post import (
    CHANNEL,
    DELIVERY,
    NOTICE,
    Origin,
    delivery_values,
    enter_without_deliveries,
)
from groundwork.store.tables import ChainRow, PersonRow, ProjectRow, StepRow, table

_PERSON = table(PersonRow)
_STEP = table(StepRow)
_CHAIN = table(ChainRow)
_PROJECT = table(ProjectRow)

MOST_LISTED = 50


def due_day(calendar: Calendar, rhythm: Rhythm, today: date) -> bool:
    """Whether a digest of that rhythm goes out today: on working days, weekly on the week's first.

    A week in which nobody works has no digest; what was held comes with the next one.
    """
    if not calendar.is_working_day(today):
        return False
    if rhythm is Rhythm.DAILY:
        return True
    monday = today - timedelta(days=today.weekday())
    earlier = (monday + timedelta(days=n) for n in range(today.weekday()))
    return rhythm is Rhythm.WEEKLY and not any(calendar.is_working_day(one) for one in earlier)


class Digests:
    """Composes digests; the postman delivers them like any notice."""

    def __init__(self, engine: AsyncEngine, book: NoticeBook, find: FindDefinition) -> None:
        self._engine = engine
        self._book = book
        self._find = find

    async def compose(self, rhythm: Rhythm, calendar: Calendar, at: datetime) -> int:
        """Compose the digests of the day of `at`; how many channels got one."""
        today = local_date(at)
        if not due_day(calendar, rhythm, today):
            return 0
        query = (
            select(CHANNEL.c.id)
            .join(_PERSON, _PERSON.c.id == CHANNEL.c.person_id)
            .where(
                _PERSON.c.active,
                CHANNEL.c.rhythm == rhythm.value,
                CHANNEL.c.state == TargetState.ACTIVE.value,
            )
        )
        async with autocommit(self._engine) as connection:
            channels = (await connection.execute(query)).scalars().all()
        done = [await self._compose(channel, rhythm, calendar, today) for channel in channels]
        return sum(done)

    async def _compose(
        self, channel_id: str, rhythm: Rhythm, calendar: Calendar, today: date
    ) -> bool:
        rule = self._book.digests[rhythm.value]
        async with transaction(self._engine) as connection:
            query = select(CHANNEL).where(CHANNEL.c.id == channel_id).with_for_update()
            channel = (await connection.execute(query)).one()
            source = f"digest:{rhythm.value}:{today}:{channel_id}"
            entered = notice_id(source, f"digest_{rhythm.value}", channel.person_id)
            if await _exists(connection, entered):
                return False
            held = await _held(connection, channel_id)
            until = calendar.add_working_days(today, rule.due_within)
            soon = await _due_soon(connection, channel.person_id, until)
            if not held and not soon:
                return False
            body = self._body(rule, held, soon, calendar, today)
            gaps = {"count": _same(str(len(held))), "due": day(today)}
            notice = Notice(
                rule=f"digest_{rhythm.value}",
                to=(),
                urgent=False,
                title=fill(rule.title, gaps),
                body=body,
            )
            now = datetime.now(UTC)
            await enter_without_deliveries(
                connection, self._book, notice, [channel.person_id], Origin(source, now, "digest")
            )
            await connection.execute(
                DELIVERY.insert().values(delivery_values(entered, channel, now, urgent=True))
            )
            bundled = update(DELIVERY).where(DELIVERY.c.id.in_([one.id for one in held]))
            await connection.execute(bundled.values(digest_id=delivery_id(entered, channel_id)))
        return True

    def _body(
        self,
        rule: DigestRule,
        held: Sequence[Any],
        soon: Sequence[Any],
        calendar: Calendar,
        today: date,
    ) -> Text:
        lines: list[Text] = []
        if held:
            lines.append(_headed(rule.news))
            lines += [_item(Text.model_validate(one.title)) for one in held]
        if soon:
            lines.append(_headed(rule.due))
            lines += [self._due(one, calendar, today) for one in soon]
        return Text(zh="\n".join(one.zh for one in lines), en="\n".join(one.en for one in lines))

    def _due(self, step: Any, calendar: Calendar, today: date) -> Text:
        on, remaining = day(step.act_by), left(calendar, today, step.act_by)
        name = self._name(step)
        return Text(
            zh=f"· {on.zh}，{remaining.zh}：{step.project_name} {name.zh}",
            en=f"· {on.en}, {remaining.en}: {step.project_name}, {name.en}",
        )

    def _name(self, step: Any) -> Text:
        try:
            return step_name(self._find(step.definition_hash), step.key)
        except LookupError:  # not at hand here; the key says enough
            return _same(step.key)


async def _exists(connection: AsyncConnection, notice: str) -> bool:
    known = await connection.execute(select(NOTICE.c.id).where(NOTICE.c.id == notice))
    return known.one_or_none() is not None


async def _held(connection: AsyncConnection, channel_id: str) -> Sequence[Any]:
    query = (
        select(DELIVERY.c.id, NOTICE.c.title)
        .join(NOTICE, NOTICE.c.id == DELIVERY.c.notice_id)
        .where(
            DELIVERY.c.channel_id == channel_id,
            DELIVERY.c.status == DeliveryStatus.HELD.value,
            DELIVERY.c.not_before.is_(None),
            DELIVERY.c.digest_id.is_(None),
        )
        .order_by(NOTICE.c.at, NOTICE.c.id)
    )
    return (await connection.execute(query)).all()


async def _due_soon(connection: AsyncConnection, person_id: str, until: date) -> Sequence[Any]:
    """Open steps with a day to act by: of a desk's department, or of a housekeeper's chains."""
    query = select(_PERSON.c.role, _PERSON.c.department).where(_PERSON.c.id == person_id)
    person = (await connection.execute(query)).one()
    role = Role(person.role)
    if role in DEPARTMENTAL:
        whose = _STEP.c.department == person.department
    elif role is Role.HOUSEKEEPER:
        whose = _CHAIN.c.housekeeper == person_id
    else:
        return ()
    steps = (
        select(
            _STEP.c.key,
            _STEP.c.act_by,
            _CHAIN.c.definition_hash,
            _PROJECT.c.name.label("project_name"),
        )
        .join(_CHAIN, _CHAIN.c.id == _STEP.c.chain_id)
        .join(_PROJECT, _PROJECT.c.code == _CHAIN.c.project_code)
        .where(_STEP.c.open, whose, _STEP.c.act_by <= until)
        .order_by(_STEP.c.act_by, _STEP.c.chain_id, _STEP.c.key)
        .limit(MOST_LISTED)
    )
    return (await connection.execute(steps)).all()


def _headed(text: Text) -> Text:
    return Text(zh=f"【{text.zh}】", en=f"{text.en}:")


def _item(text: Text) -> Text:
    return Text(zh=f"· {text.zh}", en=f"· {text.en}")


def _same(text: str) -> Text:
    return Text(zh=text, en=text)
