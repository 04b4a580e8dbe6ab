"""The writer: puts acquired documents and their events into the case, each document whole.

An event is known by its event id and account. Seen again with the same content, it gets a
sighting; with other content it is kept beside the first and both are flagged.
"""

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar
from zlib import crc32

from trailtui.case.acquired import Acquired, Problem
from trailtui.case.coding import TEXT_COLUMNS, Coded, Vocabulary
from trailtui.case.collisions import Collisions, Row, insert_event
from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.case.indices import build_resource_index
from trailtui.model.times import now_ms

_REMEMBERED = 200_000
"""How many ids of strings are kept at hand, so that memory does not grow with the case."""

_PLACE = "SELECT account, coalesce(region, 0) FROM event_rows WHERE id = ?"
T = TypeVar("T")

_VOCABULARIES = 4
"""How many vocabularies are remembered: one for each worker process, and one before each."""

_ACTOR_COLUMNS = (
    "identity, type, arn, principal, principal_id, account, user_name, credential, session_name, "
    "issuer_type, issuer_arn, issuer_account, session_created_ms, mfa, invoked_by, "
    "source_identity, on_behalf_of"
)


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


class Loader:
    """Inserts documents into one case. Use it inside `case.writing()`, and call `begin` first."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._strings = _Numbered(case, "strings", "text")
        self._actors = _Numbered(case, "actors", _ACTOR_COLUMNS)
        self._resources = _Numbered(case, "resources", "arn, hash", by_hash=True)
        self._mapped: list[_Mapped] = []
        self._reader = RecordReader(case)
        self.placed: array[int] | None = None
        """Set it to gather the ids of all rows that are loaded."""

    def begin(self) -> None:
        """Look where the numbering stands; needed once in every transaction."""
        texts_moved, actors_moved = self._strings.begin(), self._actors.begin()
        if texts_moved or actors_moved:
            self._mapped.clear()
        self._resources.begin()

    def load(self, acquired: Acquired, fetch: int | None = None) -> Loaded:
        """Put one document in; all its rows come with it or, when this raises, none.

        `fetch` is what brought it; None where it was a file.
        """
        evidence = self._add_evidence(acquired, fetch)
        if evidence is None:
            return Loaded(known=True)
        coded = acquired.coded
        loaded = Loaded(records=len(coded.ids), problems=len(acquired.problems))
        placed = self._insert(acquired, evidence, loaded)
        self._add_places(coded, placed, all_new=loaded.events == len(coded.ids))
        if self.placed is not None:
            self.placed.extend(placed)
        if coded.object_calls:
            self.case.connection.execute(
                "INSERT INTO object_calls (evidence, calls) VALUES (?, ?)",
                [evidence, coded.object_calls],
            )
        self._add_resources(coded, placed)
        add_problems(self.case, acquired.origin, evidence, acquired.problems)
        return loaded

    def _add_evidence(self, acquired: Acquired, fetch: int | None) -> int | None:
        """Number of the new evidence; None where the case has these bytes already."""
        execute = self.case.connection.execute
        at_ms = now_ms()
        row = execute(
            "INSERT INTO evidence (sha256, origin, kind, packing, size, content_size, records, "
            "problems, acquired_ms, acquired_by, fetch) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
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
                fetch,
            ],
        ).fetchone()
        add_origin(self.case, acquired.sha256, acquired.origin, acquired.told)
        if row is None:
            return None
        self.case.connection.executemany(
            "INSERT INTO evidence_chunks (evidence, start, size, bytes) VALUES (?, ?, ?, ?)",
            [(row[0], start, size, data) for start, size, data in acquired.chunks],
        )
        return row[0]

    def _rows(self, coded: Coded) -> Iterator[Row]:
        """The events' rows, mapped from the document's numbers to the case's; see insert_event."""
        mapped = self._map(coded)
        text_of, actor_of = mapped.texts.__getitem__, mapped.actors.__getitem__
        return zip(
            coded.ids,
            coded.millis,
            coded.event_ids(),
            *(map(text_of, column) for column in coded.text_columns),
            map(actor_of, coded.actor),
            coded.flags,
            coded.offsets,
            coded.lengths,
            strict=True,
        )

    def _map(self, coded: Coded) -> "_Mapped":
        """The case's numbers for those that the document uses of its vocabulary."""
        vocabulary = coded.vocabulary
        mapped = next((one for one in self._mapped if one.vocabulary is vocabulary), None)
        if mapped is None:
            mapped = _Mapped(vocabulary)
            self._mapped = [mapped, *self._mapped[: _VOCABULARIES - 1]]
        mapped.texts.bring_up(
            coded.texts_grew,
            coded.text_columns,
            lambda numbers: self._strings.of([vocabulary.texts[n - 1] for n in numbers], _alone),
        )
        mapped.actors.bring_up(
            coded.actors_grew,
            [coded.actor],
            lambda numbers: self._actors.of(*_actor_rows(vocabulary, numbers)),
        )
        return mapped

    def _insert(self, acquired: Acquired, evidence: int, loaded: Loaded) -> Sequence[int]:
        """Insert the rows; gives each one's id in the case, for resources to hang on."""
        coded = acquired.coded
        rows = self._rows(coded)
        before = self.case.connection.total_changes
        self.case.connection.executemany(insert_event(evidence), rows)
        inserted = self.case.connection.total_changes - before
        loaded.events += inserted
        if inserted == len(coded.ids):
            return coded.ids
        collisions = Collisions(self.case, self._reader, acquired, evidence)
        placed = [collisions.settle(row) for row in self._rows(coded)]
        loaded.events += collisions.events
        loaded.sightings += collisions.sightings
        loaded.conflicts += collisions.conflicts
        return placed

    def _add_places(self, coded: Coded, placed: Sequence[int], *, all_new: bool) -> None:
        """The accounts and Regions of the document's events; mostly a single pair, and known."""
        if all_new:
            columns = dict(zip(TEXT_COLUMNS, coded.text_columns, strict=True))
            pairs = {*zip(columns["account"], columns["region"], strict=True)}
            texts = self._map(coded).texts
            rows = {(texts[account], texts[region] or 0) for account, region in pairs}
        else:
            rows = {self.case.connection.execute(_PLACE, [event]).fetchone() for event in {*placed}}
        self.case.connection.executemany(
            "INSERT INTO places (account, region) VALUES (?, ?) ON CONFLICT DO NOTHING", rows
        )

    def _add_resources(self, coded: Coded, placed: Sequence[int]) -> None:
        if not coded.arns:
            return
        numbers = self._resources.of(coded.arns, _with_hash)
        self.case.connection.executemany(
            "INSERT INTO event_resources (resource, event) VALUES (?, ?) ON CONFLICT DO NOTHING",
            zip(
                map(numbers.__getitem__, coded.resource),
                map(placed.__getitem__, coded.with_resource),
                strict=True,
            ),
        )


class _Mapping(list[int | None]):
    """The case's number for each number of a vocabulary; NULL for 0.

    What only documents used that were not loaded has none yet: it stands in `gaps`.
    """

    def __init__(self) -> None:
        super().__init__([None])
        self.gaps: set[int] = set()

    def bring_up(
        self,
        grew: tuple[int, int],
        columns: Iterable[Iterable[int]],
        numbers_of: Callable[[Collection[int]], list[int]],
    ) -> None:
        """Number what a document brought into the vocabulary, and what it uses of the gaps."""
        before, after = grew
        if before >= len(self):
            self.gaps.update(range(len(self), before + 1))
            self.extend([None] * (before + 1 - len(self)))
        if after >= len(self):
            self.extend(numbers_of(range(len(self), after + 1)))
        if self.gaps and (met := list(self.gaps.intersection(chain.from_iterable(columns)))):
            for number, found in zip(met, numbers_of(met), strict=True):
                self[number] = found
            self.gaps.difference_update(met)


class _Mapped:
    """A vocabulary, and what its numbers are in the case."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.texts = _Mapping()
        self.actors = _Mapping()


def _actor_rows(
    vocabulary: Vocabulary, numbers: Iterable[int]
) -> tuple[list[bytes], Callable[[Iterable[bytes]], list[tuple[object, ...]]]]:
    """Keys of actors, and what makes their rows, as _Numbered.of wants them."""
    columns = dict(vocabulary.actors[number - 1] for number in numbers)
    return [*columns], lambda keys: [(key, *columns[key]) for key in keys]


class _Numbered:
    """A table of distinct values, numbered from 1, with the numbers of recent ones at hand.

    The numbers are given here rather than by SQLite: one look-up and one insert for a document
    instead of two statements for each value. Holding the write lock makes that safe.
    """

    def __init__(self, case: Case, table: str, columns: str, *, by_hash: bool = False) -> None:
        """`columns` begin with the value; with `by_hash` its hash is the second, and indexed."""
        self._case = case
        self._execute = case.connection.execute
        self._executemany = case.connection.executemany
        self._table = table
        self._key = columns.partition(",")[0]
        marks = ", ".join("?" * (columns.count(",") + 2))
        self._insert = f"INSERT INTO {table} (id, {columns}) VALUES ({marks})"  # noqa: S608
        self._by_hash = by_hash
        self._known: dict[object, int] = {}
        self._complete = False
        self._last = -1

    def begin(self) -> bool:
        """Take up the numbering; forget everything where somebody else wrote meanwhile.

        Tells whether it did.
        """
        last = self._execute(f"SELECT coalesce(max(id), 0) FROM {self._table}").fetchone()[0]  # noqa: S608
        if last != self._last:
            self._known.clear()
            self._complete = last == 0
            self._last = last
            return True
        return False

    def of(
        self, keys: Sequence[T], rows_of: Callable[[Iterable[T]], list[tuple[object, ...]]]
    ) -> list[int]:
        """The numbers of values; what is new is inserted with the columns that `rows_of` gives."""
        known = self._known
        missing = dict.fromkeys(key for key in keys if key not in known)
        if missing:
            if len(known) > _REMEMBERED:
                known.clear()
                self._complete = False
                missing = dict.fromkeys(keys)
            rows = {row[0]: row for row in rows_of(missing)}
            if not self._complete:
                self._look_up(rows)
            new = [(self._last + n, *row) for n, row in enumerate(rows.values(), 1)]
            self._executemany(self._insert, new)
            self._last += len(new)
            known.update((row[1], row[0]) for row in new)
        return list(map(known.__getitem__, keys))

    def _look_up(self, missing: dict[object, tuple[object, ...]]) -> None:
        """Take out of `missing` what the table has."""
        rows = list(missing.values())
        for start in range(0, len(rows), 500):
            part = rows[start : start + 500]
            marks = ", ".join("?" * len(part))
            condition = f"{self._key} IN ({marks})"
            sought = [row[0] for row in part]
            if self._by_hash:
                build_resource_index(self._case.connection)
                condition += f" AND hash IN ({marks})"
                sought += [row[1] for row in part]
            found = self._execute(
                f"SELECT {self._key}, id FROM {self._table} WHERE {condition}",  # noqa: S608
                sought,
            ).fetchall()
            self._known.update(found)
            for key, _ in found:
                del missing[key]


def _alone(keys: Iterable[str]) -> list[tuple[object, ...]]:
    return [(key,) for key in keys]


def _with_hash(arns: Iterable[str]) -> list[tuple[object, ...]]:
    return [(arn, crc32(arn.encode())) for arn in arns]


def add_origin(case: Case, sha256: str, origin: str, told: str | None = None) -> None:
    """Note that these bytes were seen at a path or URI, and what was said of them there (JSON)."""
    case.connection.execute(
        "INSERT INTO evidence_origins (evidence, origin, seen_ms, told) "
        "SELECT id, ?, ?, ? FROM evidence WHERE sha256 = ? "
        "ON CONFLICT DO UPDATE SET told = coalesce(excluded.told, told)",
        [origin, now_ms(), told, sha256],
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
