"""Which addresses of the network a webhook may be sent to.

Source: the IANA registries of special-purpose addresses, and what the large clouds say of their metadata.
Written out here because the answers of Python's own `is_global` differ from one version to the next.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


INSIDE = _networks(
    "10.0.0.0/8",
    "100.64.0.0/10",  # shared by providers' customers (CGNAT)
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
)
"""One's own machine and networks: allowed by setting only."""

NEVER = _networks(
    "0.0.0.0/8",
    "100.100.100.200/32",  # Alibaba's metadata
    "168.63.129.16/32",  # Azure's
    "169.254.0.0/16",  # link-local, with most clouds' metadata
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "fd00:ec2::/32",  # Amazon's metadata
    "fd20:ce::254/128",  # Google's
    "2001::/23",  # protocols, with Teredo
    "2001:db8::/32",
    "2002::/16",  # 6to4, which may lead anywhere
    "3fff::/20",
)
"""Nobody's receiver is there, whatever the setting says."""

UNICAST = ip_network("2000::/3")
"""All that is handed out of IPv6 so far."""
NAT64 = ip_network("64:ff9b::/96")
IPV4_BITS = 0xFFFF_FFFF


def may_reach(address: Address, *, allows_inside: bool) -> bool:
    """Return whether a webhook may be sent to `address`, or to the IPv4 address that is hidden in it."""
    address = _unwrapped(address)
    if _is_in(address, NEVER):
        return False
    if _is_in(address, INSIDE):
        return allows_inside
    return address.version == 4 or address in UNICAST  # noqa: PLR2004 - the version of the protocol


def _unwrapped(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & IPV4_BITS)
    return address.ipv4_mapped or address


def _is_in(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def parsed(text: str) -> Address | None:
    """Return the address that `text` spells out, None if it is a name."""
    try:
        return ip_address(text)
    except ValueError:
        return None
