"""Calls of a case as lineage needs them: found by who made them, by name or by time, then read.

Only successful calls are found: a call that was refused issued nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast
from zlib import crc32

import msgspec

from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.model.identity import Identity, resolve_identity
from trailtui.model.record import REFUSED, Flags, NotARecord, decode_record, row_time_ms
from trailtui.model.times import parse_event_time

Json = Mapping[str, object]

_CHUNK = 500
"""Values in one statement; SQLite takes more, a plan is made for few."""
MOST_CALLS = 100_000
"""Calls that one question gives at most: the newest of them."""
_ON_RESOURCE = (
    "SELECT event FROM event_resources WHERE resource IN "
    "(SELECT id FROM resources WHERE arn = ? AND hash = ?)"
)
_PLACE = "e.id, e.millis, e.flags, e.evidence, e.offset, e.length, e.actor"
Row = tuple[int, int, int, int, int, int, int]

_KEY_ID = re.compile(r"[A-Z0-9]{16,128}")
_SPOKEN = ("%b %d, %Y %I:%M:%S %p", "%b %d, %Y, %I:%M:%S %p")


@dataclass(frozen=True, slots=True)
class Call:
    """One successful call, from its record."""

    row: int
    """Id of its event row."""
    at_ms: int
    name: str
    source: str
    caller: Identity
    actor: int
    """Id of the caller in `actors`."""
    account: str | None
    """recipientAccountId, else the caller's account."""
    region: str | None
    request: Json
    response: Json
    extra: Json
    """additionalEventData, and serviceEventDetails below it."""
    identity: Json
    shared: str | None
    """sharedEventID: the same in each account that the call concerned."""
    ip: str | None


def part(value: Json, *keys: str) -> Json:
    """The object under a path of keys, whatever their case; empty where there is none."""
    here: Json = value
    for key in keys:
        found = _get(here, key)
        here = cast("Json", found) if isinstance(found, Mapping) else {}
    return here


def items(value: Json, *keys: str) -> list[Json]:
    """The objects of the list under a path of keys; also of EC2's `{"items": [...]}`."""
    here = _get(part(value, *keys[:-1]), keys[-1])
    if isinstance(here, Mapping):
        here = _get(cast("Json", here), "items")
    if not isinstance(here, list):
        return []
    return [cast("Json", one) for one in cast("list[object]", here) if isinstance(one, Mapping)]


def texts(value: Json, key: str) -> list[str]:
    """The texts of a list."""
    here = _get(value, key)
    if not isinstance(here, list):
        return []
    return [one for one in cast("list[object]", here) if isinstance(one, str)]


def text(value: Json, *keys: str) -> str | None:
    """The text or number under a path of keys as text; None where there is none."""
    here = _get(part(value, *keys[:-1]), keys[-1])
    if isinstance(here, bool):
        return str(here).lower()
    if isinstance(here, int):
        return str(here)
    return here.encode("utf-8", "backslashreplace").decode() if isinstance(here, str) else None


def _get(value: Json, key: str) -> object:
    if key in value:
        return value[key]
    lowered = key.lower()
    return next((one for name, one in value.items() if name.lower() == lowered), None)


def key_id(value: Json, *keys: str) -> str | None:
    """An access key id under a path of keys; None where what stands there is none."""
    found = text(value, *keys)
    return found if found and _KEY_ID.fullmatch(found) else None


def spoken_ms(written: str | None) -> int | None:
    """Milliseconds of a time as responseElements have it, in UTC.

    `Jul 10, 2023 12:24:29 PM`, with a comma after the year in some services, with a narrow blank
    before PM since Java 20; ISO times are taken too.
    """
    if not written or len(written) > 64:
        return None
    plain = " ".join(written.replace("\u202f", " ").split())
    for pattern in _SPOKEN:
        try:
            moment = datetime.strptime(plain, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
        return int(moment.timestamp()) * 1000 if moment.year >= 1970 else None
    return parse_event_time(plain)


@dataclass(slots=True)
class CallFinder:
    """Finds and reads calls of one case."""

    case: Case
    unread: int = 0
    """Records that could not be read as calls."""
    cut: bool = False
    """Whether a question had more calls than are looked at."""
    _reader: RecordReader | None = None
    _names: dict[frozenset[str], str] = field(default_factory=dict[frozenset[str], str])
    _callers: dict[int, Identity] = field(default_factory=dict[int, Identity])

    def by_actors(self, actors: Iterable[int], names: frozenset[str]) -> list[Call]:
        """Calls of some names by some actors, in the order of time."""
        named = self._named(names)
        rows: list[Row] = []
        for chunk in chunks(list(actors)):
            rows += self._rows(f"e.actor IN ({marks(chunk)}) AND +e.name IN ({named})", chunk)
        return self._read(rows)

    def by_names(self, names: frozenset[str]) -> list[Call]:
        """Calls of some names, in the order of time."""
        return self._read(self._rows(f"e.name IN ({self._named(names)})", []))

    def on_resource(self, arn: str, names: frozenset[str]) -> list[Call]:
        """Calls of some names whose record lists a resource, in the order of time."""
        named = self._named(names)
        condition = f"e.id IN ({_ON_RESOURCE}) AND +e.name IN ({named})"
        return self._read(self._rows(condition, [arn, crc32(arn.encode())]))

    def between(self, since_ms: int, until_ms: int, names: frozenset[str]) -> list[Call]:
        """Calls of some names in a stretch of time, both ends included, to the second."""
        condition = f"e.id >= ? AND e.id < ? AND +e.name IN ({self._named(names)})"
        ends = [since_ms // 1000 << 31, until_ms // 1000 + 1 << 31]
        return self._read(self._rows(condition, ends))

    def holding(self, names: frozenset[str], needle: str) -> list[Call]:
        """Calls of some names whose record holds a text, in the order of time."""
        return self._read(self._rows(f"e.name IN ({self._named(names)})", []), needle.encode())

    def identity_of(self, actor: int) -> Json:
        """The userIdentity of an actor, from one of its records; empty where none can be read."""
        sql = f"SELECT {_PLACE} FROM event_rows e WHERE e.actor = ? LIMIT 1"  # noqa: S608
        calls = self._read(self.case.connection.execute(sql, [actor]).fetchall())
        return calls[0].identity if calls else {}

    def _named(self, names: frozenset[str]) -> str:
        """Ids of names of calls, as SQL; `NULL` where the case has none of them."""
        known = self._names.get(names)
        if known is None:
            listed = sorted(names)
            rows = self.case.connection.execute(
                f"SELECT id FROM strings WHERE text IN ({marks(listed)})",  # noqa: S608
                listed,
            )
            known = self._names[names] = ", ".join(str(int(row[0])) for row in rows) or "NULL"
        return known

    def _rows(self, condition: str, parameters: Sequence[object]) -> list[Row]:
        sql = (
            f"SELECT {_PLACE} FROM event_rows e WHERE e.error IS NULL AND {condition} "  # noqa: S608
            f"ORDER BY e.id DESC LIMIT {MOST_CALLS + 1}"
        )
        found = self.case.connection.execute(sql, parameters).fetchall()
        self.cut = self.cut or len(found) > MOST_CALLS
        return found[:MOST_CALLS]

    def _read(self, rows: list[Row], needle: bytes = b"") -> list[Call]:
        """The calls of rows: read as they lie in the evidence, given in the order of time."""
        if self._reader is None:
            self._reader = RecordReader(self.case)
        found: list[Call] = []
        for row in sorted(rows, key=lambda one: (one[3], one[4])):
            in_string = bool(row[2] & Flags.IN_STRING)
            raw = self._reader.read(row[3], row[4], row[5], in_string=in_string)
            if needle and needle not in raw:
                continue
            record = _decoded(raw)
            if record is None:
                self.unread += 1
            else:
                found.append(self._call(row, record))
        found.sort(key=lambda one: one.row)
        return found

    def _call(self, row: Row, record: Json) -> Call:
        identity = part(record, "userIdentity")
        caller = self._callers.get(row[6])
        if caller is None:  # the records of one actor have the same userIdentity
            caller = self._callers[row[6]] = resolve_identity(identity)
        return _laid_out(row, record, identity, caller)


def _decoded(raw: bytes) -> Json | None:
    try:
        record = msgspec.json.decode(raw)
    except REFUSED:
        try:
            return decode_record(raw)
        except NotARecord:
            return None
    return cast("Json", record) if isinstance(record, dict) else None


def _laid_out(row: Row, record: Json, identity: Json, caller: Identity) -> Call:
    extra = {**part(record, "serviceEventDetails"), **part(record, "additionalEventData")}
    return Call(
        row=row[0],
        at_ms=row_time_ms(row[0], row[1], row[2]) or 0,
        name=text(record, "eventName") or "",
        source=text(record, "eventSource") or "",
        caller=caller,
        actor=row[6],
        account=text(record, "recipientAccountId") or caller.account,
        region=text(record, "awsRegion"),
        request=part(record, "requestParameters"),
        response=part(record, "responseElements"),
        extra=extra,
        identity=identity,
        shared=text(record, "sharedEventID"),
        ip=text(record, "sourceIPAddress"),
    )


def chunks(values: Sequence[object]) -> Iterator[list[object]]:
    """The values, a statement's worth at a time."""
    for start in range(0, len(values), _CHUNK):
        yield list(values[start : start + _CHUNK])


def marks(values: Sequence[object]) -> str:
    """Question marks for so many values."""
    return ", ".join("?" * len(values))
