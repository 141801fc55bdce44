"""Whether a host is this machine alone."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Return whether `host` is `localhost` or a loopback address; any other name may lead anywhere."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
