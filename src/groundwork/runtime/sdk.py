"""What the engine's SDK tells of itself: its log in ours, and its own metrics."""

import logging
from typing import Final

from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
)

from groundwork.runtime.processes import free_port

LOOPBACK: Final = "127.0.0.1"
LOGGER: Final = "temporalio.core"


def configure_sdk(*, measured: bool) -> str | None:
    """Have the SDK log as we do; where it is `measured`, returns the address of its figures.

    Call it before the first client connects. The address is known to this process alone: the
    monitor passes on what stands there, so that a process has one address for all.
    """
    address = f"{LOOPBACK}:{free_port(LOOPBACK)}"
    metrics = PrometheusConfig(
        bind_address=address,
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
    )
    # The SDK's core is not Python and would write lines of its own to standard error.
    forwarding = LogForwardingConfig(logging.getLogger(LOGGER), append_target_to_name=False)
    runtime = Runtime(
        telemetry=TelemetryConfig(
            logging=LoggingConfig(LoggingConfig.default.filter, forwarding=forwarding),
            metrics=metrics if measured else None,
            # No global tags of the host or the build: Prometheus knows whom it asks.
            attach_service_name=False,
        )
    )
    Runtime.set_default(runtime, error_if_already_set=False)
    return f"http://{address}/metrics" if measured else None
