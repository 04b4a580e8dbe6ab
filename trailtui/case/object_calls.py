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

BUCKET, BYTES_IN, BYTES_OUT = 0, 1, 2
"""What may be asked of a call."""

_NOT_TOLD = ~int(Flags.OBJECTS_TOLD)
_MOST = 1 << 53
"""Bytes; numbers from here on may be written in other ways than they stand in the record."""
_KEPT = 20_000
"""Documents whose calls are at hand, 3 kB each: who groups events asks for them in any order."""
_NONE = -1
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
    numbers: dict[str | None, int] = {None: _NONE}
    kept: list[tuple[int, int, int, int]] = []
    for place, (request, detail) in enumerate(zip(requests, details, strict=True)):
        bucket: Any = request.bucket if type(request) is Request else None
        if bucket is None and detail is None:
            if request is None or type(request) is Request:
                continue
            flags[place] &= _NOT_TOLD
        elif _is_told(request, bucket, detail):
            told: Any = detail
            into, out = (told.bytes_in, told.bytes_out) if told else (None, None)
            if not (bucket is None and into is None and out is None):
                number = numbers.setdefault(bucket, len(numbers) - 1)
                kept.append((offsets[place], number, _counted(into), _counted(out)))
        else:
            flags[place] &= _NOT_TOLD
    if not kept:
        return b""
    return _encode(([*numbers][1:], *zip(*kept, strict=True)))


def _is_told(request: Any, bucket: Any, detail: Any) -> bool:  # noqa: ANN401 - whatever was sent
    """Whether what stands in a record can be said without it."""
    if request is not None and type(request) is not Request:
        return False
    if detail is None:
        return type(bucket) is str
    return (
        type(detail) is Additional
        and (bucket is None or type(bucket) is str)
        and _is_count(detail.bytes_in)
        and _is_count(detail.bytes_out)
    )


def _counted(value: int | None) -> int:
    return _NONE if value is None else value


def _is_count(value: object) -> bool:
    return value is None or (type(value) is int and 0 <= value < _MOST)


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
    """What pack_calls made."""
    names, *columns = _decode(packed)
    offsets, buckets, into, out = (array("q", column) for column in columns)
    return Calls(names, offsets, (buckets, into, out))


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
