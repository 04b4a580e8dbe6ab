"""Functions over arrays inside SQLite, as Trino has them; their members are scalars.

`kind` is the name of the members' type. Arrays are JSON texts, see `nested`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from trailtui.query.complaints import ValueComplaint
from trailtui.query.nested import Scalar, decode, encode, list_of, made_list, members

MOST = 10_000
"""Members that `sequence` makes at most, as in Trino."""


def _decoded(text: str, kind: str) -> list[Scalar]:
    return [decode(kind, each) for each in members(text)]


def _known(values: Sequence[Scalar]) -> list[Any]:
    return [value for value in values if value is not None]


def _distinct(values: Sequence[Scalar]) -> list[Scalar]:
    return list(dict.fromkeys(values))


def contains(text: str, kind: str, value: Scalar) -> int | None:
    """Whether the value is a member; NULL where it is not and there are NULLs."""
    found = _decoded(text, kind)
    if value in found:
        return 1
    return None if None in found else 0


def position(text: str, kind: str, value: Scalar) -> int:
    """array_position: from 1, 0 where it is no member."""
    found = _decoded(text, kind)
    return found.index(value) + 1 if value in found else 0


def joined(text: str, kind: str, separator: str, instead: str | None) -> str:
    """array_join: NULLs are left out, or written as `instead`."""
    shown = [instead if value is None else _as_text(value, kind) for value in _decoded(text, kind)]
    return separator.join(each for each in shown if each is not None)


def _as_text(value: Scalar, kind: str) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    return str(value)


def distinct(text: str, kind: str) -> str:
    """array_distinct, in the order of first meeting."""
    return list_of(kind, *_distinct(_decoded(text, kind)))


def ordered(text: str, kind: str) -> str:
    """array_sort: NULLs last."""
    found = _decoded(text, kind)
    known = sorted(_known(found))
    return list_of(kind, *known, *[None] * (len(found) - len(known)))


def least(text: str, kind: str) -> Scalar:
    """array_min: NULL where a member is NULL or there is none."""
    found = _decoded(text, kind)
    return None if None in found or not found else min(_known(found))


def greatest(text: str, kind: str) -> Scalar:
    """array_max: NULL where a member is NULL or there is none."""
    found = _decoded(text, kind)
    return None if None in found or not found else max(_known(found))


def overlap(left: str, kind: str, right: str) -> int | None:
    """arrays_overlap: NULL where they have nothing in common but one of them has NULLs."""
    one, other = _decoded(left, kind), _decoded(right, kind)
    if set(_known(one)) & set(_known(other)):
        return 1
    return None if None in one or None in other else 0


def union(left: str, kind: str, right: str) -> str:
    """array_union: the members of both, each once."""
    return list_of(kind, *_distinct([*_decoded(left, kind), *_decoded(right, kind)]))


def intersection(left: str, kind: str, right: str) -> str:
    """array_intersect: the members of both, each once."""
    other = set(_decoded(right, kind))
    return list_of(kind, *_distinct([each for each in _decoded(left, kind) if each in other]))


def difference(left: str, kind: str, right: str) -> str:
    """array_except: members of the first that are none of the second, each once."""
    other = set(_decoded(right, kind))
    return list_of(kind, *_distinct([each for each in _decoded(left, kind) if each not in other]))


def without(text: str, kind: str, value: Scalar) -> str:
    """array_remove."""
    return list_of(kind, *[each for each in _decoded(text, kind) if each != value])


def concatenated(*texts: str | None) -> str | None:
    """Arrays one after the other; NULL where one is."""
    if None in texts:
        return None
    return made_list([each for text in texts if text is not None for each in members(text)])


def sliced(text: str, start: int, length: int) -> str:
    """slice: from a position counted from 1, or from the end where it is negative."""
    if start == 0:
        raise ValueComplaint("members of an array are counted from 1")
    if length < 0:
        raise ValueComplaint("the length of a slice can't be negative")
    found = members(text)
    begin = start - 1 if start > 0 else len(found) + start
    return made_list(found[begin : begin + length] if begin >= 0 else [])


def flattened(text: str) -> str:
    """flatten: the members of the members."""
    return made_list([each for inner in members(text) for each in members(inner.decode())])


def backwards(text: str) -> str:
    """reverse of an array."""
    return made_list(members(text)[::-1])


def sequence(start: int, stop: int, step: int) -> str:
    """sequence of whole numbers, both ends included."""
    if step == 0 or (stop - start) * step < 0:
        raise ValueComplaint("a sequence must lead from its start to its stop")
    if (stop - start) // step >= MOST:
        raise ValueComplaint(f"a sequence has at most {MOST:,} members")
    whole = range(start, stop + (1 if step > 0 else -1), step)
    return made_list([encode("bigint", each) for each in whole])


ARRAYS: dict[str, tuple[int, Callable[..., Any]]] = {
    "tt_contains": (3, contains),
    "tt_position": (3, position),
    "tt_distinct": (2, distinct),
    "tt_sorted": (2, ordered),
    "tt_least": (2, least),
    "tt_greatest": (2, greatest),
    "tt_overlap": (3, overlap),
    "tt_union": (3, union),
    "tt_intersection": (3, intersection),
    "tt_except": (3, difference),
    "tt_without": (3, without),
    "tt_slice": (3, sliced),
    "tt_flatten": (1, flattened),
    "tt_backwards": (1, backwards),
    "tt_sequence": (3, sequence),
}
ARRAYS_WITH_NULLS: dict[str, tuple[int, Callable[..., Any]]] = {
    "tt_concatenated": (-1, concatenated),
}


def joined_or_null(
    text: str | None, kind: str, separator: str | None, instead: str | None
) -> str | None:
    """array_join, whose last argument may be left out."""
    return None if text is None or separator is None else joined(text, kind, separator, instead)


ARRAYS_WITH_NULLS["tt_array_join"] = (4, joined_or_null)
