"""What becomes of an event that is in the case already, or whose place is taken.

Same event id and account with the same content is a sighting; with other content it is kept beside
the first and both are flagged; another event altogether takes the next free id.
"""

import json

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


def insert_event(evidence: int, variant: int = 0) -> str:
    """The statement for a row; what all rows of a document share is not bound each time."""
    return _INSERT % (evidence, variant)


class Collisions:
    """The rows of a document that did not go in at once: sightings, conflicts, shared ids."""

    def __init__(self, case: Case, reader: RecordReader, acquired: Acquired, evidence: int) -> None:
        self._case = case
        self._reader = reader
        self._evidence = evidence
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
            if same_content(first, raw):
                self._case.connection.execute(
                    "INSERT INTO sightings (event, evidence, offset, length, flags) "
                    "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    [found[0], evidence, offset, length, flags],
                )
                self.sightings += 1
                return found[0]
        self.conflicts += 1
        return self._place(row, free, variant=len(known))

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
