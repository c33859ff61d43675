"""Whether a case is within the reader's reach: the one check of whatever is named by its id.

What is out of reach is answered as what does not exist, with the same problem, and written down.
Keys that projects hold are remembered, for they are only ever added: what was within reach is
found there without a query, while the database is away too.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final

from groundwork.api.errors import Problem
from groundwork.domain.grants import Grant, GrantKind
from groundwork.domain.identifiers import check_project_code
from groundwork.domain.model import Actor
from groundwork.domain.policy import OWN_DEPARTMENT, RIGHTS
from groundwork.domain.reach import Reach, project_of
from groundwork.store.errors import StoreUnavailable
from groundwork.store.reach import ProjectKeys

MOST_KEPT: Final = 20_000
LOOK_SECONDS: Final = 1.0
"""How long an absent or locked database may hold a command that the core judges by its step."""

CHAIN: Final = "chain_id"
PROJECT: Final = "code"
"""What addresses call a chain and a project, everywhere."""


class OutOfReach(Problem):
    """Nothing of that name is within reach, whether or not it exists."""


class Sight:
    """Tells what is within a reach."""

    def __init__(self, keys: ProjectKeys) -> None:
        self._keys = keys
        self._known: OrderedDict[str, frozenset[str]] = OrderedDict()

    async def among(self, reach: Reach, codes: Iterable[str]) -> set[str]:
        """Those of the projects that are within reach. Raises StoreUnavailable."""
        wanted = set(codes)
        if reach.everything or not reach.keys:
            return wanted if reach.everything else set()
        found = {code for code in wanted if reach.opens(self._known.get(code, ()))}
        if unknown := wanted - found:
            looked_up = await self._keys.of(unknown)
            found |= {code for code, keys in looked_up.items() if reach.opens(keys)}
            self._remember(looked_up)
        return found

    async def require_command(self, reach: Reach, actor: Actor, chain_id: str, verb: str) -> None:
        """The same as `require_chain` for a command, which an absent database does not hold up.

        The core lets a desk act on the steps that it leads, and all of these are within its reach.
        What takes a right concerns no case, and who may do it was seen already.
        """
        if verb in RIGHTS:
            return None
        if actor.department is None or verb not in OWN_DEPARTMENT:
            return await self.require_chain(reach, chain_id)
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self.require_chain(reach, chain_id)
        except (StoreUnavailable, TimeoutError):
            return None
        return None

    async def require_chain(self, reach: Reach, chain_id: str) -> None:
        """Raise OutOfReach unless the chain's project is within reach, or StoreUnavailable."""
        if not await self._sees(reach, project_of(chain_id)):
            raise OutOfReach("chain_not_found", chain=chain_id)

    async def require_project(self, reach: Reach, code: str) -> None:
        """Raise OutOfReach unless the project is within reach, however its code is written."""
        if not await self._sees(reach, check_project_code(code).value):
            raise OutOfReach("project_not_found", project=code)

    async def require_subject(self, reach: Reach, uscc: str) -> None:
        """Raise OutOfReach unless the reader has to do with the enterprise of that credit code:
        it was given to them, or a project of it is within their reach.
        """
        if reach.holds(GrantKind.ENTERPRISE, uscc):
            return
        if not await self._keys.one_within(Grant(kind=GrantKind.ENTERPRISE, value=uscc).key):
            raise OutOfReach("credit_subject_not_found")

    async def _sees(self, reach: Reach, code: str) -> bool:
        if reach.everything or reach.opens(self._known.get(code, ())):
            return True
        if "\0" in code:  # PostgreSQL has no such character, and no project has it
            return False
        return bool(await self.among(reach, [code]))

    def _remember(self, found: Mapping[str, frozenset[str]]) -> None:
        for code, keys in found.items():
            if keys:
                self._known[code] = keys
                self._known.move_to_end(code)
        while len(self._known) > MOST_KEPT:
            self._known.popitem(last=False)
