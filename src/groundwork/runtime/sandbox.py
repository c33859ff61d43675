"""How workflows run: what the SDK's sandbox loads anew for every chain, and what it is spared."""

from typing import Any, Final

from temporalio.converter import StorageDriverStoreContext
from temporalio.worker import (
    UnsandboxedWorkflowRunner,
    WorkflowInstance,
    WorkflowInstanceDetails,
    WorkflowRunner,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

PASSED_THROUGH: Final = (
    "groundwork.domain",
    "groundwork.workflows.about",
    "groundwork.workflows.attributes",
    "groundwork.workflows.board",
    "groundwork.workflows.errands",
    "groundwork.workflows.moving",
    "groundwork.workflows.ports",
    "groundwork.workflows.shelf",
    "groundwork.workflows.updates",
)
"""Not reloaded inside the sandbox, chain by chain. The pure core, what operators read, the shapes
that travel, the table of updates and what only asks the engine are guarded by lint instead; the
shelf must be the same for a whole process. The shell itself, which alone waits and looks at the
clock, stays inside."""


def workflow_runner(*, sandbox: bool) -> WorkflowRunner:
    """The runner of our workflows: sandboxed unless the setting says otherwise."""
    if not sandbox:
        return UnsandboxedWorkflowRunner()
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return _Sandbox(restrictions=restrictions)


class _Sandbox(SandboxedWorkflowRunner):
    """The SDK's sandbox, entered for activations alone."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _Quiet(super().create_instance(det))


class _Quiet(WorkflowInstance):
    """A workflow in the sandbox that is not asked for whom each of its payloads is meant.

    The SDK asks three or four times for every payload, going into the sandbox each time. It tells
    converters, codecs and external storage that want to know; ours do not.
    """

    def __init__(self, inside: WorkflowInstance) -> None:
        self._inside = inside

    def activate(self, act: Any) -> Any:
        return self._inside.activate(act)

    def get_serialization_context(self, command_info: Any) -> None:
        return None

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:
        return StorageDriverStoreContext(target=None)

    def get_info(self) -> Any:
        return self._inside.get_info()

    def get_thread_id(self) -> int | None:
        return self._inside.get_thread_id()
