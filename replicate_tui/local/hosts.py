"""Names of hosts: which of them mean this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a host name (without port) can only mean this machine."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_number(host: str) -> bool:
    """Whether a host name is an IP address."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def host_name(netloc: str) -> str | None:
    """The name in a `Host` header or in the place of one; None when it cannot be read."""
    if set(netloc) & set("@/?#\\"):
        return None
    try:
        return urlsplit(f"//{netloc}").hostname
    except ValueError:
        return None
