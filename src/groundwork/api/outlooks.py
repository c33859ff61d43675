"""How the chains on a page of a list stand, reckoned once for each state of each chain and day."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime
from typing import Final, NamedTuple

from groundwork.api.errors import Problem
from groundwork.domain.calendar import HorizonError, local_date
from groundwork.domain.model import Chain
from groundwork.domain.outlook import Outlook, outlook
from groundwork.domain.rules import Rules
from groundwork.store.paging import Row
from groundwork.store.project_list import ProjectList

MOST_KEPT: Final = 20_000


class _Kept(NamedTuple):
    seq: int
    day: date
    outlook: Outlook | None


class Outlooks:
    """Reckons outlooks and remembers them until the chain or the day changes."""

    def __init__(self, projects: ProjectList, rules: Callable[[Chain], Awaitable[Rules]]) -> None:
        self._projects = projects
        self._rules = rules
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def of(self, heads: Iterable[Row], at: datetime) -> dict[str, Outlook]:
        """The outlook of each chain, by id; one that cannot be reckoned is left out."""
        today, seqs = local_date(at), {head["id"]: head["seq"] for head in heads}
        told = {one: self._kept[one] for one in seqs if self._fresh(one, seqs[one], today)}
        missing = seqs.keys() - told.keys()
        chains = await self._projects.snapshots(missing) if missing else {}
        for chain_id, chain in chains.items():
            told[chain_id] = await self._reckoned(chain_id, chain, at)
            await asyncio.sleep(0)  # others' requests are not to wait for the whole page
        return {one: kept.outlook for one, kept in told.items() if kept.outlook is not None}

    def _fresh(self, chain_id: str, seq: int, today: date) -> bool:
        kept = self._kept.get(chain_id)
        return kept is not None and kept.day == today and kept.seq >= seq

    async def _reckoned(self, chain_id: str, chain: Chain, at: datetime) -> _Kept:
        reckoned: Outlook | None = None
        # A list shows a chain whose rules this process does not know; only its forecast is missing.
        with contextlib.suppress(HorizonError, LookupError, Problem):
            reckoned = outlook(await self._rules(chain), chain, at)
        kept = self._kept[chain_id] = _Kept(chain.seq, local_date(at), reckoned)
        self._kept.move_to_end(chain_id)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return kept
