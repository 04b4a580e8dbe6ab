"""What becomes of an event that is in the case already, or whose place is taken.

Same event id and account with the same content is a sighting; with other content it is kept beside
the first and both are flagged; another event altogether takes the next free id.
"""

import json
from typing import Any, cast

from trailtui.case.acquired import Acquired
from trailtui.case.coding import TEXT_COLUMNS
from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.case.packing import unpack, unpack_chunk
from trailtui.model.record import Flags

Row = tuple[object, ...]
"""Values for insert_event."""

_BOUND = ("id", "millis", "event_id", *TEXT_COLUMNS, "actor", "flags", "offset", "length")
_INSERT = (
    f"INSERT INTO event_rows ({', '.join(_BOUND)}, evidence, variant) "  # noqa: S608
    f"VALUES ({', '.join('?' * len(_BOUND))}, %d, %d) ON CONFLICT DO NOTHING"
)
_REPLACE = (
    f"UPDATE event_rows SET {', '.join(f'{name} = ?' for name in _BOUND[1:])}, "  # noqa: S608
    "evidence = ? WHERE id = ?"
)


def insert_event(evidence: int, variant: int = 0) -> str:
    """The statement for a row; what all rows of a document share is not bound each time."""
    return _INSERT % (evidence, variant)


class Collisions:
    """The rows of a document that did not go in at once: sightings, conflicts, shared ids."""

    def __init__(self, case: Case, reader: RecordReader, acquired: Acquired, evidence: int) -> None:
        self._case = case
        self._reader = reader
        self._evidence = evidence
        self._derived = acquired.kind == "derived"
        self.events = 0
        self.sightings = 0
        self.conflicts = 0
        data = b"".join(
            unpack_chunk(acquired.packing, size, stored) for _, size, stored in acquired.chunks
        )
        self._content = unpack(data).content

    def settle(self, row: Row) -> int:
        """Deal with one row, whether it went in or not; gives its id in the case."""
        flags, offset, length = row[-3:]
        evidence = self._evidence
        known, free = self._standing(row)
        for found in known:
            if found[1] == evidence and found[2] == offset:
                return found[0]
        if not known:
            return self._place(row, free)
        raw = self._raw(offset, length, flags)
        for found in known:
            first = self._reader.read(
                found[1], found[2], found[3], in_string=bool(found[4] & Flags.IN_STRING)
            )
            if self._same(found[1], first, raw):
                self._sight(found, row)
                return found[0]
        self.conflicts += 1
        return self._place(row, free, variant=len(known))

    def _same(self, known_evidence: int, first: bytes, raw: bytes) -> bool:
        """Whether two records are the same; one that was derived may say less than the other."""
        if self._derived:
            return agrees(raw, first)
        if self._is_derived(known_evidence):
            return agrees(first, raw)
        return same_content(first, raw)

    def _is_derived(self, evidence: int) -> bool:
        sql = "SELECT kind = 'derived' FROM evidence WHERE id = ?"
        return bool(self._case.connection.execute(sql, [evidence]).fetchone()[0])

    def _sight(self, found: tuple[int, int, int, int, int], row: Row) -> None:
        """Note one more place; what CloudTrail wrote takes the row from what was derived."""
        event, known_evidence, *known_place = found
        place = [self._evidence, row[-2], row[-1], row[-3]]
        if not self._derived and self._is_derived(known_evidence):
            place = [known_evidence, *known_place]
            kept = known_place[2] & int(Flags.CONFLICT | Flags.DISPLACED)
            values = [*row[1:-3], int(str(row[-3])) | kept, *row[-2:], self._evidence, event]
            self._case.connection.execute(_REPLACE, values)
        self._case.connection.execute(
            "INSERT INTO sightings (event, evidence, offset, length, flags) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [event, *place],
        )
        self.sightings += 1

    def _standing(self, row: Row) -> tuple[list[tuple[int, int, int, int, int]], int]:
        """Rows with this event id and account from where it wants to stand; the next free id."""
        wanted, event_id, account = row[0], row[2], row[3]
        assert isinstance(wanted, int)  # noqa: S101 - a column of integers
        known: list[tuple[int, int, int, int, int]] = []
        while True:
            found = self._case.connection.execute(
                "SELECT id, evidence, offset, length, flags, event_id = ? AND account = ? "
                "FROM event_rows WHERE id = ?",
                [event_id, account, wanted],
            ).fetchone()
            if found is None:
                return known, wanted
            if found[5]:
                known.append(found[:5])
            wanted += 1

    def _raw(self, offset: object, length: object, flags: object) -> bytes:
        assert isinstance(offset, int)  # noqa: S101 - columns of integers
        assert isinstance(length, int)  # noqa: S101
        assert isinstance(flags, int)  # noqa: S101
        raw = self._content[offset : offset + length]
        return json.loads(raw).encode() if flags & Flags.IN_STRING else raw

    def _place(self, row: Row, free: int, *, variant: int = 0) -> int:
        """Insert under a free id; marked where that is not the one the event asks for."""
        values = [free, *row[1:]]
        if free != row[0]:
            values[-3] = int(str(values[-3])) | int(Flags.DISPLACED)
        self._case.connection.execute(insert_event(self._evidence, variant), values)
        self.events += 1
        return free


def same_content(one: bytes, other: bytes) -> bool:
    """Whether two records say the same, whatever their blanks and the order of their keys."""
    if one == other:
        return True
    try:
        return bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return False


def agrees(part: bytes, whole: bytes) -> bool:
    """Whether all that a derived record says stands in the other one; what it leaves out may."""
    try:
        return _within(json.loads(part), json.loads(whole))
    except (ValueError, RecursionError):
        return False


def _within(part: Any, whole: Any) -> bool:  # noqa: ANN401 - any JSON value
    if isinstance(part, dict):
        members = cast("dict[str, Any]", part)
        return isinstance(whole, dict) and all(
            value is None or (key in whole and _within(value, whole[key]))
            for key, value in members.items()
        )
    if isinstance(part, list):
        items, others = cast("list[Any]", part), cast("list[Any]", whole)
        return (
            isinstance(whole, list)
            and len(items) == len(others)
            and all(map(_within, items, others))
        )
    return bool(part == whole)
