"""Bucket and bytes of calls to S3, kept for each document: how much left which bucket.

They are asked of very many events at once, and would have to be read from each record. As columns
of the events' rows they would cost a load a tenth of its time, most of it for events of other
services; as one value for each document they cost next to nothing.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from trailtui.case.file import Case
from trailtui.model.record import Additional, Flags, NoObject, Request
from trailtui.model.redact import redact_text

BUCKET, BYTES_IN, BYTES_OUT = 0, 1, 2
"""What may be asked of a call."""

_NOT_TOLD = ~int(Flags.OBJECTS_TOLD)
_MOST = 1 << 53
"""Bytes; numbers from here on may be written in other ways than they stand in the record."""
_KEPT = 20_000
"""Documents whose calls are at hand, 3 kB each: who groups events asks for them in any order."""
_NONE = -1
_NO_CALL = (None, _NONE, _NONE)
_Packed = tuple[list[str], list[int], list[int], list[int], list[int]]
"""Names of buckets; and for each call its record's offset, in their order, its bucket's number,
bytes in, bytes out; _NONE for none."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode


def pack_calls(
    requests: Sequence[Request | NoObject | msgspec.UnsetType | None],
    details: Sequence[Additional | NoObject | None],
    offsets: Sequence[int],
    flags: list[int],
) -> bytes:
    """The calls of a document's records as one value; b"" where there is none.

    Where only the record tells, the flags say so: what is no text or no whole number there, and a
    record without requestParameters, which may have them in other letters.
    """
    worth_a_look = [
        place
        for place, (request, detail) in enumerate(zip(requests, details, strict=True))
        if detail is not None
        or (request is not None and (type(request) is not Request or request.bucket is not None))
    ]
    numbers: dict[str | None, int] = {None: _NONE}
    kept: list[tuple[int, int, int, int]] = []
    for place in worth_a_look:
        told = _told(requests[place], details[place])
        if told is None:
            flags[place] &= _NOT_TOLD
        elif told != _NO_CALL:
            bucket, into, out = told
            kept.append((offsets[place], numbers.setdefault(bucket, len(numbers) - 1), into, out))
    if not kept:
        return b""
    return _encode(([*numbers][1:], *zip(*kept, strict=True)))


def _told(request: Any, detail: Any) -> tuple[str | None, int, int] | None:  # noqa: ANN401
    """What a record says of bucket and bytes; None where that can't be said without it."""
    if request is not None and type(request) is not Request:
        return None
    bucket = request.bucket if request else None
    if bucket is not None and type(bucket) is not str:
        return None
    if detail is None:
        return bucket, _NONE, _NONE
    if type(detail) is not Additional:
        return None
    into, out = detail.bytes_in, detail.bytes_out
    into = _NONE if into is None else into
    out = _NONE if out is None else out
    if type(into) is int and type(out) is int and _NONE <= into < _MOST and _NONE <= out < _MOST:
        return None if _NONE in (detail.bytes_in, detail.bytes_out) else (bucket, into, out)
    return None


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one document; one place in all columns is one call."""

    names: list[str]
    offsets: "array[int]"
    columns: "tuple[array[int], array[int], array[int]]"

    def value(self, offset: int, which: int) -> str | int | None:
        """Bucket or bytes of the call whose record stands at an offset; None for none."""
        at = bisect_left(self.offsets, offset)
        if at == len(self.offsets) or self.offsets[at] != offset:
            return None
        found = self.columns[which][at]
        if found == _NONE:
            return None
        return self.names[found] if which == BUCKET else found


_NO_CALLS = Calls([], array("q"), (array("q"), array("q"), array("q")))


def unpack_calls(packed: bytes) -> Calls:
    """What pack_calls made; secrets in names, which are anybody's to write, are replaced."""
    names, *columns = _decode(packed)
    offsets, buckets, into, out = (array("q", column) for column in columns)
    return Calls(list(map(redact_text, names)), offsets, (buckets, into, out))


class ObjectCalls:
    """The calls of a case. Belongs to its connection, so to one thread."""

    def __init__(self, case: Case) -> None:
        self._connection = case.connection
        self._known: dict[int, Calls] = {}

    def value(self, evidence: int | None, offset: int, which: int) -> str | None:
        """Bucket or bytes of the call whose record stands at a place, as its JSON's text."""
        if evidence is None:
            return None
        calls = self._known.get(evidence) or self._read(evidence)
        found = calls.value(offset, which)
        return None if found is None else str(found)

    def _read(self, evidence: int) -> Calls:
        row = self._connection.execute(
            "SELECT calls FROM object_calls WHERE evidence = ?", [evidence]
        ).fetchone()
        if len(self._known) >= _KEPT:
            self._known.clear()
        calls = self._known[evidence] = unpack_calls(row[0]) if row else _NO_CALLS
        return calls
