"""A writer of databases in MaxMind's format, just large enough for tests.

Written from the MaxMind DB File Format Specification 2.0: a binary tree over the bits of an
address, 16 zero bytes, the data, a marker, the metadata.
"""

import struct
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

MARKER = b"\xab\xcd\xefMaxMind.com"
_TYPES = {"bytes": 4, "uint16": 5, "uint32": 6, "map": 7, "uint64": 9, "array": 11, "bool": 14}


def _control(kind: int, size: int) -> bytes:
    if size >= 285:
        first, more = 30, struct.pack(">H", size - 285)
    elif size >= 29:
        first, more = 29, bytes([size - 29])
    else:
        first, more = size, b""
    if kind < 8:
        return bytes([kind << 5 | first]) + more
    return bytes([first, kind - 7]) + more


def encoded(value: Any) -> bytes:
    """A value in the data section's format."""
    if isinstance(value, bool):
        return _control(14, int(value))
    if isinstance(value, str):
        data = value.encode()
        return _control(2, len(data)) + data
    if isinstance(value, float):
        return _control(3, 8) + struct.pack(">d", value)
    if isinstance(value, int):
        data = value.to_bytes((value.bit_length() + 7) // 8, "big")
        return _control(9 if len(data) > 4 else 6, len(data)) + data
    if isinstance(value, Mapping):
        parts = [encoded(key) + encoded(item) for key, item in value.items()]
        return _control(7, len(value)) + b"".join(parts)
    return _control(11, len(value)) + b"".join(map(encoded, value))


def database(
    networks: Mapping[str, Any], *, kind: str = "GeoLite2-City", version: int = 6
) -> bytes:
    """A database with a record for each network; IPv4 lies at ::/96, as in MaxMind's own."""
    nodes: list[list[Any]] = [[None, None]]
    data, places = b"", {}
    for name, record in networks.items():
        places[name] = len(data)
        data += encoded(record)
    for name in networks:
        network = ip_network(name)
        bits = f"{int(network.network_address):0{network.max_prefixlen}b}"[: network.prefixlen]
        if version == 6 and network.version == 4:
            bits = "0" * 96 + bits
        at = 0
        for bit in map(int, bits[:-1]):
            if nodes[at][bit] is None:
                nodes.append([None, None])
                nodes[at][bit] = len(nodes) - 1
            at = nodes[at][bit]
        nodes[at][int(bits[-1])] = ("data", places[name])
    tree = b"".join(_pointer(side, len(nodes)) for node in nodes for side in node)
    meta = {
        "binary_format_major_version": 2, "binary_format_minor_version": 0,
        "build_epoch": 1_750_000_000, "database_type": kind, "description": {"en": "a test"},
        "ip_version": version, "languages": ["en"], "node_count": len(nodes), "record_size": 32,
    }  # fmt: skip
    return tree + bytes(16) + data + MARKER + encoded(meta)


def _pointer(side: Any, count: int) -> bytes:
    if side is None:
        return struct.pack(">I", count)
    return struct.pack(">I", count + 16 + side[1] if isinstance(side, tuple) else side)


def city(country: str, name: str, latitude: float, longitude: float, radius: int = 20) -> Any:
    """A record of a city database."""
    return {
        "country": {"iso_code": country, "names": {"en": f"{country} land"}},
        "city": {"names": {"en": name}},
        "location": {"latitude": latitude, "longitude": longitude, "accuracy_radius": radius},
    }


def owner(number: int, organisation: str) -> Any:
    """A record of an ASN database."""
    return {
        "autonomous_system_number": number, "autonomous_system_organization": organisation,
    }  # fmt: skip
