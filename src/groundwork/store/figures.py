"""Figures of the whole office for operators: how much is open, how much waits, and since when."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import QueuePool, text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.store.engine import autocommit


class Meaning(NamedTuple):
    """What a figure says, in a sentence, and the names of its labels."""

    sentence: str
    labels: tuple[str, ...] = ()


FIGURES: Final[Mapping[str, Meaning]] = {
    "open_steps": Meaning("Open steps by department and light.", ("department", "light")),
    "running_chains": Meaning("Chains on record that run, by their worst light.", ("light",)),
    "open_escalations": Meaning("Escalation cards that nobody answered, by level.", ("level",)),
    "open_commitments": Meaning("Promises that are not settled."),
    "open_deficiencies": Meaning("Tolerated missing materials that are not settled."),
    "commands_waiting": Meaning("Commands that the engine has not answered."),
    "commands_waiting_seconds": Meaning("How long the oldest of them has waited; 0: none."),
    "deliveries_unsent": Meaning("Notices on their way to a channel, by status.", ("status",)),
    "webhook_calls_unsent": Meaning("Events on their way to a webhook, by status.", ("status",)),
    "deliveries_overdue_seconds": Meaning(
        "How long ago the longest waiting notice or webhook call was due; 0: none."
    ),
    "post_targets": Meaning("Channels and webhooks by kind and state.", ("kind", "state")),
    "planning_lag_seconds": Meaning(
        "How long the oldest event has waited for its notices to be planned; 0: none."
    ),
    "last_event_timestamp_seconds": Meaning("When an event was last written to the record."),
    "signed_head_timestamp_seconds": Meaning(
        "End of the last day whose head is signed; while none is, when the record began."
    ),
}

# Each part reads an index or a small table, but for the chains that run, which it counts; all of
# it is one statement, so that a scrape costs one round trip and sees one moment.
_STATEMENT: Final = text("""
SELECT 'open_steps' AS name, department AS one, light AS two, count(*)::float8 AS value
  FROM step WHERE open GROUP BY department, light
UNION ALL
SELECT 'running_chains', light, NULL, count(*) FROM chain WHERE state = 'running' GROUP BY light
UNION ALL
SELECT 'open_escalations', level::text, NULL, count(*)
  FROM escalation WHERE state = 'open' GROUP BY level
UNION ALL
SELECT 'open_commitments', NULL, NULL, count(*) FROM commitment WHERE closed_at IS NULL
UNION ALL
SELECT 'open_deficiencies', NULL, NULL, count(*) FROM deficiency WHERE closed_at IS NULL
UNION ALL
SELECT 'commands_waiting', NULL, NULL, count(*)
  FROM pending_command WHERE refusal IS NULL AND coalesce(not_before <= now(), true)
UNION ALL
SELECT 'commands_waiting_seconds', NULL, NULL,
       coalesce(extract(epoch FROM now() - min(coalesce(not_before, received_at))), 0)
  FROM pending_command WHERE refusal IS NULL AND coalesce(not_before <= now(), true)
UNION ALL
SELECT 'deliveries_unsent', status, NULL, count(*)
  FROM delivery WHERE status NOT IN ('sent', 'dead') GROUP BY status
UNION ALL
SELECT 'webhook_calls_unsent', status, NULL, count(*)
  FROM webhook_call WHERE status NOT IN ('sent', 'dead') GROUP BY status
UNION ALL
SELECT 'deliveries_overdue_seconds', NULL, NULL,
       coalesce(extract(epoch FROM now() - least(
         (SELECT min(delivery.not_before) FROM delivery
            JOIN channel ON channel.id = delivery.channel_id AND channel.state = 'active'
            JOIN person ON person.id = channel.person_id AND person.active
           WHERE delivery.status NOT IN ('sent', 'dead') AND delivery.not_before <= now()),
         (SELECT min(created_at) FROM webhook_call WHERE status NOT IN ('sent', 'dead')))), 0)
UNION ALL
SELECT 'post_targets', 'channel', state, count(*) FROM channel GROUP BY state
UNION ALL
SELECT 'post_targets', 'webhook', state, count(*) FROM webhook GROUP BY state
UNION ALL
SELECT 'planning_lag_seconds', NULL, NULL,
       coalesce(extract(epoch FROM now() - min(chain.updated_at)), 0)
  FROM chain LEFT JOIN notice_cursor AS done ON done.chain_id = chain.id
 WHERE chain.seq > coalesce(done.seq, 0)
UNION ALL
SELECT 'last_event_timestamp_seconds', NULL, NULL, extract(epoch FROM max(recorded_at)) FROM event
UNION ALL
SELECT 'signed_head_timestamp_seconds', NULL, NULL,
       extract(epoch FROM coalesce((max(day) + 1)::timestamp AT TIME ZONE 'Asia/Shanghai',
                                   (SELECT min(recorded_at) FROM event))) FROM signed_head
""")


class Figures:
    """Reads the figures. Nothing here writes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def collect(self) -> list[Metric]:
        """All figures as they are now; those of which there is nothing to say are left out."""
        async with autocommit(self._engine) as connection:
            found = (await connection.execute(_STATEMENT)).all()
        families = {
            name: GaugeMetricFamily(f"groundwork_{name}", meaning.sentence, labels=meaning.labels)
            for name, meaning in FIGURES.items()
        }
        for name, *labels, value in found:
            if value is not None:
                families[name].add_metric([one for one in labels if one is not None], float(value))
        return [*families.values(), self._connections()]

    def _connections(self) -> Metric:
        """How this process uses its pool."""
        family = GaugeMetricFamily(
            "groundwork_store_connections",
            "Connections of this process to the database, by state.",
            labels=["state"],
        )
        pool = self._engine.pool
        if isinstance(pool, QueuePool):
            family.add_metric(["used"], pool.checkedout())
            family.add_metric(["idle"], pool.checkedin())
        return family
