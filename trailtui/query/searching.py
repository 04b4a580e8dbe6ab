"""Where texts stand in the files: looked for before any row is looked at.

A condition that implies bytes of the record (see needles) is false for most of a million events.
Looking through each file once takes a fraction of asking every record; then only those rows are
chosen in whose record one of the texts stands.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from trailtui.case.evidence import RecordReader
from trailtui.query.fragment import Bindable, Sql, joined, sql
from trailtui.query.many_values import Places
from trailtui.query.places import places_of

FOUND, UNSEARCHED = "tt_found", "tt_unsearched"
"""Temporary tables: places of the texts, and the files that could not be looked through."""
_HOLDS = re.compile(r"tt_holds\((\w+)\.evidence, \1\.offset, \1\.length, \1\.flags, \?\)")
_MAY_HOLD = (
    "({e}.flags & 32 <> 0 "  # stands in a string
    "OR {e}.evidence IN (SELECT evidence FROM tt_unsearched) "
    "OR EXISTS (SELECT 1 FROM tt_found f WHERE f.evidence = {e}.evidence "
    "AND f.place >= {e}.offset AND f.place < {e}.offset + {e}.length))"
)
_RECORD_BEGINS = b'{"eventVersion"'
_KEPT_BYTES = 32 << 20
_LONGEST = 1 << 20
"""Bytes of one record; CloudTrail's are at most 256 KB."""
_MOST_PLACES = 5_000
"""In one file; where a text stands nearly everywhere, its places tell nothing."""


def texts_sought(implied: Sequence[Sql]) -> tuple[str, ...]:
    """The texts that conditions look for in the bytes of a record."""
    found = (str(each.parameters[at]) for each in implied for at in _texts_in(each))
    return tuple(dict.fromkeys(found))


def where_found(row: str, implied: Sequence[Sql]) -> Sql:
    """The conditions, asked of the tables: true for every row that may meet them."""
    without, with_all = (_assumed(implied, found=found) for found in (False, True))
    found = _MAY_HOLD.replace("{e}", row)
    return sql(f"CASE WHEN {{}} THEN 1 WHEN {{}} THEN {found} ELSE 0 END", without, with_all)


def _assumed(implied: Sequence[Sql], *, found: bool) -> Sql:
    """The conditions, as if every text stood in the record, or none did."""
    made: list[Sql] = []
    for each in implied:
        texts = set(_texts_in(each))
        kept: list[Bindable] = [
            value for at, value in enumerate(each.parameters) if at not in texts
        ]
        text = _HOLDS.sub(str(int(found)), each.text)
        made.append(Sql("1") if _is_or_true(text) else Sql(text, tuple(kept)))
    return joined(" AND ", made)


def _is_or_true(text: str) -> bool:
    """Whether SQL is `(… OR 1)`: what stands before may take long, and changes nothing."""
    depths = list(accumulate({"(": 1, ")": -1}.get(sign, 0) for sign in text))
    is_one_bracket = bool(depths) and depths[-1] == 0 and 0 not in depths[:-1]
    return is_one_bracket and text.endswith(" OR 1)")


def _texts_in(condition: Sql) -> Iterator[int]:
    """Which of the parameters are texts that are looked for."""
    for found in _HOLDS.finditer(condition.text):
        yield condition.text.count("?", 0, found.end()) - 1


class Pieces:
    """Parts of contents in which something was found, so that no file is unpacked twice."""

    def __init__(self) -> None:
        self._parts: dict[tuple[int, int], bytes] = {}
        self._bytes = 0

    def keep(self, evidence: int, content: bytes, place: int) -> None:
        """Keep what seems to be the record around a place; whether it is, of() sees."""
        if self._bytes >= _KEPT_BYTES:
            return
        start = content.rfind(_RECORD_BEGINS, 0, place + 1)
        if start >= 0 and (evidence, start) not in self._parts:
            end = content.find(_RECORD_BEGINS, place + 1)
            part = content[start : min(end if end >= 0 else len(content), start + _LONGEST)]
            self._parts[evidence, start] = part
            self._bytes += len(part)

    def of(self, places: Places) -> list[bytes] | None:
        """The records at some places; None where not all were kept."""
        found: list[bytes] = []
        for offset, length in zip(places.offsets, places.lengths, strict=True):
            part = self._parts.get((places.evidence, offset), b"")
            if len(part) < length:
                return None
            found.append(part[:length])
        return found


def search(
    connection: sqlite3.Connection,
    reader: RecordReader,
    files: Iterable[int],
    texts: Sequence[str],
) -> Pieces:
    """Make the tables anew, and fill them for some pieces of evidence."""
    for name in (FOUND, UNSEARCHED):
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
    connection.execute(
        f"CREATE TEMP TABLE {FOUND} (evidence INTEGER, place INTEGER, "
        "PRIMARY KEY (evidence, place)) WITHOUT ROWID"
    )
    connection.execute(f"CREATE TEMP TABLE {UNSEARCHED} (evidence INTEGER PRIMARY KEY)")
    sought = [text.encode() for text in texts]
    pieces = Pieces()
    for evidence in files:
        content = reader.whole(evidence)
        places = None if content is None else _places_in(content, sought)
        if content is None or places is None:
            connection.execute(f"INSERT INTO {UNSEARCHED} VALUES (?)", [evidence])  # noqa: S608
            continue
        for place in places:
            pieces.keep(evidence, content, place)
        connection.executemany(
            f"INSERT OR IGNORE INTO {FOUND} VALUES (?, ?)",  # noqa: S608 - our own name
            [(evidence, place) for place in places],
        )
    return pieces


def _places_in(content: bytes, texts: Sequence[bytes]) -> list[int] | None:
    """Where any of the texts stands; None where there are too many places.

    An escaped letter may be any, so it counts as all of the texts.
    """
    sought = [*texts, b"\\u"] if b"\\" in content else texts
    places: list[int] = []
    for text in sought:
        places += places_of(text, content, _MOST_PLACES)
    return places if len(places) < _MOST_PLACES else None
