"""Further functions over text inside SQLite, as Trino has them."""

import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from trailtui.query.complaints import ValueComplaint
from trailtui.query.nested import list_of
from trailtui.query.patterns import regex

LONGEST_PADDED = 1_000_000
"""Characters that lpad and rpad fill up to; Trino takes more, and a case has no use for it."""
_GROUP = re.compile(r"\\(.)|\$(\d)|\$\{(\w+)\}|([\\$])", re.DOTALL)


def regexp_replace(text: str, pattern: str, replacement: str) -> str:
    """Each match replaced; $1 and ${name} stand for groups, a backslash takes a meaning away."""
    compiled = regex(pattern)

    def filled(found: re.Match[str]) -> str:
        def part(piece: re.Match[str]) -> str:
            if piece[4]:
                raise ValueComplaint(
                    f"{replacement!r} is no replacement: {piece[4]!r} stands alone"
                )
            if piece[1]:
                return piece[1]
            group: int | str = int(piece[2]) if piece[2] else piece[3]
            try:
                return found[group] or ""
            except IndexError:
                raise ValueComplaint(f"the pattern has no group {group}") from None

        return _GROUP.sub(part, replacement)

    return compiled.sub(filled, text)


def regexp_extract_all(text: str, pattern: str, group: int) -> str:
    """All matches, or what a group of each matched."""
    compiled = regex(pattern)
    if not 0 <= group <= compiled.groups:
        raise ValueComplaint(f"the pattern has no group {group}")
    return list_of("varchar", *(found[group] for found in compiled.finditer(text)))


def regexp_split(text: str, pattern: str) -> str:
    """What stands between the matches."""
    pieces: list[str] = []
    begin = 0
    for found in regex(pattern).finditer(text):
        pieces.append(text[begin : found.start()])
        begin = found.end()
    return list_of("varchar", *pieces, text[begin:])


def regexp_count(text: str, pattern: str) -> int:
    """How many matches."""
    return sum(1 for _ in regex(pattern).finditer(text))


def split(text: str, delimiter: str, limit: int) -> str:
    """The parts between delimiters; the last of `limit` (0: no limit) holds the rest."""
    if not delimiter:
        raise ValueComplaint("split needs a delimiter")
    return list_of("varchar", *text.split(delimiter, limit - 1 if limit > 0 else -1))


def pad(text: str, size: int, fill: str, left: int) -> str:
    """lpad and rpad: filled up, or cut, to so many characters."""
    if not 0 <= size <= LONGEST_PADDED or not fill:
        raise ValueComplaint(
            f"a size of 0 to {LONGEST_PADDED:,} and a text to fill with are expected"
        )
    if len(text) >= size:
        return text[:size]
    filling = (fill * (size - len(text)))[: size - len(text)]
    return filling + text if left else text + filling


def character(code: int) -> str:
    """chr."""
    if not 0 < code < 0x110000 or 0xD800 <= code < 0xE000:
        raise ValueComplaint(f"{code} is no character")
    return chr(code)


def codepoint(text: str) -> int:
    """The number of a character."""
    if len(text) != 1:
        raise ValueComplaint("codepoint takes one character")
    return ord(text)


def translate(text: str, old: str, new: str) -> str:
    """Characters replaced by those at the same place; without one, left out."""
    table: dict[int, str | None] = {}
    for at, char in enumerate(old):
        table.setdefault(ord(char), new[at] if at < len(new) else None)
    return text.translate(table)


def concat_ws(separator: str | None, *parts: str | None) -> str | None:
    """The parts that are not NULL with a separator between; NULL where the separator is."""
    if separator is None:
        return None
    return separator.join(part for part in parts if part is not None)


def url_decode(text: str) -> str:
    """Percent signs and plus signs made characters again."""
    return unquote_plus(text)


def url_encode(text: str) -> str:
    """As Java's URLEncoder."""
    return quote_plus(text, safe="*-._").replace("~", "%7E")


def in_network(network: str, address: str) -> int:
    """contains(network, address) and is_subnet_of."""
    try:
        whole = ip_network(network, strict=False)
        part = ip_network(address, strict=False)
    except ValueError:
        raise ValueComplaint(f"{network!r} is no network in CIDR notation") from None
    if part.version != whole.version:
        return 0
    return int(
        part.prefixlen >= whole.prefixlen
        and int(part.network_address) >> (whole.max_prefixlen - whole.prefixlen)
        == int(whole.network_address) >> (whole.max_prefixlen - whole.prefixlen)
    )


def as_address(text: str) -> str | None:
    """An address in its shortest form; None where the text is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


TEXTS: dict[str, tuple[int, Callable[..., Any]]] = {
    "tt_regexp_replace": (3, regexp_replace),
    "tt_regexp_extract_all": (3, regexp_extract_all),
    "tt_regexp_split": (2, regexp_split),
    "tt_regexp_count": (2, regexp_count),
    "tt_split": (3, split),
    "tt_pad": (4, pad),
    "tt_chr": (1, character),
    "tt_codepoint": (1, codepoint),
    "tt_translate": (3, translate),
    "tt_url_decode": (1, url_decode),
    "tt_url_encode": (1, url_encode),
    "tt_in_network": (2, in_network),
}
TEXTS_WITH_NULLS: dict[str, tuple[int, Callable[..., Any]]] = {"tt_concat_ws": (-1, concat_ws)}
