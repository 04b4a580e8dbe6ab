"""Reading a list of addresses and domains: plain text, CSV with a column, or STIX 2.1."""

import csv
import json
from collections.abc import Mapping
from io import StringIO
from typing import cast

from trailtui.detect.enrich.errors import EnrichmentError
from trailtui.detect.enrich.listed import WatchList
from trailtui.detect.enrich.stix import NotOurs, named_values

LARGEST = 128 << 20
MOST = 5_000_000
"""Values of one list."""
COLUMNS = (
    "ip", "ip_address", "ipaddress", "address", "ip address", "indicator", "ioc", "value",
    "ioc_value", "domain", "host", "hostname", "url", "network", "cidr", "src_ip", "dst_ip",
)  # fmt: skip
"""Names of a CSV file's column that is taken where none is named."""


def read_list(content: bytes, *, where: str, column: str = "") -> WatchList:
    """A list of addresses, networks, domains and URLs.

    Args:
        content: the file's bytes.
        where: its path, for errors; `.csv` at its end means CSV.
        column: the column of a CSV file; empty: the first of COLUMNS that it has.

    Raises EnrichmentError where nothing in it is understood.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise EnrichmentError("a list has to be a text in UTF-8", where=where) from None
    found = WatchList()
    if text.lstrip()[:1] in ("{", "["):
        _read_stix(text, found, where)
    elif column or where.lower().endswith(".csv"):
        _read_csv(text, found, where, column)
    else:
        _read_plain(text, found, where)
    if not len(found):
        first = f"; {found.passed_over[0]}" if found.passed_over else ""
        raise EnrichmentError(f"there is no address or domain in this list{first}", where=where)
    return found


def _read_plain(text: str, found: WatchList, where: str) -> None:
    """A value a line; behind `#` or `;`, or blanks, stands what is said of it."""
    for number, line in enumerate(text.splitlines(), start=1):
        value, _, comment = line.partition("#")
        words = value.partition(";")[0].split()
        if words:
            _add(found, words[0], comment.strip(), f"line {number}", where)


def _read_csv(text: str, found: WatchList, where: str, column: str) -> None:
    lines = [line for line in StringIO(text) if not line.startswith("#")]
    try:
        rows = csv.reader(lines, strict=True)
        header = [name.strip().lower() for name in next(rows, list[str]())]
        at = _column(header, column, where)
        for number, row in enumerate(rows, start=2):
            if len(row) > at and row[at].strip():
                _add(found, row[at], "", f"row {number}", where)
    except csv.Error as error:
        raise EnrichmentError(f"this is no CSV: {error}", where=where) from None


def _column(header: list[str], wanted: str, where: str) -> int:
    names = (wanted.strip().lower(),) if wanted else COLUMNS
    for name in names:
        if name in header:
            return header.index(name)
    told = (
        f"there is no column {wanted[:60]!r}"
        if wanted
        else "no column's name says that addresses or domains stand in it"
    )
    named = ", ".join(name[:30] for name in header[:12])
    raise EnrichmentError(told, where=where, cure=f"It has {named}: give it as PATH#COLUMN.")


def _read_stix(text: str, found: WatchList, where: str) -> None:
    """Indicators of a bundle, or of a plain list of objects; revoked ones are left out."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise EnrichmentError("this is no JSON, so no STIX either", where=where) from None
    objects: object = told
    if isinstance(told, dict):
        objects = cast("Mapping[str, object]", told).get("objects")
    if not isinstance(objects, list):
        raise EnrichmentError("this is no bundle of STIX: it has no `objects`", where=where)
    for number, each in enumerate(cast("list[object]", objects), start=1):
        if isinstance(each, dict) and cast("Mapping[str, object]", each).get("type") == "indicator":
            _read_indicator(cast("Mapping[str, object]", each), found, f"object {number}", where)


def _read_indicator(
    indicator: Mapping[str, object], found: WatchList, place: str, where: str
) -> None:
    if indicator.get("revoked") is True:
        found.pass_over(f"{place}: revoked")
        return
    if indicator.get("pattern_type", "stix") != "stix":
        found.pass_over(f"{place}: its pattern is not STIX's own")
        return
    try:
        values = named_values(str(indicator.get("pattern") or ""))
    except NotOurs as error:
        found.pass_over(f"{place}: {error}")
        return
    label = indicator.get("name")
    for value in values:
        _add(found, value, label if isinstance(label, str) else "", place, where)


def _add(found: WatchList, value: str, label: str, place: str, where: str) -> None:
    if len(found) >= MOST:
        raise EnrichmentError(f"this list has more than {MOST:,} values", where=where)
    if not found.add(value, label[:200]):
        found.pass_over(f"{place}: {value.strip()[:60]!r} is no address or domain, or too wide")
