"""Turning the records of one document into columns of integers, ready to be inserted.

Runs in worker processes. Texts get small numbers of their own within the document; the writer
maps those to the case's strings, a list look-up per column.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from trailtui.model.envelope import Piece
from trailtui.model.identity import NOBODY, Identity, resolve_identity
from trailtui.model.record import (
    Flags,
    NotARecord,
    decode_record,
    pack_event_id,
    read_record,
    row_id,
)

ActorRow = tuple[bytes, tuple[str | int | None, ...]]
"""The key of an actor (see the table), and its columns."""

TEXT_COLUMNS = (
    "account", "name", "source", "region", "ip", "agent", "error", "type", "category",
    "principal", "credential",
)  # fmt: skip


@dataclass(slots=True)
class Coded:
    """Columns of a document's events; 0 stands for NULL, n for texts[n-1] or actors[n-1]."""

    ids: list[int] = field(default_factory=list[int])
    millis: list[int] = field(default_factory=list[int])
    event_ids: list[bytes | str] = field(default_factory=list[bytes | str])
    text_columns: list[list[int]] = field(default_factory=lambda: [[] for _ in TEXT_COLUMNS])
    actor: list[int] = field(default_factory=list[int])
    flags: list[int] = field(default_factory=list[int])
    offsets: list[int] = field(default_factory=list[int])
    lengths: list[int] = field(default_factory=list[int])
    texts: list[str] = field(default_factory=list[str])
    actors: list[ActorRow] = field(default_factory=list[ActorRow])
    resources: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Position of the event in these columns, and the text of the resource (n, as above)."""
    refused: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])
    """Pieces that are no records: offset, length, reason."""


_NO_ACTOR = (0, NOBODY, 0, 0, 0)


class _Actors:
    """Identities by their bytes: most records repeat one that was just seen."""

    def __init__(self, coded: Coded, number: "_Numbers") -> None:
        self._coded = coded
        self._number = number
        self._known: dict[bytes, tuple[int, Identity, int, int, int]] = {b"": _NO_ACTOR}

    def of(self, identity: bytes) -> tuple[int, Identity, int, int, int]:
        """Number of the actor, who it is, and the numbers of its principal, credential, account."""
        found = self._known.get(identity)
        if found is None:
            resolved = resolve_identity(decode_identity(identity))
            self._coded.actors.append((sha256(identity).digest()[:16], resolved.as_row()))
            number = self._number
            found = (
                len(self._coded.actors),
                resolved,
                number(resolved.principal),
                number(resolved.credential),
                number(resolved.account or ""),
            )
            self._known[identity] = found
        return found


class _Numbers:
    """Numbers for the texts of one document; 0 for None."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts
        self._known: dict[str | None, int] = {None: 0}

    def __call__(self, text: str | None) -> int:
        number = self._known.get(text)
        if number is None:
            assert text is not None  # noqa: S101 - None is known from the start
            self._texts.append(text)
            number = self._known[text] = len(self._texts)
        return number


def decode_identity(identity: bytes) -> object:
    """A userIdentity from its bytes; None where it is no object."""
    try:
        return decode_record(identity)
    except NotARecord:
        return None


def code_records(pieces: Iterable[Piece]) -> Coded:
    """Read each piece's fields and lay them out in columns."""
    coded = Coded()
    number = _Numbers(coded.texts)
    actors = _Actors(coded, number)
    accounts, names, sources, regions, ips, agents, errors, types, categories, principals, keys = (
        coded.text_columns
    )
    for piece in pieces:
        raw = piece.raw
        try:
            fields = read_record(raw)
        except NotARecord as error:
            coded.refused.append((piece.offset, piece.length, str(error)))
            continue
        actor, _, principal, credential, account = actors.of(fields.identity)
        event_id = pack_event_id(fields.event_id, raw)
        time_ms = fields.time_ms
        coded.ids.append(row_id(time_ms, event_id))
        coded.millis.append(time_ms % 1000 if time_ms else 0)
        coded.event_ids.append(event_id)
        accounts.append(number(fields.account) or account or number(""))
        names.append(number(fields.name))
        sources.append(number(fields.source))
        regions.append(number(fields.region))
        ips.append(number(fields.ip))
        agents.append(number(fields.agent))
        errors.append(number(fields.error))
        types.append(number(fields.type))
        categories.append(number(fields.category))
        principals.append(principal)
        keys.append(credential)
        coded.actor.append(actor)
        flags = fields.flags | Flags.IN_STRING if piece.in_string else fields.flags
        coded.flags.append(int(flags))
        coded.offsets.append(piece.offset)
        coded.lengths.append(piece.length)
        for resource in fields.resources:
            coded.resources.append((len(coded.ids) - 1, number(resource)))
    return coded
