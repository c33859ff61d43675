"""The virus scanner: a clamd over TCP or a socket, or a command. All of it blocks.

clamd://127.0.0.1:3310            INSTREAM over TCP
clamd:///run/clamav/clamd.sock    INSTREAM over a socket of this machine
exec:clamscan --no-summary        a command that gets the file's path as its last argument and
                                  ends with 0 for clean, 1 for infected
"""

import contextlib
import shlex
import socket
import struct
import subprocess
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

from groundwork.runtime.settings import Settings, SettingsError

_CHUNK: Final = 128 * 1024
_LONGEST_REPLY: Final = 4096
_INFECTED: Final = 1
_PORT: Final = 3310


class ScannerAway(Exception):
    """The scanner does not answer."""


class NotScanned(Exception):
    """The scanner answers, but did not look at this content, such as one too large for it."""


class Scanner(Protocol):
    """Looks for viruses."""

    def is_clean(self, path: str) -> bool:
        """Whether the file is free of viruses. Raises ScannerAway, NotScanned."""


class Clamd:
    """A clamd, to which the content is sent: it need not see our files."""

    def __init__(self, address: tuple[str, int] | str, timeout: float) -> None:
        self._address = address
        self._timeout = timeout

    def is_clean(self, path: str) -> bool:
        """Whether the file is free of viruses. Raises ScannerAway, NotScanned."""
        try:
            connection = self._connected()
        except OSError as error:
            raise ScannerAway(type(error).__name__) from None
        try:
            with connection, Path(path).open("rb") as source:
                connection.sendall(b"zINSTREAM\0")
                while data := source.read(_CHUNK):
                    connection.sendall(struct.pack(">L", len(data)) + data)
                connection.sendall(struct.pack(">L", 0))
                reply = _reply(connection)
        except TimeoutError as error:
            raise ScannerAway(type(error).__name__) from None
        except OSError as error:
            # It was there: it hangs up on what is larger than its StreamMaxLength.
            raise NotScanned(type(error).__name__) from None
        if reply.endswith(b"OK"):
            return True
        if reply.endswith(b"FOUND"):
            return False
        raise NotScanned("clamd did not scan")

    def _connected(self) -> socket.socket:
        if isinstance(self._address, tuple):
            return socket.create_connection(self._address, self._timeout)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(self._timeout)
        try:
            connection.connect(self._address)
        except OSError:
            connection.close()
            raise
        return connection


class Command:
    """A program that scans a file."""

    def __init__(self, words: list[str], timeout: float) -> None:
        self._words = words
        self._timeout = timeout

    def is_clean(self, path: str) -> bool:
        """Whether the file is free of viruses. Raises ScannerAway, NotScanned."""
        try:
            code = subprocess.run(
                [*self._words, path],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=self._timeout,
                check=False,
            ).returncode
        except (OSError, subprocess.SubprocessError) as error:
            raise ScannerAway(type(error).__name__) from None
        if code not in {0, _INFECTED}:
            raise NotScanned(f"the command ended with {code}")
        return code == 0


def scanner(settings: Settings) -> Scanner | None:
    """The scanner of the installation; None when none is set. Raises SettingsError."""
    if settings.scanner is None:
        return None
    scheme, _, rest = settings.scanner.partition(":")
    with contextlib.suppress(ValueError):  # a port that is none, a quotation without an end
        if scheme == "exec" and (words := shlex.split(rest)):
            return Command(words, settings.scanner_timeout)
        parts = urlsplit(settings.scanner)
        if scheme == "clamd" and parts.hostname:
            return Clamd((parts.hostname, parts.port or _PORT), settings.scanner_timeout)
        if scheme == "clamd" and parts.path.startswith("/"):
            return Clamd(parts.path, settings.scanner_timeout)
    raise SettingsError(
        "GROUNDWORK_SCANNER 无法使用，请写成 clamd://主机:3310、clamd:///套接字路径或 exec:命令。 "
        "GROUNDWORK_SCANNER cannot be used: write clamd://host:3310, clamd:///path/of/socket or "
        "exec:command."
    )


def _reply(connection: socket.socket) -> bytes:
    reply = b""
    while len(reply) < _LONGEST_REPLY and not reply.endswith(b"\0"):
        data = connection.recv(_LONGEST_REPLY)
        if not data:
            break
        reply += data
    return reply.rstrip(b"\0\n")
