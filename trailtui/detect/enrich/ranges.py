"""AWS's own addresses, from the file that AWS publishes as `ip-ranges.json`.

Source: AWS General Reference, "AWS IP address ranges": `prefixes` with `ip_prefix`, `region`,
`service`; `ipv6_prefixes` with `ipv6_prefix`. A network stands under AMAZON and under each service
that has it; the service tells more.
"""

import json
from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from typing import cast

from trailtui.detect.enrich.errors import EnrichmentError
from trailtui.detect.enrich.networks import Address, NetworkMap

LARGEST = 64 << 20
_ALL = "AMAZON"
_CURE = "Give the file that AWS publishes at https://ip-ranges.amazonaws.com/ip-ranges.json."


class AwsRanges:
    """Which service and Region of AWS an address belongs to."""

    def __init__(self, networks: NetworkMap[dict[str, str]]) -> None:
        self._networks = networks

    def __len__(self) -> int:
        return len(self._networks)

    def of(self, address: Address) -> str:
        """`EC2 us-east-1`; empty for an address that is not AWS's."""
        services: dict[str, str] = {}
        for found in self._networks.of(address):
            for service, region in found.items():
                services.setdefault(service, region)
        if not services:
            return ""
        telling = sorted(service for service in services if service != _ALL) or [_ALL]
        region = services[telling[0]]
        return f"{'/'.join(telling[:3])} {region}".rstrip()


def read_aws_ranges(content: bytes, *, where: str) -> AwsRanges:
    """AWS's ranges from the bytes of `ip-ranges.json`; raises EnrichmentError for anything else."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        raise EnrichmentError("this is no JSON", where=where, cure=_CURE) from None
    if not isinstance(told, dict):
        raise EnrichmentError("there are no ranges in it", where=where, cure=_CURE)
    networks: NetworkMap[dict[str, str]] = NetworkMap()
    document = cast("Mapping[str, object]", told)
    for key, name in (("prefixes", "ip_prefix"), ("ipv6_prefixes", "ipv6_prefix")):
        for each in _objects(document.get(key), where):
            _put(networks, each, name, where)
    if not len(networks):
        raise EnrichmentError("there are no ranges in it", where=where, cure=_CURE)
    return AwsRanges(networks)


def _objects(value: object, where: str) -> Iterable[Mapping[str, object]]:
    if value is None:
        return ()
    listed = cast("list[object]", value) if isinstance(value, list) else [value]
    if not all(isinstance(each, dict) for each in listed):
        raise EnrichmentError("its ranges are no list of objects", where=where, cure=_CURE)
    return cast("list[Mapping[str, object]]", listed)


def _put(
    networks: NetworkMap[dict[str, str]], each: Mapping[str, object], name: str, where: str
) -> None:
    try:
        network = ip_network(str(each.get(name)))
    except ValueError:
        told = str(each.get(name))[:60]
        raise EnrichmentError(f"{told!r} is no network", where=where, cure=_CURE) from None
    services = networks.get(network) or dict[str, str]()
    networks.put(network, services)
    services[str(each.get("service") or _ALL)[:60]] = str(each.get("region") or "")[:40]
