"""Last visits: the number of the last event of each chain that each person has seen."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.store.engine import autocommit
from groundwork.store.reader_tables import LastSeenRow
from groundwork.store.tables import table

_SEEN = table(LastSeenRow)

_NOTE: Final = text("""
    INSERT INTO last_seen (person_id, chain_id, seq, seen_at)
    SELECT person.id, chain.id, least(given.seq, chain.seq), :seen_at
    FROM unnest(
        CAST(:people AS text[]), CAST(:chains AS text[]), CAST(:seqs AS integer[])
    ) AS given (person_id, chain_id, seq)
    JOIN person ON person.id = given.person_id
    JOIN chain ON chain.id = given.chain_id
    ORDER BY person.id, chain.id
    ON CONFLICT (person_id, chain_id) DO UPDATE
        SET seq = excluded.seq, seen_at = excluded.seen_at
        WHERE excluded.seq > last_seen.seq
""")
"""In one order, so that two processes that write the same visits do not lock each other out."""


class LastSeen:
    """Writes and reads what people have seen. A number never falls."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def seen(self, person: str, chains: Iterable[str]) -> dict[str, int]:
        """What the person saw last of each of these chains; chains never seen are left out."""
        wanted = list(chains)
        if not wanted:
            return {}
        query = select(_SEEN.c.chain_id, _SEEN.c.seq).where(
            _SEEN.c.person_id == person, _SEEN.c.chain_id.in_(wanted)
        )
        async with autocommit(self._engine) as connection:
            return {row.chain_id: row.seq for row in await connection.execute(query)}

    async def note(self, visits: Mapping[tuple[str, str], int]) -> None:
        """Write down many visits at once, by person and chain.

        Those of people or chains that are not there are passed over.
        """
        if not visits:
            return
        given = {
            "people": [person for person, _ in visits],
            "chains": [chain for _, chain in visits],
            "seqs": list(visits.values()),
            "seen_at": datetime.now(UTC),
        }
        async with autocommit(self._engine) as connection:
            await connection.execute(_NOTE, given)
