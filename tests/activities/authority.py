"""A time-stamp authority for tests: OpenSSL answers, a small HTTP server passes it on."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha512
[req]
distinguished_name = name
[name]
[tsa_cert]
extendedKeyUsage = critical,timeStamping
"""


class Authority:
    """Where it listens, and how it behaves: `away` answers 503, `stale` repeats an old answer."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            missing = "OpenSSL's program is not installed: apt-get install openssl"
            if os.environ.get("CI"):
                pytest.fail(missing)
            pytest.skip(missing)
        self.away = False
        self.stale: bytes | None = None
        self.last = b""
        self.url = ""
        self._folder = folder
        (folder / "serial").write_text("01")
        (folder / "openssl.cnf").write_text(CONFIG.format(folder=folder))
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self._openssl(
            *("req", "-x509", *key, "-keyout", "key.pem", "-out", "cert.pem", "-days", "2"),
            *("-subj", "/CN=authority", "-config", "openssl.cnf", "-extensions", "tsa_cert"),
        )

    def answer(self, query: bytes) -> bytes:
        """What it says to a query."""
        (self._folder / "query.tsq").write_bytes(query)
        self._openssl(
            *("ts", "-reply", "-queryfile", "query.tsq", "-config", "openssl.cnf"),
            *("-signer", "cert.pem", "-inkey", "key.pem", "-out", "reply.tsr"),
        )
        self.last = (self._folder / "reply.tsr").read_bytes()
        return self.stale or self.last

    def _openssl(self, *words: str) -> None:
        command = ["openssl", *words]
        subprocess.run(command, cwd=self._folder, check=True, capture_output=True)


@contextmanager
def time_stamp_authority(folder: Path) -> Iterator[Authority]:
    """An authority that listens on this machine."""
    authority = Authority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            body = b"" if authority.away else authority.answer(query)
            self.send_response(503 if authority.away else 200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    authority.url = f"http://127.0.0.1:{server.server_port}/tsr"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield authority
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
