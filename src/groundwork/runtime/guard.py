"""Keeps outgoing messages from reaching into the private network (SSRF).

An address is looked up, every answer is checked, and the connection goes to the very answer that
was checked: a name that changes in between gains nothing. Hosts that the installation trusts
(`GROUNDWORK_TRUSTED_HOSTS`) are exempt, and may be spoken to without TLS.
"""

import asyncio
import socket
from collections.abc import Collection
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

_NAT64: Final = IPv6Network("64:ff9b::/96")
"""Leads to whatever IPv4 address its end spells."""


class TargetRefused(Exception):
    """The target may not be spoken to; the message is a code, never the address."""


async def checked_address(host: str, port: int, trusted: Collection[str]) -> str:
    """An address of the host that may be spoken to.

    Raises TargetRefused: `unresolved` when there is none, `private_target` when any is private.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise TargetRefused("unresolved") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise TargetRefused("unresolved")
    if not is_trusted(host, port, trusted) and not all(is_public(one) for one in addresses):
        raise TargetRefused("private_target")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour
        if inner is not None:
            return is_public(str(inner))
        if parsed in _NAT64 or parsed.teredo is not None:
            return False
    return parsed.is_global and not parsed.is_multicast


def is_trusted(host: str, port: int, trusted: Collection[str]) -> bool:
    """Whether the installation exempts the host, on every port or on this one."""
    name = host.lower().rstrip(".")
    return name in trusted or f"{name}:{port}" in trusted


def require_sound_url(url: str, trusted: Collection[str]) -> tuple[str, int]:
    """Host and port of a web address that may be called.

    Raises TargetRefused: `not_https` unless the host is trusted, `malformed`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise TargetRefused("malformed") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise TargetRefused("malformed")
    if parts.scheme != "https" and not is_trusted(parts.hostname, port, trusted):
        raise TargetRefused("not_https")
    return parts.hostname, port
