"""The writer: puts acquired documents and their events into the case, each document whole.

An event is known by its event id and account. Seen again with the same content, it gets a
sighting; with other content it is kept beside the first and both are flagged.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from trailtui.case.coding import TEXT_COLUMNS, ActorRow, Coded
from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.case.packing import Chunk, unpack, unpack_chunk
from trailtui.model.record import Flags
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
_INSERT_ACTOR = (
    f"INSERT INTO actors ({_ACTOR_COLUMNS}) VALUES ({', '.join('?' * 17)}) "  # noqa: S608
    "ON CONFLICT (identity) DO NOTHING RETURNING id"
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


@dataclass(slots=True)
class Loader:
    """Inserts documents into one case; use it inside `case.writing()`."""

    case: Case
    _strings: dict[str, int] = field(default_factory=dict[str, int])
    _actors: dict[bytes, int] = field(default_factory=dict[bytes, int])

    def forget(self) -> None:
        """Drop the remembered ids; needed after a rollback took the rows away."""
        self._strings.clear()
        self._actors.clear()

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
        texts: list[int | None] = [None, *self._string_ids(coded.texts)]
        actors: list[int | None] = [None, *self._actor_ids(coded.actors)]
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

    def _string_ids(self, texts: Iterable[str]) -> list[int]:
        known = self._strings
        if len(known) > _REMEMBERED:
            known.clear()
        execute = self.case.connection.execute
        ids: list[int] = []
        for text in texts:
            found = known.get(text)
            if found is None:
                row = execute("SELECT id FROM strings WHERE text = ?", [text]).fetchone()
                if row is None:
                    row = execute(
                        "INSERT INTO strings (text) VALUES (?) RETURNING id", [text]
                    ).fetchone()
                found = known[text] = int(row[0])
            ids.append(found)
        return ids

    def _actor_ids(self, actors: Sequence[ActorRow]) -> list[int]:
        known = self._actors
        if len(known) > _REMEMBERED:
            known.clear()
        execute = self.case.connection.execute
        ids: list[int] = []
        for identity, columns in actors:
            found = known.get(identity)
            if found is None:
                row = execute(_INSERT_ACTOR, [identity, *columns]).fetchone()
                if row is None:
                    row = execute("SELECT id FROM actors WHERE identity = ?", [identity]).fetchone()
                found = known[identity] = int(row[0])
            ids.append(found)
        return ids

    def _insert(self, rows: list[_Row], acquired: Acquired, loaded: Loaded) -> list[int]:
        """Insert the rows; gives each one's id in the case, for resources to hang on."""
        before = self.case.connection.total_changes
        self.case.connection.executemany(_INSERT_EVENT, rows)
        inserted = self.case.connection.total_changes - before
        loaded.events += inserted
        if inserted == len(rows):
            return acquired.coded.ids
        return _Collisions(self.case, acquired, loaded).settle(rows)

    def _add_resources(self, coded: Coded, placed: Sequence[int]) -> None:
        if not coded.resources:
            return
        texts = [0, *self._string_ids(coded.texts)]
        self.case.connection.executemany(
            "INSERT INTO event_resources (resource, event) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(texts[text], placed[event]) for event, text in coded.resources],
        )


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

    def __init__(self, case: Case, acquired: Acquired, loaded: Loaded) -> None:
        self._case = case
        self._reader = RecordReader(case)
        self._loaded = loaded
        data = b"".join(
            unpack_chunk(acquired.packing, size, stored) for _, size, stored in acquired.chunks
        )
        self._content = unpack(data).content

    def settle(self, rows: list[_Row]) -> list[int]:
        """Deal with each row that is not in the case yet; gives every row's id."""
        return [self._settle_one(row) for row in rows]

    def _settle_one(self, row: _Row) -> int:
        event_id, account = row[2], row[4]
        flags, evidence, offset, length = row[-4:]
        known = self._case.connection.execute(
            "SELECT id, evidence, offset, length, flags FROM event_rows "
            "WHERE event_id = ? AND account = ? ORDER BY variant",
            [event_id, account],
        ).fetchall()
        for found in known:
            if found[1] == evidence and found[2] == offset:
                return found[0]
        if not known:
            self._loaded.events += 1
            return self._place(row)
        raw = self._raw(offset, length, flags)
        for found in known:
            first = self._reader.read(
                found[1], found[2], found[3], in_string=bool(found[4] & Flags.IN_STRING)
            )
            if same_content(first, raw):
                self._case.connection.execute(
                    "INSERT INTO sightings (event, evidence, offset, length, flags) "
                    "VALUES (?, ?, ?, ?, ?)",
                    [found[0], evidence, offset, length, flags],
                )
                self._loaded.sightings += 1
                return found[0]
        return self._add_conflict(row, [found[0] for found in known])

    def _raw(self, offset: object, length: object, flags: object) -> bytes:
        assert isinstance(offset, int)  # noqa: S101 - columns of integers
        assert isinstance(length, int)  # noqa: S101
        assert isinstance(flags, int)  # noqa: S101
        raw = self._content[offset : offset + length]
        return json.loads(raw).encode() if flags & Flags.IN_STRING else raw

    def _add_conflict(self, row: _Row, known: list[int]) -> int:
        """Keep a record that claims another one's id, and flag all that share it."""
        flagged = int(Flags.CONFLICT)
        self._case.connection.executemany(
            "UPDATE event_rows SET flags = flags | ? WHERE id = ?",
            [(flagged, event) for event in known],
        )
        values = list(row)
        values[3] = len(known)
        values[-4] = int(str(values[-4])) | flagged
        self._loaded.events += 1
        self._loaded.conflicts += 1
        return self._place(tuple(values))

    def _place(self, row: _Row) -> int:
        """Insert under the next id that is free, from the one the event would have."""
        wanted = row[0]
        assert isinstance(wanted, int)  # noqa: S101 - a column of integers
        while True:
            cursor = self._case.connection.execute(_INSERT_EVENT, [wanted, *row[1:]])
            if cursor.rowcount == 1:
                return wanted
            wanted += 1


def same_content(one: bytes, other: bytes) -> bool:
    """Whether two records say the same, whatever their blanks and the order of their keys."""
    if one == other:
        return True
    try:
        return bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return False
