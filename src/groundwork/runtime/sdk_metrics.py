"""The SDK's own metrics: how workers poll, how long tasks take, what fails."""

from typing import Final

from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from groundwork.runtime.processes import free_port

LOOPBACK: Final = "127.0.0.1"


def offer_sdk_metrics() -> str:
    """Have every client of this process measured; returns the address where the figures are.

    Call it before the first client connects. The address is known to this process alone: the
    monitor passes on what stands there, so that a process has one address for all.
    """
    address = f"{LOOPBACK}:{free_port(LOOPBACK)}"
    config = PrometheusConfig(
        bind_address=address,
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
    )
    # No global tags of the host or the build: Prometheus knows whom it asks.
    runtime = Runtime(telemetry=TelemetryConfig(metrics=config, attach_service_name=False))
    Runtime.set_default(runtime, error_if_already_set=False)
    return f"http://{address}/metrics"
