"""Bucket and bytes of calls to S3, as columns of their events: how much left which bucket.

They are asked of very many events at once, and would have to be read from each record.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from trailtui.model.record import Additional, Flags, NoObject, Request

_NOT_TOLD = ~int(Flags.OBJECTS_TOLD)
_ASK = False
"""Stands for what only the record tells."""
_MOST = 1 << 53
"""Bytes; numbers from here on may be written in other ways than they stand in the record."""
_TEXT = frozenset({str, type(None)})
_WHOLE = frozenset({int, type(None)})


def bucket_names(
    requests: Sequence[Request | NoObject | msgspec.UnsetType | None], flags: list[int]
) -> list[str | None]:
    """The bucket of each call, None for none; where only the record tells, its flags say so.

    A record without requestParameters may have them in other letters.
    """
    names = [
        each.bucket if type(each) is Request else (None if each is None else _ASK)
        for each in requests
    ]
    return _told(names, _TEXT, flags)


def byte_counts(
    details: Sequence[Additional | NoObject | None], flags: list[int]
) -> tuple[Sequence[int | None], Sequence[int | None]]:
    """The bytes that went in and out with each call; None where the record says nothing."""
    into = [
        each.bytes_in if type(each) is Additional else (None if each is None else _ASK)
        for each in details
    ]
    out = [each.bytes_out if type(each) is Additional else None for each in details]
    return _counts(into, flags), _counts(out, flags)


def _counts(values: list[Any], flags: list[int]) -> list[int | None]:
    told = _told(values, _WHOLE, flags)
    if any(not 0 <= value < _MOST for value in filter(None, told)):
        return _told([value if value is None or 0 <= value < _MOST else _ASK for value in told],
                     _WHOLE, flags)  # fmt: skip
    return told


def _told(values: list[Any], types: frozenset[type], flags: list[int]) -> list[Any]:
    """The values; None where one is of another type, and only the record tells."""
    if not types.issuperset(map(type, values)):
        for place, value in enumerate(values):
            if type(value) not in types:
                flags[place] &= _NOT_TOLD
                values[place] = None
    return values
