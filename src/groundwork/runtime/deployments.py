"""Versions of the workers: which one new chains begin on, and which old ones still carry chains.

Temporal learns of a version when its first worker asks for work. Until one version is current,
chains begin on no worker that has a version.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.enums.v1 import RoutingConfigUpdateState
from temporalio.api.enums.v1 import WorkerDeploymentVersionStatus as Wire
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig

from groundwork.runtime.repair import wake
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import TemporalError, silent
from groundwork.workflows.attributes import DEFINITION

REASON: Final = "let chains move to the current version of the workers"
SPREAD: Final = RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_COMPLETED
SPREAD_LOOKS: Final = 100
LOOK_SECONDS: Final = 0.1


class DeploymentError(TemporalError):
    """The engine refused a change of versions. The message says how to help, for the user."""


class Standing(StrEnum):
    """What becomes of a version: new chains begin on it, some do, it runs dry, or nothing."""

    CURRENT = "current"
    RAMPING = "ramping"
    DRAINING = "draining"
    DRAINED = "drained"
    IDLE = "idle"


_STANDINGS: Final = {
    Wire.WORKER_DEPLOYMENT_VERSION_STATUS_CURRENT: Standing.CURRENT,
    Wire.WORKER_DEPLOYMENT_VERSION_STATUS_RAMPING: Standing.RAMPING,
    Wire.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINING: Standing.DRAINING,
    Wire.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINED: Standing.DRAINED,
}


class Version(NamedTuple):
    """A version of the workers, and how many chains and other workflows run on it."""

    build_id: str
    standing: Standing
    created_at: datetime
    chains: int
    others: int
    percent: float = 0.0
    """The share of new chains that begin on it while it is ramping."""


class Deployment(NamedTuple):
    """All versions that the engine knows, the newest first; none is current for unset `current`."""

    name: str
    current: str | None
    versions: tuple[Version, ...]


def worker_version(settings: Settings) -> WorkerDeploymentConfig | None:
    """What a worker says of its version; None where workers have none.

    A chain stays with the version that began its run and moves when it continues as new.
    """
    if not settings.versioned:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(settings.deployment, settings.build_id or ""),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.PINNED,
    )


class Deployments:
    """Asks and changes the versions of one deployment in one namespace."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name

    async def find(self) -> Deployment | None:
        """Its versions; None while no worker with a version has ever asked for work.

        Raises TemporalUnavailable.
        """
        info = await self._info()
        if info is None:
            return None
        versions = [await self._version(info, one) for one in info.version_summaries]
        current = info.routing_config.current_deployment_version.build_id or None
        newest_first = sorted(versions, key=lambda one: one.created_at, reverse=True)
        return Deployment(self._name, current, tuple(newest_first))

    async def _info(self) -> WorkerDeploymentInfo | None:
        request = DescribeWorkerDeploymentRequest(
            namespace=self._client.namespace, deployment_name=self._name
        )
        try:
            answer = await self._client.workflow_service.describe_worker_deployment(request)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise silent(error.status.name) from error
        return answer.worker_deployment_info

    async def _spread(self) -> None:
        """Return once every queue of the engine knows of a change, or after some patience.

        A chain that looks before that sees nothing new.
        """
        for _ in range(SPREAD_LOOKS):
            info = await self._info()
            if info is None or info.routing_config_update_state == SPREAD:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _version(
        self,
        info: WorkerDeploymentInfo,
        one: WorkerDeploymentInfo.WorkerDeploymentVersionSummary,
    ) -> Version:
        build_id = one.deployment_version.build_id
        routing = info.routing_config
        chains = await self._count(self._chains_on(build_id))
        ramping = routing.ramping_deployment_version.build_id == build_id
        return Version(
            build_id,
            _STANDINGS.get(one.status, Standing.IDLE),
            one.create_time.ToDatetime(UTC),
            chains,
            await self._count(self._on(build_id)) - chains,
            routing.ramping_version_percentage if ramping else 0.0,
        )

    async def _count(self, query: str) -> int:
        try:
            return (await self._client.count_workflows(query)).count
        except RPCError as error:
            raise silent(error.status.name) from error

    def _on(self, build_id: str) -> str:
        version = f"{self._name}:{build_id}"
        return f'TemporalWorkerDeploymentVersion="{version}" AND ExecutionStatus="Running"'

    def _chains_on(self, build_id: str) -> str:
        return f"{self._on(build_id)} AND {DEFINITION.name} IS NOT NULL"

    async def make_current(self, build_id: str | None) -> None:
        """Let new chains begin on that version, and others move to it; None: on no version.

        Raises DeploymentError when the version is unknown or no worker of it serves every queue,
        TemporalUnavailable.
        """
        request = SetWorkerDeploymentCurrentVersionRequest(
            namespace=self._client.namespace,
            deployment_name=self._name,
            build_id=build_id or "",
            identity=self._client.identity,
        )
        async with self._changing(build_id):
            await self._client.workflow_service.set_worker_deployment_current_version(request)
        await self._spread()

    async def ramp(self, build_id: str, percent: float) -> None:
        """Let that share of chains begin on that version or move to it, before it is current.

        Zero percent takes it back. Raises DeploymentError, TemporalUnavailable.
        """
        request = SetWorkerDeploymentRampingVersionRequest(
            namespace=self._client.namespace,
            deployment_name=self._name,
            build_id=build_id if percent else "",
            percentage=percent,
            identity=self._client.identity,
        )
        async with self._changing(build_id):
            await self._client.workflow_service.set_worker_deployment_ramping_version(request)
        await self._spread()

    async def hasten(self, build_id: str) -> int:
        """Tell the chains on that version to look whether another is wanted; how many there were.

        Without it each moves when its next command or due moment comes, which may take weeks.
        Raises TemporalUnavailable.
        """
        query = self._chains_on(build_id)
        try:
            found = await self._count(query)
            if found:
                await wake(self._client, query, REASON)
        except RPCError as error:
            raise silent(error.status.name) from error
        return found

    @asynccontextmanager
    async def _changing(self, build_id: str | None) -> AsyncIterator[None]:
        try:
            yield
        except RPCError as error:
            if error.status not in {RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION}:
                raise silent(error.status.name) from error
            raise DeploymentError(
                f"Temporal 未接受版本 {build_id or '—'}，请先启动它的工作进程并稍候片刻。 "
                f"Temporal does not take version {build_id or '—'}: start its workers first, "
                f"and wait until they ask for work."
            ) from error
