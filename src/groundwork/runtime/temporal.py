"""How Groundwork speaks to Temporal: connection, payloads, sandbox, search attributes.

`plugin` is the only place that configures the SDK; Client, Worker and Replayer all take it.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import temporalio.client
import temporalio.worker
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.plugin import SimplePlugin
from temporalio.service import RPCError, RPCStatusCode

from groundwork.runtime.keyrings import Keys, payload_keys
from groundwork.runtime.payloads import SealingCodec, SharedConverter
from groundwork.runtime.sandbox import workflow_runner
from groundwork.runtime.settings import Settings
from groundwork.runtime.telemetry import watching
from groundwork.workflows.attributes import SEARCH_ATTRIBUTES

RETENTION: Final = timedelta(days=3650)
"""A new namespace forgets a closed chain after a day or a few, and that its ID is taken."""

SILENCE: Final = frozenset(
    {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}
)
"""How a call ends that the server did not answer."""

Interceptor = temporalio.client.Interceptor | temporalio.worker.Interceptor


class TemporalError(RuntimeError):
    """Temporal is not in the state we need. The message says how to help, for the user."""


class TemporalUnavailable(TemporalError):
    """No Temporal server answers at the address."""


class NamespaceMissing(TemporalError):
    """The server does not know the namespace."""


class MissingSearchAttributes(TemporalError):
    """A namespace lacks search attributes, or has them with another type."""

    def __init__(self, namespace: str, missing: Sequence[str], mistyped: Sequence[str]) -> None:
        self.namespace = namespace
        self.missing = tuple(missing)
        self.mistyped = tuple(mistyped)
        super().__init__(self._mistyped() if mistyped else self._missing())

    def _missing(self) -> str:
        return (
            f"命名空间 {self.namespace} 缺少搜索属性：{'、'.join(self.missing)}。"
            f"请运行 groundwork prepare。 "
            f"Namespace {self.namespace} lacks the search attributes {', '.join(self.missing)}: "
            f"run `groundwork prepare`."
        )

    def _mistyped(self) -> str:
        remove = f"temporal operator search-attribute remove --namespace {self.namespace} --name"
        return (
            f"命名空间 {self.namespace} 的搜索属性类型不符：{'、'.join(self.mistyped)}。"
            f"请逐一运行 {remove} 名称，再运行 groundwork prepare。 "
            f"Namespace {self.namespace} has search attributes of another type: "
            f"{', '.join(self.mistyped)}. Remove each with: {remove} NAME; "
            f"then run `groundwork prepare`."
        )


def data_converter(keys: Keys) -> DataConverter:
    """Pydantic models in, compressed and encrypted JSON out, with what failures say."""
    return DataConverter(
        payload_converter_class=SharedConverter,
        payload_codec=SealingCodec(keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def plugin(
    settings: Settings, *, interceptors: Sequence[Interceptor] = (), keys: Keys | None = None
) -> SimplePlugin:
    """The SDK's configuration. A worker takes it over from its client: don't pass it twice.

    `keys` encrypt payloads in place of those that the settings name.
    """
    return SimplePlugin(
        "groundwork",
        data_converter=data_converter(keys or payload_keys(settings)),
        interceptors=[*watching(settings), *interceptors],
        workflow_runner=workflow_runner(sandbox=settings.sandbox),
    )


async def connect(  # noqa: PLR0913 -- all in which one connection differs from another
    settings: Settings,
    *,
    address: str | None = None,
    namespace: str | None = None,
    interceptors: Sequence[Interceptor] = (),
    keys: Keys | None = None,
    identity: str | None = None,
) -> Client:
    """Connect to the Temporal server of the settings, by default in the live namespace.

    `address` names a server of our own, such as the one a running `groundwork up` embeds; then no
    TEMPORAL_ variable counts. For an external cluster they all do, profile and keys included.
    `keys` encrypt payloads in place of those that the settings name. `identity` is whom the engine
    names as the author of what is asked of it, by default this process and its machine.

    Raises `TemporalUnavailable`, `KeyRingError`.
    """
    keys = keys or payload_keys(settings)
    keys()
    config = _own_server(settings, address) if address else _configured_server(settings)
    if namespace is not None:
        config["namespace"] = namespace
    configured = plugin(settings, interceptors=interceptors, keys=keys)
    try:
        return await Client.connect(**config, plugins=[configured], identity=identity)
    except RuntimeError as error:  # all that the SDK raises when a connection fails
        target = config.get("target_host", "")
        raise TemporalUnavailable(
            f"无法连接 Temporal({target})，请先运行 groundwork up 或检查 TEMPORAL_ADDRESS。 "
            f"No Temporal server answers at {target}: start one with `groundwork up`, "
            f"or correct TEMPORAL_ADDRESS."
        ) from error


async def register_search_attributes(client: Client, namespace: str | None = None) -> list[str]:
    """Add what the namespace lacks and return the names added. Safe to repeat.

    Raises `MissingSearchAttributes` when one exists with another type, `NamespaceMissing`.
    """
    namespace = namespace or client.namespace
    present = await _search_attributes(client, namespace)
    wanted = {name: kind for name, kind in _wanted().items() if name not in present}
    if wanted:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=namespace, search_attributes=wanted)
        )
    await verify_search_attributes(client, namespace)
    return list(wanted)


async def verify_search_attributes(client: Client, namespace: str | None = None) -> None:
    """Make sure that chains may set their attributes; one unknown would stop each of them.

    Raises `MissingSearchAttributes` naming those missing or of another type, `NamespaceMissing`.
    """
    namespace = namespace or client.namespace
    present = await _search_attributes(client, namespace)
    wanted = _wanted()
    missing = [name for name in wanted if name not in present]
    mistyped = [name for name, kind in wanted.items() if present.get(name, kind) != kind]
    if missing or mistyped:
        raise MissingSearchAttributes(namespace, missing, mistyped)


async def require_namespace(client: Client) -> None:
    """Make sure that the client's namespace is there. Raises NamespaceMissing, TemporalUnavailable.

    Without it each question about a chain fails in its own words, or says there is no such chain.
    """
    request = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        await client.workflow_service.describe_namespace(request)
    except RPCError as error:
        raise _missing_or_silent(error, client.namespace) from error


async def retain_closed_chains(client: Client, namespace: str) -> None:
    """Make the namespace keep closed chains for ten years, unless it keeps them longer."""
    service = client.workflow_service
    described = await service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
    if described.config.workflow_execution_retention_ttl.ToTimedelta() < RETENTION:
        request = UpdateNamespaceRequest(namespace=namespace)
        request.config.workflow_execution_retention_ttl.FromTimedelta(RETENTION)
        await service.update_namespace(request)


def _own_server(settings: Settings, address: str) -> ClientConnectConfig:
    return ClientConnectConfig(target_host=address, namespace=settings.namespace)


def _configured_server(settings: Settings) -> ClientConnectConfig:
    if settings.embeds_temporal:
        return _own_server(settings, f"127.0.0.1:{settings.temporal_port}")
    # A configuration file is read only when a profile is asked for: one that happens to lie in the
    # home folder must not send chains to somebody's other cluster.
    config = ClientConfig.load_client_connect_config(
        settings.temporal_profile, disable_file=settings.temporal_profile is None
    )
    if settings.temporal_address is not None:
        config["target_host"] = settings.temporal_address
    if "namespace" in settings.model_fields_set or "namespace" not in config:
        config["namespace"] = settings.namespace
    return config


async def _search_attributes(
    client: Client, namespace: str
) -> dict[str, IndexedValueType.ValueType]:
    try:
        listed = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=namespace)
        )
    except RPCError as error:
        raise _missing_or_silent(error, namespace) from error
    return dict(listed.custom_attributes)


def _missing_or_silent(error: RPCError, namespace: str) -> Exception:
    """What it means that a question about a namespace was not answered."""
    if error.status == RPCStatusCode.NOT_FOUND:
        return NamespaceMissing(
            f"命名空间 {namespace} 不存在，请改正 TEMPORAL_NAMESPACE 或先创建。 "
            f"Namespace {namespace} does not exist: correct TEMPORAL_NAMESPACE, or create it "
            f"with: temporal operator namespace create --namespace {namespace}"
        )
    return silent(error.status.name) if error.status in SILENCE else error


def silent(how: str) -> TemporalUnavailable:
    """That the server was reached and gave no answer, and what to do."""
    return TemporalUnavailable(
        f"Temporal 没有答复（{how}），请检查其服务器后再试。 "
        f"Temporal does not answer ({how}): look at its server, then try again."
    )


def _wanted() -> dict[str, IndexedValueType.ValueType]:
    return {
        key.name: IndexedValueType.ValueType(int(key.indexed_value_type))
        for key in SEARCH_ATTRIBUTES
    }
