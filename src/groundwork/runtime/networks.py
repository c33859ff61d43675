"""Addresses and networks as a setting lists them."""

from ipaddress import IPv4Network, IPv6Network, ip_network

Networks = tuple[IPv4Network | IPv6Network, ...]


def read_networks(value: str) -> Networks:
    """The networks of a list separated by commas. Raises ValueError, which quotes none of them."""
    written = [one.strip() for one in value.split(",") if one.strip()]
    try:
        return tuple(ip_network(one) for one in written)
    except ValueError:
        raise ValueError("one of them is no address or network") from None
