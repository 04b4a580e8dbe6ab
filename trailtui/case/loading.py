"""The writer: puts acquired documents and their events into the case, each document whole.

An event is known by its event id and account. Seen again with the same content, it gets a
sighting; with other content it is kept beside the first and both are flagged.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat

from trailtui.case.coding import TEXT_COLUMNS, Coded
from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.case.packing import Chunk, unpack, unpack_chunk
from trailtui.model.record import ID_BITS, Flags, id_bits
from trailtui.model.times import now_ms

_REMEMBERED = 200_000
"""How many ids of strings are kept at hand, so that memory does not grow with the case."""

_EVENT_COLUMNS = (
    "id", "millis", "event_id", "variant", *TEXT_COLUMNS, "actor", "flags", "evidence", "offset",
    "length",
)  # fmt: skip
_INSERT_EVENT = (
    f"INSERT INTO event_rows ({', '.join(_EVENT_COLUMNS)}) "  # noqa: S608 - names of ours
    f"VALUES ({', '.join('?' * len(_EVENT_COLUMNS))}) ON CONFLICT DO NOTHING"
)
_ACTOR_COLUMNS = (
    "identity, type, arn, principal, principal_id, account, user_name, credential, session_name, "
    "issuer_type, issuer_arn, issuer_account, session_created_ms, mfa, invoked_by, "
    "source_identity, on_behalf_of"
)
Problem = tuple[int | None, int | None, str]
"""Offset and length in the content (None: the file as a whole), and the reason."""


@dataclass(slots=True)
class Acquired:
    """One document with its events, as a worker hands it to the writer."""

    origin: str
    sha256: str
    kind: str
    packing: str
    size: int
    content_size: int
    chunks: list[Chunk]
    coded: Coded
    problems: list[Problem]


@dataclass(slots=True)
class Loaded:
    """What became of a document."""

    records: int = 0
    """Records read: new events, sightings and conflicts together."""
    events: int = 0
    """Rows that are new in the case, conflicts included."""
    sightings: int = 0
    conflicts: int = 0
    problems: int = 0
    known: bool = False
    """These very bytes were in the case already; nothing was added."""


_Row = tuple[object, ...]


class Loader:
    """Inserts documents into one case. Use it inside `case.writing()`, and call `begin` first."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._strings = _Numbered(case, "strings", "text")
        self._actors = _Numbered(case, "actors", _ACTOR_COLUMNS)
        self._reader = RecordReader(case)

    def begin(self) -> None:
        """Look where the numbering stands; needed once in every transaction."""
        self._strings.begin()
        self._actors.begin()

    def load(self, acquired: Acquired) -> Loaded:
        """Put one document in; all its rows come with it or, when this raises, none."""
        evidence = self._add_evidence(acquired)
        if evidence is None:
            return Loaded(known=True)
        coded = acquired.coded
        loaded = Loaded(records=len(coded.ids), problems=len(acquired.problems))
        rows = self._rows(coded, evidence)
        placed = self._insert(rows, acquired, loaded)
        self._add_resources(coded, placed)
        add_problems(self.case, acquired.origin, evidence, acquired.problems)
        return loaded

    def _add_evidence(self, acquired: Acquired) -> int | None:
        """Number of the new evidence; None where the case has these bytes already."""
        execute = self.case.connection.execute
        at_ms = now_ms()
        row = execute(
            "INSERT INTO evidence (sha256, origin, kind, packing, size, content_size, records, "
            "problems, acquired_ms, acquired_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (sha256) DO NOTHING RETURNING id",
            [
                acquired.sha256,
                acquired.origin,
                acquired.kind,
                acquired.packing,
                acquired.size,
                acquired.content_size,
                len(acquired.coded.ids),
                len(acquired.problems),
                at_ms,
                self.case.responder.name,
            ],
        ).fetchone()
        add_origin(self.case, acquired.sha256, acquired.origin)
        if row is None:
            return None
        self.case.connection.executemany(
            "INSERT INTO evidence_chunks (evidence, start, size, bytes) VALUES (?, ?, ?, ?)",
            [(row[0], start, size, data) for start, size, data in acquired.chunks],
        )
        return row[0]

    def _rows(self, coded: Coded, evidence: int) -> list[_Row]:
        texts: list[int | None] = [None, *self._strings.of([(text,) for text in coded.texts])]
        actors: list[int | None] = [
            None,
            *self._actors.of([(key, *columns) for key, columns in coded.actors]),
        ]
        return list(
            zip(
                coded.ids,
                coded.millis,
                coded.event_ids,
                repeat(0),
                *([texts[n] for n in column] for column in coded.text_columns),
                [actors[n] for n in coded.actor],
                coded.flags,
                repeat(evidence),
                coded.offsets,
                coded.lengths,
            )
        )

    def _insert(self, rows: list[_Row], acquired: Acquired, loaded: Loaded) -> Sequence[int]:
        """Insert the rows; gives each one's id in the case, for resources to hang on."""
        before = self.case.connection.total_changes
        self.case.connection.executemany(_INSERT_EVENT, rows)
        inserted = self.case.connection.total_changes - before
        loaded.events += inserted
        if inserted == len(rows):
            return acquired.coded.ids
        return _Collisions(self.case, self._reader, acquired, loaded).settle(rows)

    def _add_resources(self, coded: Coded, placed: Sequence[int]) -> None:
        if not coded.resources:
            return
        texts = [0, *self._strings.of([(text,) for text in coded.texts])]
        self.case.connection.executemany(
            "INSERT INTO event_resources (resource, event) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(texts[text], placed[event]) for event, text in coded.resources],
        )


class _Numbered:
    """A table of distinct values, numbered from 1, with the numbers of recent ones at hand.

    The numbers are given here rather than by SQLite: one look-up and one insert for a document
    instead of two statements for each value. Holding the write lock makes that safe.
    """

    def __init__(self, case: Case, table: str, columns: str) -> None:
        self._execute = case.connection.execute
        self._executemany = case.connection.executemany
        self._table = table
        self._key = columns.partition(",")[0]
        marks = ", ".join("?" * (columns.count(",") + 2))
        self._insert = f"INSERT INTO {table} (id, {columns}) VALUES ({marks})"  # noqa: S608
        self._known: dict[object, int] = {}
        self._complete = False
        self._last = -1

    def begin(self) -> None:
        """Take up the numbering; forget everything where somebody else wrote meanwhile."""
        last = self._execute(f"SELECT coalesce(max(id), 0) FROM {self._table}").fetchone()[0]  # noqa: S608
        if last != self._last:
            self._known.clear()
            self._complete = last == 0
            self._last = last

    def of(self, rows: Sequence[tuple[object, ...]]) -> list[int]:
        """The numbers of rows by their first value; rows that are new are inserted."""
        known = self._known
        missing = {row[0]: row for row in rows if row[0] not in known}
        if missing:
            if len(known) > _REMEMBERED:
                known.clear()
                self._complete = False
                missing = {row[0]: row for row in rows}
            if not self._complete:
                self._look_up(missing)
            new = [(self._last + n, *row) for n, row in enumerate(missing.values(), 1)]
            self._executemany(self._insert, new)
            self._last += len(new)
            known.update((row[1], row[0]) for row in new)
        return [known[row[0]] for row in rows]

    def _look_up(self, missing: dict[object, tuple[object, ...]]) -> None:
        """Take out of `missing` what the table has."""
        keys = list(missing)
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            found = self._execute(
                f"SELECT {self._key}, id FROM {self._table} "  # noqa: S608
                f"WHERE {self._key} IN ({', '.join('?' * len(part))})",
                part,
            ).fetchall()
            self._known.update(found)
            for key, _ in found:
                del missing[key]


def add_origin(case: Case, sha256: str, origin: str) -> None:
    """Note that these bytes were seen at a path or URI."""
    case.connection.execute(
        "INSERT INTO evidence_origins (evidence, origin, seen_ms) "
        "SELECT id, ?, ? FROM evidence WHERE sha256 = ? ON CONFLICT DO NOTHING",
        [origin, now_ms(), sha256],
    )


def add_problems(
    case: Case, origin: str, evidence: int | None, problems: Iterable[Problem]
) -> None:
    """Keep what could not be read; the same complaint about the same place is kept once."""
    case.connection.executemany(
        "INSERT INTO problems (origin, evidence, offset, length, reason, at_ms) "
        "SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS ("
        "SELECT 1 FROM problems WHERE origin = ?1 AND evidence IS ?2 AND offset IS ?3 "
        "AND reason = ?5)",
        [(origin, evidence, *problem, now_ms()) for problem in problems],
    )


class _Collisions:
    """The rows of a document that did not go in at once: sightings, conflicts, shared ids."""

    def __init__(
        self, case: Case, reader: RecordReader, acquired: Acquired, loaded: Loaded
    ) -> None:
        self._case = case
        self._reader = reader
        self._loaded = loaded
        data = b"".join(
            unpack_chunk(acquired.packing, size, stored) for _, size, stored in acquired.chunks
        )
        self._content = unpack(data).content

    def settle(self, rows: list[_Row]) -> list[int]:
        """Deal with each row that is not in the case yet; gives every row's id."""
        return [self._settle_one(row) for row in rows]

    def _settle_one(self, row: _Row) -> int:
        flags, evidence, offset, length = row[-4:]
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
                self._loaded.sightings += 1
                return found[0]
        self._loaded.conflicts += 1
        return self._place(row, free, variant=len(known))

    def _standing(self, row: _Row) -> tuple[list[tuple[int, int, int, int, int]], int]:
        """Rows with this event id and account from where it wants to stand; the next free id."""
        wanted, event_id, account = row[0], row[2], row[4]
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

    def _place(self, row: _Row, free: int, *, variant: int = 0) -> int:
        """Insert under a free id; marked where that is not the one the event asks for."""
        values = [free, *row[1:]]
        values[3] = variant
        if free != row[0]:
            values[-4] = int(str(values[-4])) | int(Flags.DISPLACED)
        self._case.connection.execute(_INSERT_EVENT, values)
        self._loaded.events += 1
        return free


def flag_conflicts(case: Case) -> int:
    """Flag events that share event id and account with another of other content.

    Looks over the whole case, once for the evidence that came since the last time. Gives how many
    events were flagged now. Call it inside `case.writing()`.
    """
    newest = case.connection.execute("SELECT coalesce(max(id), 0) FROM evidence").fetchone()[0]
    if case.setting("conflicts-checked") == newest:
        return 0
    groups: dict[tuple[bytes | str, int], list[tuple[int, int]]] = {}
    for event, event_id, account, flags in _rows_with_shared_bits(case):
        groups.setdefault((event_id, account), []).append((event, flags))
    changes = [
        (variant, int(Flags.CONFLICT), event)
        for shared in groups.values()
        if len(shared) > 1
        for variant, (event, flags) in enumerate(shared)
        if not flags & Flags.CONFLICT
    ]
    case.connection.executemany(
        "UPDATE event_rows SET variant = ?, flags = flags | ? WHERE id = ?", changes
    )
    case.set_setting("conflicts-checked", newest)
    return len(changes)


def _rows_with_shared_bits(case: Case) -> list[tuple[int, bytes | str, int, int]]:
    """Rows whose ids end alike: all that can share an event id, and some that meet by chance."""
    execute = case.connection.execute
    bits = {
        row[0]
        for row in execute(
            "SELECT id & ? AS bits FROM event_rows GROUP BY bits HAVING count(*) > 1", [ID_BITS]
        )
    }
    displaced = execute(
        "SELECT id, event_id, account, flags FROM event_rows WHERE flags & 1024 ORDER BY id"
    ).fetchall()
    bits.update(id_bits(row[1]) for row in displaced)
    found = {row[0]: row for row in displaced}
    wanted = sorted(bits)
    for start in range(0, len(wanted), 30_000):
        part = wanted[start : start + 30_000]
        rows = execute(
            "SELECT id, event_id, account, flags FROM event_rows WHERE id IN ("  # noqa: S608
            f"SELECT id FROM event_rows WHERE id & ? IN ({', '.join('?' * len(part))}))",
            [ID_BITS, *part],
        )
        found.update((row[0], row) for row in rows)
    return [found[event] for event in sorted(found)]


def same_content(one: bytes, other: bytes) -> bool:
    """Whether two records say the same, whatever their blanks and the order of their keys."""
    if one == other:
        return True
    try:
        return bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return False
