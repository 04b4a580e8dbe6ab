"""Lists of addresses and domains: which value of a list an address or a host is met by."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network

from trailtui.detect.enrich.networks import Network, NetworkMap, parse_address

WIDEST = {4: 8, 6: 16}
"""A network with a shorter prefix would meet everybody; nobody means that."""
_LONGEST_HOST = 253
_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


@dataclass(frozen=True, slots=True)
class Listed:
    """One value of a list, as it stands there."""

    value: str
    label: str = ""
    """What the list says of it: an indicator's name."""


@dataclass(slots=True)
class WatchList:
    """What a list names."""

    networks: NetworkMap[Listed] = field(default_factory=NetworkMap[Listed])
    hosts: dict[str, Listed] = field(default_factory=dict[str, Listed])
    passed_over: list[str] = field(default_factory=list[str])
    """What was not understood, the first of it, a sentence each."""
    passed_over_in_all: int = 0

    def __len__(self) -> int:
        return len(self.networks) + len(self.hosts)

    def add(self, text: str, label: str = "") -> bool:
        """Take an address, a network, a domain or a URL; False where it is none of them."""
        plain = _whole_again(text)
        network = _network(plain)
        if network is not None:
            if network.prefixlen < WIDEST[network.version]:
                return False
            if self.networks.get(network) is None:
                self.networks.put(network, Listed(text[:200], label))
            return True
        host = _host(plain)
        if host is None:
            return False
        self.hosts.setdefault(host, Listed(text[:200], label))
        return True

    def pass_over(self, told: str) -> None:
        """Note what was not understood."""
        self.passed_over_in_all += 1
        if len(self.passed_over) < 5:
            self.passed_over.append(told)

    def find(self, text: str) -> Listed | None:
        """The value that an address, or a host's name, is met by; a domain meets what is below."""
        address = parse_address(text)
        if address is not None:
            return next(self.networks.of(address), None)
        return self.find_host(text)

    def find_host(self, name: str) -> Listed | None:
        """The domain that a host's name is, or lies below."""
        if not self.hosts or len(name) > _LONGEST_HOST:
            return None
        for part in _upwards(name.lower().rstrip(".")):
            if (found := self.hosts.get(part)) is not None:
                return found
        return None


def _upwards(name: str) -> Iterator[str]:
    """`a.b.example.com`, `b.example.com`, `example.com`, `com`."""
    while name:
        yield name
        _, dot, name = name.partition(".")
        if not dot:
            return


def _whole_again(text: str) -> str:
    """A value that was made harmless for mail (`hxxp://198[.]51[.]100[.]1`) as it was."""
    plain = text.strip().replace("[.]", ".").replace("(.)", ".").replace("[:]", ":")
    scheme, sign, rest = plain.partition("://")
    if not sign:
        return plain
    host = rest.partition("/")[0].partition("?")[0].partition("#")[0].rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if scheme else ""


def _network(text: str) -> Network | None:
    if len(text) > 60 or not (text[:1].isdigit() or ":" in text):
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _host(text: str) -> str | None:
    """A domain in small letters; IDNs in their ASCII form. At least two parts, none of numbers."""
    name = text.lower().strip().removeprefix("*.").rstrip(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    parts = name.split(".")
    if len(parts) < 2 or len(name) > _LONGEST_HOST or parts[-1].isdigit():
        return None
    return name if all(part and len(part) < 64 and set(part) <= _SIGNS for part in parts) else None
