"""Lists of addresses and domains in the three formats, and what is none."""

import contextlib
import json
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.detect.enrich.errors import EnrichmentError
from trailtui.detect.enrich.list_files import read_list
from trailtui.detect.enrich.listed import WatchList
from trailtui.detect.enrich.ranges import read_aws_ranges
from trailtui.detect.enrich.stix import NotOurs, named_values


def read(text: str, name: str = "list.txt", column: str = "") -> WatchList:
    return read_list(text.encode(), where=name, column=column)


def found(listed: WatchList, text: str) -> str | None:
    hit = listed.find(text)
    return None if hit is None else hit.value


PLAIN = """# exits
198.51.100.7  # first
203.0.113.0/24 ; a network
2001:db8::/48
hxxp://Bad[.]example[.]com/path
*.evil.test
0.0.0.0/0
not an address
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.8", None),
        ("203.0.113.200", "203.0.113.0/24"),
        ("::ffff:203.0.113.200", "203.0.113.0/24"),
        ("2001:db8::5%eth0", "2001:db8::/48"),
        ("2001:db8:1::5", None),
        ("bad.example.com", "hxxp://Bad[.]example[.]com/path"),
        ("a.b.BAD.example.com.", "hxxp://Bad[.]example[.]com/path"),
        ("example.com", None),
        ("notbad.example.com", None),
        ("x.evil.test", "*.evil.test"),
        ("AWS Internal", None),
        ("", None),
        ("x" * 100_000, None),
        ("." * 5000, None),
    ],
)
def test_a_plain_list(text: str, value: str | None) -> None:
    assert found(read(PLAIN), text) == value


def test_what_is_not_understood_is_told() -> None:
    listed = read(PLAIN)
    assert listed.passed_over == [
        "line 7: '0.0.0.0/0' is no address or domain, or too wide",
        "line 8: 'not' is no address or domain, or too wide",
    ]
    assert listed.passed_over_in_all == 2
    hit = listed.find("198.51.100.7")
    assert hit is not None
    assert hit.label == "first"


def test_the_narrowest_network_is_named() -> None:
    listed = read("203.0.113.0/24\n203.0.113.64/26\n")
    assert found(listed, "203.0.113.70") == "203.0.113.64/26"
    assert found(listed, "203.0.113.1") == "203.0.113.0/24"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("score,IP\n5,198.51.100.7\n", ""),
        ('"seen","where from"\n"x, y","198.51.100.7"\n', "Where From"),
        ("# a comment\nip\n198.51.100.7\n\n", ""),
        ("value\r\n198.51.100.7\r\n", ""),
        ("\ufeffip\n198.51.100.7\n", ""),
    ],
)
def test_a_csv_with_its_column(text: str, column: str) -> None:
    listed = read(text, "feed.CSV", column)
    assert (len(listed), found(listed, "198.51.100.7")) == (1, "198.51.100.7")


def indicator(pattern: Any, **more: Any) -> dict[str, Any]:
    return {"type": "indicator", "spec_version": "2.1", "pattern_type": "stix",
            "pattern": pattern, "name": "C2", **more}  # fmt: skip


def test_indicators_of_a_bundle() -> None:
    objects: list[Any] = [
        {"type": "identity"}, 5,
        {"type": "ipv4-addr", "value": "192.0.2.9"},
        indicator("[ipv4-addr:value = '198.51.100.7']"),
        indicator("[ipv4-addr:value ISSUBSET '203.0.113.0/24' OR url:value = 'http://u.test/x']"),
        indicator("[domain-name:value = 'd.test'] OR [ipv6-addr:value = '2001:db8::1']"),
        indicator("[ipv4-addr:value = '192.0.2.1' AND file:name = 'x']"),
        indicator("[ipv4-addr:value = '192.0.2.2']", revoked=True),
        indicator("rule x {}", pattern_type="yara"),
        indicator(None), indicator(["x"]),
    ]  # fmt: skip
    listed = read(json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}))
    met = ("198.51.100.7", "203.0.113.9", "u.test", "d.test", "2001:db8::1")
    assert all(found(listed, text) for text in met)
    assert not any(found(listed, f"192.0.2.{n}") for n in (1, 2, 9))
    assert (len(listed), listed.passed_over_in_all) == (5, 5)
    hit = listed.find("d.test")
    assert hit is not None
    assert hit.label == "C2"


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("[ipv4-addr:value = '1.2.3.4']", ["1.2.3.4"]),
        ("[ ipv4-addr:value='1.2.3.4' ]", ["1.2.3.4"]),
        ("[ipv4-addr:value IN ('1.2.3.4', '1.2.3.5')]", ["1.2.3.4", "1.2.3.5"]),
        ("[url:value = 'http://x.test/a\\'b\\\\']", ["http://x.test/a'b\\"]),
        ("[domain-name:value = 'a.test'] OR [domain-name:value = 'b.test']", ["a.test", "b.test"]),
    ],
)
def test_patterns_that_are_understood(pattern: str, values: list[str]) -> None:
    assert named_values(pattern) == values


@pytest.mark.parametrize(
    "pattern",
    [
        "", "[", "]", "[]", "ipv4-addr:value = '1.2.3.4'", "[ipv4-addr:value = '1.2.3.4'",
        "[ipv4-addr:value != '1.2.3.4']", "[NOT ipv4-addr:value = '1.2.3.4']",
        "[ipv4-addr:value NOT = '1.2.3.4']", "[ipv4-addr:value = 5]",
        "[ipv4-addr:value LIKE '1.2.%']", "[ipv4-addr:value MATCHES '.*']",
        "[ipv4-addr:value = '1.2.3.4' AND ipv4-addr:value = '1.2.3.5']",
        "[ipv4-addr:value = '1.2.3.4'] FOLLOWEDBY [domain-name:value = 'x.test']",
        "[ipv4-addr:value = '1.2.3.4'] WITHIN 5 SECONDS",
        "[ipv4-addr:value = '1.2.3.4'] [ipv4-addr:value = '1.2.3.5']",
        "[ipv4-addr:resolves_to_refs[*].value = 'x']", "[file:hashes.'MD5' = 'x']",
        "[domain-name:value ISSUBSET 'x.test']", "[ipv4-addr:value IN ()]",
        "[ipv4-addr:value IN ('1.2.3.4',)]", "[ipv4-addr:value = '1.2.3.4' OR]",
        "([ipv4-addr:value = '1.2.3.4'])", "[(ipv4-addr:value = '1.2.3.4')]",
        "[ipv4-addr:value = '1.2.3.4] OR [", "[ipv4-addr:value = ", "[ipv4-addr:value",
        "[" * 100_000, "[ipv4-addr:value = '" + "1" * 200_000,
    ],
)  # fmt: skip
def test_patterns_that_say_more_are_refused(pattern: str) -> None:
    with pytest.raises(NotOurs):
        named_values(pattern)


@given(st.text(alphabet="[]()='\\ ,:.OR-IN1aipv4-addr:value ", max_size=80))
def test_no_pattern_ends_in_anything_else(pattern: str) -> None:
    with contextlib.suppress(NotOurs):
        assert named_values(pattern)


@pytest.mark.parametrize(
    ("content", "name", "column", "told"),
    [
        (b"", "x", "", "no address or domain"),
        (b"\xff\xfe\x00", "x", "", "UTF-8"),
        (b"{", "x", "", "no JSON"),
        (b"[" * 100_000, "x", "", "no JSON"),
        (b"{}", "x", "", "objects"),
        (b'{"objects": []}', "x", "", "no address"),
        (b"a,b\n1,2\n", "x.csv", "", "PATH#COLUMN"),
        (b"a,b\n1,2\n", "x.csv", "c", "no column 'c'"),
        (b"ip\n\x1b[2J\n", "x.csv", "", "no address"),
        (b'ip\n"a\n', "x.csv", "", "no CSV"),
        (b"hello\nworld\n", "x", "", "line 1: 'hello'"),
        (b"1.2.3.4/4\n::/0\n", "x", "", "no address"),
    ],
)
def test_what_is_no_list_is_refused(content: bytes, name: str, column: str, told: str) -> None:
    with pytest.raises(EnrichmentError, match=told):
        read_list(content, where=name, column=column)


def test_names_in_other_alphabets() -> None:
    assert found(read("b\u00fccher.example\n"), "xn--bcher-kva.example") == "b\u00fccher.example"
    assert not WatchList().add("\u202eevil")
    assert not WatchList().add("a..b")


RANGES = {
    "prefixes": [
        {"ip_prefix": "198.51.100.0/24", "region": "us-east-1", "service": "AMAZON"},
        {"ip_prefix": "198.51.100.0/24", "region": "us-east-1", "service": "EC2"},
        {"ip_prefix": "203.0.113.0/24", "region": "eu-west-1", "service": "AMAZON"},
    ],
    "ipv6_prefixes": [{"ipv6_prefix": "2001:db8::/32", "region": "GLOBAL", "service": "S3"}],
}


def test_ranges_of_aws() -> None:
    ranges = read_aws_ranges(json.dumps(RANGES).encode(), where="x")
    told = [
        ranges.of(ip_address(text))
        for text in ("198.51.100.1", "203.0.113.1", "2001:db8::1", "192.0.2.1", "::1")
    ]
    assert told == ["EC2 us-east-1", "AMAZON eu-west-1", "S3 GLOBAL", "", ""]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"prefixes": 5}', b'{"prefixes": [5]}', b'{"prefixes": []}',
     b'{"prefixes": [{"ip_prefix": "x"}]}', b'{"prefixes": [{"ip_prefix": "1.2.3.4/8"}]}',
     b"[" * 100_000],
)  # fmt: skip
def test_what_are_no_ranges_is_refused(content: bytes) -> None:
    with pytest.raises(EnrichmentError, match="x: "):
        read_aws_ranges(content, where="x")
