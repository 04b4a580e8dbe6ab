"""Databases in MaxMind's format, sound and damaged."""

from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detect.enrich.maxmind import MARKER, city, database, encoded, owner
from trailtui.detect.enrich.errors import EnrichmentError
from trailtui.detect.enrich.geo import Owner, Place, open_database, owner_of, place_of

CITY = database(
    {
        "198.51.100.0/24": city("DE", "Berlin", 52.5, 13.4),
        "203.0.113.0/25": city("BR", "Recife", -8.0, -34.9, 200),
        "2001:db8::/32": city("NZ", "Auckland", -36.8, 174.7),
    }
)


def place(content: bytes, address: str) -> Place | None:
    return place_of(open_database(content, where="db", kind="geoip")(ip_address(address)))


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("198.51.100.7", Place("DE", "Berlin", "", 52.5, 13.4, 20)),
        ("203.0.113.127", Place("BR", "Recife", "", -8.0, -34.9, 200)),
        ("203.0.113.128", None),
        ("192.0.2.1", None),
        ("2001:db8:1::9", Place("NZ", "Auckland", "", -36.8, 174.7, 20)),
        ("::1", None),
    ],
)
def test_an_address_is_found_by_its_network(address: str, found: Place | None) -> None:
    assert place(CITY, address) == found


def test_a_database_for_ipv4_knows_nothing_of_ipv6() -> None:
    made = database({"198.51.100.0/24": city("DE", "Berlin", 0.0, 0.0)}, version=4)
    assert place(made, "198.51.100.1") == Place("DE", "Berlin", "", 0.0, 0.0, 20)
    assert place(made, "2001:db8::1") is None


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (owner(64500, "Example Net"), Owner(64500, "Example Net")),
        ({"asn": "AS64501", "as_name": "Other"}, Owner(64501, "Other")),
        ({"asn": 64502}, Owner(64502, "")),
        ({"asn": "AS" + "9" * 40}, None),
        ({"autonomous_system_number": 0}, None),
        ({"asn": []}, None),
        ({}, None),
    ],
)
def test_the_owner_of_a_network(record: Any, found: Owner | None) -> None:
    made = database({"198.51.100.0/24": record}, kind="GeoLite2-ASN")
    look_up = open_database(made, where="db", kind="asn")
    assert owner_of(look_up(ip_address("198.51.100.9"))) == found


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({"country": "DE", "city": "Berlin"}, Place("DE", "Berlin")),
        ({"country": {"names": {"en": "Germany"}}}, Place("Germany")),
        ({"registered_country": {"iso_code": "DE"}}, Place("DE")),
        ({"country": "DE", "location": {"latitude": 1.5}}, Place("DE")),
        ({"country": "DE", "location": {"latitude": 91.0, "longitude": 0.0}}, Place("DE")),
        ({"country": "DE", "latitude": "1.5", "longitude": "2"}, Place("DE", "", "", 1.5, 2.0)),
        ({"country": "DE", "latitude": "x", "longitude": "2"}, Place("DE")),
        ({"country": 5, "city": {"names": ["x"]}, "location": "here"}, None),
        ({"country": {"iso_code": "X" * 4000}}, Place("X" * 120)),
        ("a text", None),
    ],
)
def test_records_of_other_shapes(record: Any, found: Place | None) -> None:
    assert place(database({"198.51.100.0/24": record}), "198.51.100.1") == found


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_place_that_is_nowhere_is_none(number: float) -> None:
    record = {"country": "DE", "location": {"latitude": number, "longitude": 1.0}}
    assert place(database({"198.51.100.0/24": record}), "198.51.100.1") == Place("DE")


def test_a_database_given_by_the_other_option_is_refused() -> None:
    with pytest.raises(EnrichmentError, match="--asn"):
        open_database(database({"::/1": {}}, kind="GeoLite2-ASN"), where="x", kind="geoip")
    with pytest.raises(EnrichmentError, match="--geoip"):
        open_database(CITY, where="x", kind="asn")


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trailtui.detect.enrich.geo.find_spec", lambda _: None)
    with pytest.raises(EnrichmentError, match=r"trailtui\[geo\]"):
        open_database(CITY, where="x", kind="geoip")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"no database", MARKER, MARKER + b"\xff" * 50, MARKER + encoded({"node_count": 1}),
        MARKER + encoded("x"), CITY[:-1], CITY[-200:], b"\x00" * 1000 + MARKER + encoded({}),
        CITY.replace(b"ip_version", b"ip_versiox"),
    ],
)  # fmt: skip
def test_what_is_no_database_is_refused(content: bytes) -> None:
    with pytest.raises(EnrichmentError, match="x: this is no database"):
        open_database(content, where="x", kind="geoip")


@given(st.data())
def test_a_damaged_database_ends_in_an_error_at_most(data: st.DataObject) -> None:
    content = bytearray(CITY)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 40))
    try:
        look_up = open_database(bytes(content[: len(content) - cut]), where="x", kind="geoip")
        for address in ("198.51.100.7", "203.0.113.1", "2001:db8::1", "192.0.2.1"):
            place_of(look_up(ip_address(address)))
    except EnrichmentError:
        pass


def test_pointers_in_a_circle_end_in_an_error() -> None:
    made = database({"198.51.100.0/24": {"country": "x" * 40}})
    at = made.index(bytes([7 << 5 | 1]), len(made) - 400)
    hostile = bytearray(made)
    hostile[at : at + 2] = bytes([1 << 5, 0])  # a pointer to itself
    look_up = open_database(bytes(hostile), where="x", kind="geoip")
    with pytest.raises(EnrichmentError, match="damaged"):
        look_up(ip_address("198.51.100.1"))
