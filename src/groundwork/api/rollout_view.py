"""How far a rollout is, for an answer."""

from typing import Any

from groundwork.store.rollouts import VersionRollouts


async def rollout_view(
    rollouts: VersionRollouts, version: str, cursor: str | None, limit: int
) -> dict[str, Any]:
    """How far a version has spread, and a page of the chains that failed. Raises BadCursor."""
    progress = await rollouts.find(version)
    failures = await rollouts.failures(version, cursor=cursor, limit=limit)
    left = await rollouts.count_outstanding(version)
    known = progress.model_dump() if progress else {"version": version}
    return {
        "state": None,
        "adopted": 0,
        "ended": 0,
        "failed": 0,
        "sweep": 0,
        "started_at": None,
        "updated_at": None,
        **known,
        "left": left,
        "failures": [
            {name: row[name] for name in ("chain_id", "reason", "attempts", "at")}
            for row in failures.items
        ],
        "next": failures.next,
    }
