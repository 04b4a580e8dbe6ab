"""Patterns of STIX 2.1 indicators, as far as they name addresses and domains.

`[ipv4-addr:value = '198.51.100.1' OR ipv4-addr:value ISSUBSET '203.0.113.0/24'] OR [url:…]`:
comparisons of `value` with `=`, `IN` and `ISSUBSET`, joined by OR, in brackets joined by OR. A
pattern that needs more than one thing at a time (AND, FOLLOWEDBY, qualifiers of time) or its
absence (NOT, !=) can't be answered by an address alone and is refused, never half read.
Source: STIX 2.1, chapter 9, "STIX Patterning".
"""

import re
from collections.abc import Iterator

PATHS = ("ipv4-addr", "ipv6-addr", "domain-name", "url")
LONGEST = 100_000
"""Characters of a pattern that are read."""

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\['\\])*')|(?P<path>[a-z0-9-]+:[A-Za-z0-9_.\[\]*'-]+?)(?=[\s=!<>])"
    r"|(?P<word>[A-Za-z]+)|(?P<sign>[\[\](),=]))"
)
_END = ("end", "")


class NotOurs(ValueError):
    """The pattern says something that a list of addresses and domains can't say; with the place."""


def named_values(pattern: str) -> list[str]:
    """The addresses, networks, domains and URLs that a pattern is met by.

    Raises NotOurs, with what stands where, for anything that is not understood whole.
    """
    if len(pattern) > LONGEST:
        raise NotOurs(f"a pattern of {len(pattern):,} characters")
    tokens = list(_tokens(pattern))
    found: list[str] = []
    at = _observation(tokens, 0, found)
    while tokens[at] == ("word", "OR"):
        at = _observation(tokens, at + 1, found)
    if tokens[at] != _END:
        raise NotOurs(f"{tokens[at][1][:40]!r} after an observation")
    return found


def _tokens(pattern: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(pattern.rstrip())
    while at < end:
        match = _TOKEN.match(pattern, at)
        if match is None or match.lastgroup is None:
            raise NotOurs(f"{pattern[at : at + 40].strip()!r} at character {at}")
        yield match.lastgroup, match[match.lastgroup]
        at = match.end()
    yield _END


def _observation(tokens: list[tuple[str, str]], at: int, found: list[str]) -> int:
    """`[comparison OR comparison]`; gives where it ends."""
    at = _expect(tokens, at, "sign", "[")
    at = _comparison(tokens, at, found)
    while tokens[at] == ("word", "OR"):
        at = _comparison(tokens, at + 1, found)
    return _expect(tokens, at, "sign", "]")


def _comparison(tokens: list[tuple[str, str]], at: int, found: list[str]) -> int:
    kind, path = tokens[at]
    owner, _, field = path.partition(":")
    if kind != "path" or owner not in PATHS or field != "value":
        raise NotOurs(f"{path[:60]!r} where an address or a domain should be named")
    kind, operator = tokens[at + 1] if at + 1 < len(tokens) else _END
    if (kind, operator) == ("word", "IN"):
        return _several(tokens, at + 2, found)
    subset = (kind, operator) == ("word", "ISSUBSET") and owner.startswith("ip")
    if (kind, operator) != ("sign", "=") and not subset:
        raise NotOurs(f"{operator[:40]!r} after {path}")
    return _value(tokens, at + 2, found)


def _several(tokens: list[tuple[str, str]], at: int, found: list[str]) -> int:
    at = _value(tokens, _expect(tokens, at, "sign", "("), found)
    while tokens[at] == ("sign", ","):
        at = _value(tokens, at + 1, found)
    return _expect(tokens, at, "sign", ")")


def _value(tokens: list[tuple[str, str]], at: int, found: list[str]) -> int:
    kind, text = tokens[at] if at < len(tokens) else _END
    if kind != "text":
        raise NotOurs(f"{text[:40]!r} where a text should be")
    found.append(re.sub(r"\\(['\\])", r"\1", text[1:-1]))
    return at + 1


def _expect(tokens: list[tuple[str, str]], at: int, kind: str, text: str) -> int:
    here = tokens[at] if at < len(tokens) else _END
    if here != (kind, text):
        raise NotOurs(f"{here[1][:40] or 'the end'!r} where {text!r} should be")
    return at + 1
