"""The settings of what operators watch: metrics and traces."""

from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings


class TelemetrySettings(BaseSettings):
    """Where metrics are offered and traces are sent (docs/ops/metrics.md)."""

    metrics_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address on which metrics are offered. They name no person and no case, but "
        "tell how the office works: open it to the monitoring network alone.",
    )
    api_metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        examples=[8410],
        description="Port of the API's metrics. Unset: none are offered.",
    )
    worker_metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        examples=[8411],
        description="Port of a worker's metrics, with its `/healthz` and `/readyz`. "
        "Unset: none are offered.",
    )
    otlp_endpoint: str | None = Field(
        default=None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        pattern=r"^https?://[^/\s]+",
        examples=["http://collector.example:4318"],
        description="Address of an OpenTelemetry collector (OTLP over HTTP) that takes traces. "
        "OpenTelemetry's other OTEL_ variables for its exporter and sampler count as well. "
        "Unset: nothing is traced.",
    )

    @model_validator(mode="after")
    def _a_port_each(self) -> Self:
        if self.api_metrics_port and self.api_metrics_port == self.worker_metrics_port:
            raise ValueError(
                "两个监控端口不得相同，请修改其中之一。 GROUNDWORK_API_METRICS_PORT and "
                "GROUNDWORK_WORKER_METRICS_PORT are the same: give each its own port."
            )
        return self
