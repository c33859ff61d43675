"""How a workflow that is pinned to a version of the workers moves to the current one.

It never changes the code it runs on midway: it continues as new, and the new run begins on the
version that is current then. Where workers have no version, nothing of this happens.
"""

from typing import Final

from temporalio import workflow

ON_TARGET: Final = workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
"""The next run begins on the version that is current; without this it would inherit the old one."""


def moves_on() -> bool:
    """Whether another version than this run's is wanted; known anew with every workflow task."""
    return workflow.info().is_target_worker_deployment_version_changed()
