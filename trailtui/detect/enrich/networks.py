"""Addresses and networks as numbers: which of many networks an address lies in."""

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Generic, TypeVar

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_Value = TypeVar("_Value")
_LONGEST = 60
"""No address is longer, with its zone."""


@lru_cache(maxsize=65_536)
def parse_address(text: str) -> Address | None:
    """The address that a text is; None for a service's name or whatever else stands there.

    A zone (`fe80::1%eth0`) is left out, and an IPv4 address in IPv6's clothes is IPv4.
    """
    if not text or len(text) > _LONGEST:
        return None
    try:
        found = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def is_public(address: Address) -> bool:
    """Whether an address is one of the internet, by IANA's registries; documentation's count too.

    The networks for documentation stand for public ones wherever records are made up.
    """
    return address.is_global or any(
        address in network for network in _DOCUMENTATION if network.version == address.version
    )


_DOCUMENTATION: tuple[Network, ...] = (
    IPv4Network("192.0.2.0/24"), IPv4Network("198.51.100.0/24"), IPv4Network("203.0.113.0/24"),
    IPv6Network("2001:db8::/32"),
)  # fmt: skip


class NetworkMap(Generic[_Value]):
    """Values by network; a question costs a look-up for each length of prefix that occurs."""

    def __init__(self) -> None:
        self._by_length: dict[tuple[int, int], dict[int, _Value]] = {}
        self._lengths: dict[int, list[int]] = {4: [], 6: []}

    def __len__(self) -> int:
        return sum(map(len, self._by_length.values()))

    def get(self, network: Network) -> _Value | None:
        """The value of exactly this network."""
        return self._by_length.get((network.version, network.prefixlen), {}).get(
            int(network.network_address)
        )

    def put(self, network: Network, value: _Value) -> None:
        """Set the value of a network."""
        key = network.version, network.prefixlen
        if key not in self._by_length:
            self._by_length[key] = {}
            self._lengths[network.version] = sorted(
                {*self._lengths[network.version], network.prefixlen}, reverse=True
            )
        self._by_length[key][int(network.network_address)] = value

    def of(self, address: Address) -> Iterator[_Value]:
        """The values of all networks that an address lies in, the narrowest first."""
        number, bits = int(address), address.max_prefixlen
        for length in self._lengths[address.version]:
            shift = bits - length
            value = self._by_length[address.version, length].get(number >> shift << shift)
            if value is not None:
                yield value
