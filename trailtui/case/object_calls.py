"""Bucket and bytes of calls to S3, kept for each document: how much left which bucket.

They are asked of very many events at once, and would have to be read from each record. As columns
of the events' rows they would cost a load a tenth of its time, most of it for events of other
services; as one value for each document they cost next to nothing.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import msgspec

from trailtui.case.file import Case
from trailtui.model.record import Additional, Flags, NoObject, Request

Call = tuple[str | None, int | None, int | None]
"""Bucket, bytes that went in, bytes that went out; None for what the record does not say."""
BUCKET, BYTES_IN, BYTES_OUT = 0, 1, 2

_NOT_TOLD = ~int(Flags.OBJECTS_TOLD)
_MOST = 1 << 53
"""Bytes; numbers from here on may be written in other ways than they stand in the record."""
_KEPT = 64
"""Documents whose calls are at hand; events in the order of time come from a few at once."""
_NO_CALL: Call = (None, None, None)
_Packed = tuple[list[str], list[int], list[int], list[int | None], list[int | None]]
"""Names of buckets; and for each call its record's offset, its bucket's number, bytes in, out."""
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
    numbers: dict[str | None, int] = {None: 0}
    kept: list[tuple[int, int, int | None, int | None]] = []
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
                number = numbers.setdefault(bucket, len(numbers))
                kept.append((offsets[place], number, into, out))
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


def _is_count(value: object) -> bool:
    return value is None or (type(value) is int and 0 <= value < _MOST)


def unpack_calls(packed: bytes) -> dict[int, Call]:
    """The calls of a document, by the offset of their records."""
    names, offsets, numbers, into, out = _decode(packed)
    buckets = [None, *names]
    calls = zip((buckets[number] for number in numbers), into, out, strict=True)
    return dict(zip(offsets, calls, strict=True))


class ObjectCalls:
    """The calls of a case. Belongs to its connection, so to one thread."""

    def __init__(self, case: Case) -> None:
        self._connection = case.connection
        self._known: OrderedDict[int, dict[int, Call]] = OrderedDict()

    def value(self, evidence: int | None, offset: int, which: int) -> str | None:
        """Bucket or bytes of the call whose record stands at a place, as its JSON's text."""
        if evidence is None:
            return None
        calls = self._known.get(evidence)
        if calls is None:
            calls = self._read(evidence)
        found = calls.get(offset, _NO_CALL)[which]
        return None if found is None else str(found)

    def _read(self, evidence: int) -> dict[int, Call]:
        row = self._connection.execute(
            "SELECT calls FROM object_calls WHERE evidence = ?", [evidence]
        ).fetchone()
        if len(self._known) >= _KEPT:
            self._known.popitem(last=False)
        calls = self._known[evidence] = unpack_calls(row[0]) if row else {}
        return calls
