"""A small clamd: it speaks INSTREAM, finds the EICAR test file, and can be away."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# In two pieces, so that no scanner takes this file for one.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd(socketserver.ThreadingTCPServer):
    """Answers at `address`; `seen` are the contents that were sent."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Visit)
        self.seen: list[bytes] = []
        self.reply: bytes | None = None
        """What it answers whatever it gets; None: what it found."""
        self.refused: bytes | None = None
        """What it does not look at: a content that holds this."""

    @property
    def address(self) -> str:
        return f"clamd://127.0.0.1:{self.server_address[1]}"


class _Visit(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        if self.rfile.read(10) != b"zINSTREAM\0":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while length := struct.unpack(">L", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
        self.server.seen.append(content)
        if self.server.refused is not None and self.server.refused in content:
            self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
            return
        found = b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"
        self.wfile.write((found if self.server.reply is None else self.server.reply) + b"\0")


@contextmanager
def clamd(port: int = 0) -> Iterator[Clamd]:
    """One that serves."""
    with Clamd(port) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield server
        finally:
            server.shutdown()
            serving.join()
