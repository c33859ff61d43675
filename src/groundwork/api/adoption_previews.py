"""Previews of adoptions: begun when first asked for, and asked after until they are ready."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import structlog

from groundwork.domain.definition import ChainDefinition
from groundwork.domain.events import Term
from groundwork.domain.impact import ChainImpact, UpgradeImpact
from groundwork.domain.model import DefinitionRef
from groundwork.domain.rollout import named_version
from groundwork.runtime.impacts import Books, Found, Question, reckon_all
from groundwork.store.calendars import Calendars
from groundwork.store.definitions import Definitions
from groundwork.store.rollouts import VersionRollouts

PARTICULARS: Final = 200
BATCH: Final = 250
GOOD_FOR: Final = timedelta(minutes=5)
"""How old a preview may be before the chains are looked at again."""

log = structlog.stdlib.get_logger(__name__)


class Preview:
    """One reckoning, under way or done."""

    def __init__(self, version: str, as_of: datetime) -> None:
        self.version = version
        self.as_of = as_of
        self.expected = 0
        self.found = Found()
        self.state: Literal["reckoning", "ready"] = "reckoning"

    def shown(self) -> dict[str, Any]:
        """What is known so far, for an answer."""
        impact = self.found.impact
        return {
            "version": self.version,
            "state": self.state,
            "as_of": self.as_of,
            "looked_at": impact.looked_at,
            "expected": self.expected,
            "total": impact.total.model_dump(),
            "departments": {name: one.model_dump() for name, one in impact.departments.items()},
            "chains": [told_apart(one) for one in self.found.chains],
            "missing": self.found.missing[:PARTICULARS],
        }


class Previews:
    """Keeps one preview of each version; a process of many has its own."""

    def __init__(
        self, calendars: Calendars, rollouts: VersionRollouts, definitions: Definitions
    ) -> None:
        self._calendars = calendars
        self._rollouts = rollouts
        self._definitions = definitions
        self._known: dict[str, tuple[Preview, asyncio.Task[None]]] = {}

    async def look(
        self, version: str, catalogue: dict[str, ChainDefinition], *, afresh: bool, patience: float
    ) -> Preview:
        """The preview of a version that the store has, after so many seconds at most.

        Raises what the reckoning raised, StoreError for instance.
        """
        known = self._known.get(version)
        if known is None or self._is_stale(*known, afresh=afresh):
            preview = Preview(version, datetime.now(UTC))
            task = asyncio.create_task(self._reckon(preview, catalogue))
            known = self._known[version] = (preview, task)
        preview, task = known
        done, _ = await asyncio.wait({task}, timeout=patience)
        if done and (error := task.exception()) is not None:
            if self._known.get(version) is known:  # else somebody else who waited was faster
                del self._known[version]
            raise error
        return preview

    def _is_stale(self, preview: Preview, task: asyncio.Task[None], *, afresh: bool) -> bool:
        return task.done() and (afresh or datetime.now(UTC) - preview.as_of > GOOD_FOR)

    async def _reckon(self, preview: Preview, catalogue: dict[str, ChainDefinition]) -> None:
        calendars = await self._calendars.all()
        definitions = catalogue | await self._definitions.all()
        preview.expected = await self._rollouts.count_outstanding(preview.version)
        question = self._question(preview, definitions)
        snapshots = self._rollouts.snapshots(preview.version, BATCH)
        books = Books(definitions, calendars)
        async for found in reckon_all(books, question, snapshots, preview.expected):
            preview.found = found
        preview.state = "ready"
        log.info("preview ready", version=preview.version, chains=preview.expected)

    def _question(self, preview: Preview, _definitions: Mapping[str, ChainDefinition]) -> Question:
        return Question(preview.version, preview.as_of, PARTICULARS)

    async def close(self) -> None:
        """Stop what is under way."""
        tasks = [task for _, task in self._known.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class UpgradePreviews(Previews):
    """Keeps one preview of each version of a definition: `land-to-construction@1.2.0`."""

    def _question(self, preview: Preview, definitions: Mapping[str, ChainDefinition]) -> Question:
        kind, number = named_version(preview.version)
        found = next(
            DefinitionRef(id=kind, version=number, hash=content_hash)
            for content_hash, one in definitions.items()
            if (one.id, one.version) == (kind, number)
        )
        return Question(preview.version, preview.as_of, PARTICULARS, found)


def told_apart(one: ChainImpact) -> dict[str, Any]:
    """What would happen to one chain, for an answer."""
    return _steps(one) | {
        "chain": one.chain,
        "moved": [_moved(term) for term in one.moved],
        "late": one.late,
        "relieved": one.relieved,
        "appearing": [rising.model_dump() for rising in one.appearing],
        "vanishing": [rising.model_dump() for rising in one.vanishing],
    }


def _steps(one: ChainImpact) -> dict[str, Any]:
    if isinstance(one, UpgradeImpact):
        return {"added": one.added, "removed": one.removed, "limits": one.limits}
    return {}


def _moved(term: Term) -> dict[str, Any]:
    return {
        "kind": term.kind,
        "key": term.key,
        "step": term.step,
        "department": term.department,
        "before": term.before,
        "after": term.after,
        "days": (term.after - term.before).days,
        "provisional": term.provisional,
    }
