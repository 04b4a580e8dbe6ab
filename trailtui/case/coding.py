"""Turning the records of one document into columns of integers, ready to be inserted.

Runs in worker processes. Texts and actors get numbers of their own, in a vocabulary that goes on
from document to document; the writer maps those to the case's, a list look-up per column.
"""

import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from operator import sub
from struct import unpack
from types import MappingProxyType

from msgspec import Raw
from msgspec.structs import astuple

from trailtui.case.flag_column import add_rarer_flags, common_flags, take_over_odd
from trailtui.case.object_calls import pack_calls
from trailtui.model.envelope import Piece
from trailtui.model.identity import resolve_identity
from trailtui.model.record import (
    ID_BITS,
    REFUSED,
    Flags,
    NotARecord,
    RecordFields,
    Resource,
    Typed,
    decode_record,
    decode_trail,
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


class Vocabulary:
    """Texts and actors in the order in which they were met, numbered from 1; 0 stands for none.

    It only grows. Documents that are coded one after another, in one thread, may share one: most
    of their texts are the same. It travels to another process empty; who sends documents sends
    beside them what is new in it.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.actors: list[ActorRow] = []
        self.text_numbers = _Numbers(self.texts)
        self.actor_numbers = _ActorNumbers(self.actors, self.text_numbers)

    def __reduce__(self) -> tuple[type["Vocabulary"], tuple[()]]:
        return Vocabulary, ()

    @property
    def is_large(self) -> bool:
        """Whether a new one should be begun: sessions and what attackers write come and go."""
        return len(self.texts) > _MOST_TEXTS or len(self.actors) > _KNOWN_ACTORS


@dataclass(slots=True)
class Coded:
    """Columns of a document's events; texts and actors by their numbers in the vocabulary."""

    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    ids: Sequence[int] = ()
    millis: Sequence[int] = ()
    packed_ids: bytes = b""
    """16 bytes for each event id, where all are UUIDs; else empty."""
    other_ids: Sequence[bytes | str] = ()
    """The event ids as they are stored, where not all are UUIDs."""
    text_columns: list[Sequence[int]] = field(default_factory=lambda: [() for _ in TEXT_COLUMNS])
    actor: Sequence[int] = ()
    flags: Sequence[int] = ()
    offsets: Sequence[int] = ()
    lengths: Sequence[int] = ()
    texts_grew: tuple[int, int] = (0, 0)
    """How many texts the vocabulary had before this document, and after: it uses no later ones."""
    actors_grew: tuple[int, int] = (0, 0)
    arns: list[str] = field(default_factory=list[str])
    """Distinct ARNs of the events' resources."""
    with_resource: Sequence[int] = ()
    """Positions, in these columns, of events that have a resource; once for each of them."""
    resource: Sequence[int] = ()
    """For each of those, the position of its ARN in `arns`."""
    object_calls: bytes = b""
    """See trailtui.case.object_calls."""
    refused: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])
    """Pieces that are no records: offset, length, reason."""

    def event_ids(self) -> Sequence[bytes | str]:
        """The event ids as they are stored, in the order of the columns."""
        packed = self.packed_ids
        if not packed:
            return self.other_ids
        return [packed[at : at + 16] for at in range(0, len(packed), 16)]


_KNOWN_ACTORS = 20_000
"""How many identities a process remembers; sessions come and go."""

_MOST_TEXTS = 50_000

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
    """Numbers for texts; 0 for None. A known text costs one look-up."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__({None: 0})
        self._texts = texts

    def __missing__(self, text: str) -> int:
        self._texts.append(text)
        number = self[text] = len(self._texts)
        return number


class _ActorNumbers(dict[bytes, int]):
    """Numbers for actors, and what each brings along."""

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


_TRAIL_BEGINS = b'{"Records":[{"eventVersion"'
_TRAIL_HEAD = len(b'{"Records":[')
_TRAIL_ENDS = b"}]}"
_seams = re.compile(rb'\},\{"eventVersion"').finditer
_SEAM_BEGINS = len(b"},")


def code_trail(content: bytes, vocabulary: Vocabulary | None = None) -> Coded | None:
    """A log file just as a trail writes it, in one pass; None for any other shape.

    `vocabulary` goes on from the documents before; without one, a new one is begun.

    The records are decoded as a list, and their places found by what stands between two of them.
    That could be fooled by records that quote such a seam, so each record's event id has to stand
    in its own piece.
    """
    if not content.startswith(_TRAIL_BEGINS) or not content.endswith(_TRAIL_ENDS):
        return None
    try:
        records = decode_trail(content)
    except REFUSED:
        return None
    starts = [_TRAIL_HEAD, *(seam.start() + _SEAM_BEGINS for seam in _seams(content))]
    ends = [*(start - 1 for start in starts[1:]), len(content) - len("]}")]
    ids = [record.event_id for record in records]
    if len(starts) != len(records) or len(set(ids)) != len(ids) or "" in ids:
        return None
    encoded = "\n".join(ids).encode().split(b"\n")
    # from the end: a record's id stands behind its long parts
    if len(encoded) != len(ids) or -1 in map(content.rfind, encoded, starts, ends):
        return None
    coded = Coded(vocabulary or Vocabulary())
    coded.offsets = array("q", starts)
    coded.lengths = array("i", map(sub, ends, starts))
    _fill(coded, records)
    return coded


def code_records(pieces: Iterable[Piece], vocabulary: Vocabulary | None = None) -> Coded:
    """Read each piece's fields and lay them out in columns; see code_trail for the vocabulary."""
    coded = Coded(vocabulary or Vocabulary())
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
    if not records:
        return coded
    coded.offsets = array("q", [piece.offset for piece in kept])
    coded.lengths = array("i", [piece.length for piece in kept])
    _fill(coded, records, odd, kept)
    return coded


def _fill(
    coded: Coded,
    records: Sequence[Typed],
    odd: Mapping[int, RecordFields] = MappingProxyType({}),
    pieces: Sequence[Piece] = (),
) -> None:
    """The columns of records; `odd` has those that were read leniently, by their position.

    `pieces` may be left out where every record has an event id and none stands in a string.
    """
    number, actors = coded.vocabulary.text_numbers, coded.vocabulary.actor_numbers
    texts_before, actors_before = len(coded.vocabulary.texts), len(coded.vocabulary.actors)
    (times, names, sources, ids, regions, ips, agents, errors, types, categories, accounts,
     read_only, management, from_console, resources, tls, requests, additional, identities,
     ) = zip(*map(astuple, records), strict=True)  # fmt: skip
    # map over a bound method: half the time of a comprehension, and there are many columns
    actor = list(map(actors.__getitem__, map(bytes, identities)))
    times_ms = list(map(_Times().__getitem__, times))
    flags = common_flags(read_only, management, tls)
    coded.object_calls = pack_calls(requests, additional, coded.offsets, flags)
    add_rarer_flags(flags, ids, from_console)
    take_over_odd(odd, flags, times_ms)
    for place, piece in enumerate(pieces):
        if piece.in_string:
            flags[place] |= Flags.IN_STRING
    coded.packed_ids, bits = _pack_uuids(ids)
    if not bits:
        coded.other_ids = [
            pack_event_id(event_id or None, b"" if event_id else pieces[place].raw)
            for place, event_id in enumerate(ids)
        ]
        bits = [id_bits(stored) for stored in coded.other_ids]
    coded.ids = array(
        "q", [(ms or 0) // 1000 << 31 | low for ms, low in zip(times_ms, bits, strict=True)]
    )
    coded.millis = array("h", [(ms or 0) % 1000 for ms in times_ms])
    own = list(map(number.__getitem__, accounts))
    if None in accounts or "" in accounts:
        for place, text in enumerate(accounts):
            if not text:
                own[place] = actors.accounts[actor[place]]
    written = (names, sources, regions, ips, agents, errors, types, categories)
    coded.text_columns = [
        array("i", own),
        *(array("i", list(map(number.__getitem__, column))) for column in written),
        array("i", list(map(actors.principals.__getitem__, actor))),
        array("i", list(map(actors.credentials.__getitem__, actor))),
    ]
    coded.actor = array("i", actor)
    coded.flags = array("i", flags)
    coded.texts_grew = texts_before, len(coded.vocabulary.texts)
    coded.actors_grew = actors_before, len(coded.vocabulary.actors)
    _fill_resources(coded, resources)


def _fill_resources(coded: Coded, column: Sequence[list[Resource] | None]) -> None:
    number: dict[str, int] = {}
    events: list[int] = []
    arns: list[int] = []
    for place, resources in enumerate(column):
        if not resources:
            continue
        named = (
            {resource.arn: None for resource in resources}
            if len(resources) > 1
            else (resources[0].arn,)
        )
        for arn in named:
            if arn:
                events.append(place)
                arns.append(number.setdefault(arn, len(number)))
    coded.arns = list(number)
    coded.with_resource = array("i", events)
    coded.resource = array("i", arns)


def _pack_uuids(ids: Sequence[str]) -> tuple[bytes, Sequence[int]]:
    """16 bytes of each id, and the 31 bits of each for its row's id; empty if one is no UUID."""
    joined = "".join(ids)
    digits = joined.replace("-", "")
    count = len(ids)
    if (
        len(digits) != 32 * count
        or set(map(len, ids)) != {36}
        or any(joined[at::36] != "-" * count for at in (8, 13, 18, 23))
    ):
        return b"", ()
    try:
        packed = bytes.fromhex(digits)
    except ValueError:
        return b"", ()
    if packed.hex() != digits:  # upper case, or blanks, which fromhex passes over
        return b"", ()
    return packed, [low & ID_BITS for low in unpack(">" + "I12x" * count, packed)]


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
