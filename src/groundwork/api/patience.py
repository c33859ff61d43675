"""HTTP connections that do not wait for ever for a request to begin (slow loris)."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS: Final = 15.0
"""How long a client may take over the head of a request."""


class PatientProtocol(H11Protocol):
    """Ends a connection on which the head of a request takes longer than HEADER_SECONDS.

    The server itself bounds only the silence between two requests, and that ends with the first
    byte of the next.
    """

    header_seconds = HEADER_SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it
        """A client has connected."""
        super().connection_made(transport)
        self._head: asyncio.TimerHandle | None = None
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Bytes have come: the head of a request, or of its body."""
        if self._between_requests and self._head is None:
            self._wait_for_head()
        super().data_received(data)
        if not self._between_requests:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    @property
    def _between_requests(self) -> bool:
        cycle: Any = self.cycle
        return cycle is None or bool(cycle.response_complete)

    def _wait_for_head(self) -> None:
        self._head = self.loop.call_later(self.header_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _give_up(self) -> None:
        self._head = None
        if self._between_requests and not self.transport.is_closing():
            self.transport.close()
