"""Turning the records of one document into columns of integers, ready to be inserted.

Runs in worker processes. Texts get small numbers of their own within the document; the writer
maps those to the case's strings, a list look-up per column.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from operator import attrgetter
from struct import unpack

from msgspec import Raw

from trailtui.model.envelope import Piece
from trailtui.model.identity import resolve_identity
from trailtui.model.record import (
    REFUSED,
    Flags,
    NotARecord,
    RecordFields,
    Resource,
    Typed,
    decode_record,
    decode_typed,
    id_bits,
    pack_event_id,
    read_leniently,
)
from trailtui.model.times import parse_event_time

ActorRow = tuple[bytes, tuple[str | int | None, ...]]
"""The key of an actor (see the table), and its columns."""

TEXT_COLUMNS = (
    "account", "name", "source", "region", "ip", "agent", "error", "type", "category",
    "principal", "credential",
)  # fmt: skip


@dataclass(slots=True)
class Coded:
    """Columns of a document's events; 0 stands for NULL, n for texts[n-1] or actors[n-1]."""

    ids: Sequence[int] = ()
    millis: Sequence[int] = ()
    event_ids: Sequence[bytes | str] = ()
    text_columns: list[Sequence[int]] = field(default_factory=lambda: [() for _ in TEXT_COLUMNS])
    actor: Sequence[int] = ()
    flags: Sequence[int] = ()
    offsets: Sequence[int] = ()
    lengths: Sequence[int] = ()
    texts: list[str] = field(default_factory=list[str])
    actors: list[ActorRow] = field(default_factory=list[ActorRow])
    resources: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Position of the event in these columns, and the text of the resource (n, as above)."""
    refused: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])
    """Pieces that are no records: offset, length, reason."""


_KNOWN_ACTORS = 20_000
"""How many identities a process remembers; sessions come and go."""

_Actor = tuple[ActorRow, str | None, str | None, str | None]
"""Row, principal, credential, account."""

_actors: dict[bytes, _Actor] = {}


def _actor_of(identity: bytes) -> _Actor:
    """Who a userIdentity is, by its bytes: most records repeat one that was seen before."""
    found = _actors.get(identity)
    if found is None:
        if len(_actors) >= _KNOWN_ACTORS:
            _actors.clear()
        resolved = resolve_identity(decode_identity(identity))
        row = (sha256(identity).digest()[:16], resolved.as_row())
        found = (row, resolved.principal, resolved.credential, resolved.account)
        _actors[identity] = found
    return found


def decode_identity(identity: bytes) -> object:
    """A userIdentity from its bytes; None where it is no object."""
    try:
        return decode_record(identity)
    except NotARecord:
        return None


class _Numbers(dict[str | None, int]):
    """Numbers for the texts of one document; 0 for None. A known text costs one look-up."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__({None: 0})
        self._texts = texts

    def __missing__(self, text: str) -> int:
        self._texts.append(text)
        number = self[text] = len(self._texts)
        return number


class _ActorNumbers(dict[bytes, int]):
    """Numbers for the actors of one document, and what each brings along."""

    def __init__(self, actors: list[ActorRow], number: _Numbers) -> None:
        super().__init__({b"": 0})
        self._actors = actors
        self._number = number
        self.principals = [0]
        self.credentials = [0]
        self.accounts = [number[""]]

    def __missing__(self, identity: bytes) -> int:
        row, principal, credential, account = _actor_of(identity)
        self._actors.append(row)
        self.principals.append(self._number[principal])
        self.credentials.append(self._number[credential])
        self.accounts.append(self._number[account or ""])
        place = self[identity] = len(self._actors)
        return place


class _Times(dict[str, int | None]):
    """Milliseconds of eventTime; a file's records share their seconds."""

    def __missing__(self, text: str) -> int | None:
        time_ms = self[text] = parse_event_time(text)
        return time_ms


_FLAGS = {
    (read_only, management): {None: 0, False: 1, True: 3}[read_only]
    | {None: 0, False: 4, True: 12}[management]
    for read_only in (None, False, True)
    for management in (None, False, True)
}
_columns_of = attrgetter(
    "time", "name", "source", "event_id", "region", "ip", "agent", "error", "type", "category",
    "account",
)  # fmt: skip


def code_records(pieces: Iterable[Piece]) -> Coded:
    """Read each piece's fields and lay them out in columns."""
    coded = Coded()
    kept: list[Piece] = []
    records: list[Typed] = []
    odd: dict[int, RecordFields] = {}
    for piece in pieces:
        try:
            records.append(decode_typed(piece.raw))
        except REFUSED:
            try:
                fields = read_leniently(piece.raw)
            except NotARecord as error:
                coded.refused.append((piece.offset, piece.length, str(error)))
                continue
            odd[len(records)] = fields
            records.append(_as_typed(fields))
        kept.append(piece)
    if records:
        _fill(coded, kept, records, odd)
    return coded


def _fill(
    coded: Coded, pieces: list[Piece], records: list[Typed], odd: dict[int, RecordFields]
) -> None:
    number = _Numbers(coded.texts)
    actors = _ActorNumbers(coded.actors, number)
    times, names, sources, ids, regions, ips, agents, errors, types, categories, accounts = zip(
        *map(_columns_of, records), strict=True
    )
    actor = [actors[bytes(record.identity)] for record in records]
    known_times = _Times()
    times_ms = [known_times[text] for text in times]
    flags = [_FLAGS[record.read_only, record.management] for record in records]
    for place, record in enumerate(records):
        if record.resources:
            coded.resources += [
                (place, number[resource.arn]) for resource in record.resources if resource.arn
            ]
        if record.from_console == "true":
            flags[place] |= Flags.FROM_CONSOLE
    for place, fields in odd.items():
        times_ms[place] = fields.time_ms
        flags[place] = fields.flags
    for place, time_ms in enumerate(times_ms):
        if time_ms is None:
            flags[place] |= Flags.NO_TIME
    coded.event_ids, bits = _pack_ids(ids, pieces, flags)
    coded.ids = array(
        "q", [(ms or 0) // 1000 << 31 | low for ms, low in zip(times_ms, bits, strict=True)]
    )
    coded.millis = array("h", [(ms or 0) % 1000 for ms in times_ms])
    own = [
        number[text] if text else actors.accounts[who]
        for text, who in zip(accounts, actor, strict=True)
    ]
    texts = [
        own,
        *(
            [number[text] for text in column]
            for column in (names, sources, regions, ips, agents, errors, types, categories)
        ),
        [actors.principals[who] for who in actor],
        [actors.credentials[who] for who in actor],
    ]
    coded.text_columns = [array("i", column) for column in texts]
    coded.actor = array("i", actor)
    for place, piece in enumerate(pieces):
        if piece.in_string:
            flags[place] |= Flags.IN_STRING
    coded.flags = array("i", flags)
    coded.offsets = array("q", [piece.offset for piece in pieces])
    coded.lengths = array("i", [piece.length for piece in pieces])


def _pack_ids(
    ids: Sequence[str], pieces: list[Piece], flags: list[int]
) -> tuple[list[bytes | str], Sequence[int]]:
    """The event ids as they are stored, and the 31 bits of each that stand in the row's id."""
    joined = "".join(ids)
    digits = joined.replace("-", "")
    count = len(ids)
    if (
        len(digits) == 32 * count
        and set(map(len, ids)) == {36}
        and all(joined[at::36] == "-" * count for at in (8, 13, 18, 23))
    ):
        try:
            packed = bytes.fromhex(digits)
        except ValueError:
            packed = b""
        if packed.hex() == digits:  # lower case, and nothing that fromhex passes over
            bits = [low & 0x7FFF_FFFF for low in unpack(">" + "I12x" * count, packed)]
            return [packed[at : at + 16] for at in range(0, 16 * count, 16)], bits
    stored: list[bytes | str] = []
    for place, (event_id, piece) in enumerate(zip(ids, pieces, strict=True)):
        stored.append(pack_event_id(event_id or None, piece.raw))
        if not event_id:
            flags[place] |= Flags.NO_EVENT_ID
    return stored, [id_bits(packed) for packed in stored]


def _as_typed(fields: RecordFields) -> Typed:
    """A leniently read record in the shape of the others."""
    return Typed(
        time="",
        name=fields.name,  # pyright: ignore[reportArgumentType]
        source=fields.source,  # pyright: ignore[reportArgumentType]
        event_id=fields.event_id or "",
        region=fields.region,
        ip=fields.ip,
        agent=fields.agent,
        error=fields.error,
        type=fields.type,
        category=fields.category,
        account=fields.account,
        resources=[Resource(arn) for arn in fields.resources] or None,
        identity=Raw(fields.identity),
    )
