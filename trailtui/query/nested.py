"""Arrays, maps and rows inside SQLite: JSON texts, and the functions that read and make them.

A member is written as JSON: texts as strings, booleans as true and false, times in ISO 8601, nested
values as they are. Its type is known when a query is rewritten and handed along by its name, so
what is read back is what was put in: a text keeps every character, a NUL too.
"""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, cast

import msgspec

from trailtui.model.times import format_utc
from trailtui.query import times
from trailtui.query.complaints import ValueComplaint
from trailtui.query.records import Form, Path, extract_from_text, path_of

Scalar = str | int | float | None
"""What SQLite holds for a value of any type."""

_NESTED = ("json", "row", "array", "map")
_REFUSED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_list_of = msgspec.json.Decoder(list[msgspec.Raw]).decode
_object_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def encode(kind: str, value: Scalar) -> bytes:
    """A value of SQLite as JSON, by its type's name."""
    if value is None:
        return b"null"
    if kind.startswith(_NESTED):
        return str(value).encode("utf-8", "backslashreplace")
    if kind == "boolean":
        return b"true" if value else b"false"
    if kind == "timestamp":
        return b'"' + format_utc(int(value)).encode() + b'"'
    if kind == "date":
        return b'"' + times.as_date_text(int(value)).encode() + b'"'
    return msgspec.json.encode(value)


def decode(kind: str, raw: bytes) -> Scalar:
    """JSON as a value of SQLite, by its type's name; what does not fit is NULL."""
    if raw == b"null":
        return None
    if kind.startswith(_NESTED):
        return raw.decode("utf-8", "backslashreplace")
    try:
        value: object = msgspec.json.decode(raw)
    except _REFUSED:
        value = json.loads(raw.decode("utf-8", "backslashreplace"))
    if kind in ("varchar", "ipaddress"):
        text = isinstance(value, str)
        return _storable(str(value)) if text else raw.decode("utf-8", "backslashreplace")
    return _typed(kind, value)


def _typed(kind: str, value: object) -> Scalar:
    if kind in ("timestamp", "date"):
        return times.parse_time(value) if isinstance(value, str) else None
    if kind == "boolean":
        return {"true": 1, "false": 0}.get(str(value).lower())
    return value if isinstance(value, int | float) else None


@lru_cache(maxsize=16)
def members(text: str) -> tuple[bytes, ...]:
    """The members of an array; none where the text is no list."""
    try:
        return tuple(bytes(each) for each in _list_of(text.encode("utf-8", "surrogatepass")))
    except _REFUSED:
        found = _slowly(text)
    slow = cast("list[object]", found) if isinstance(found, list) else []
    return tuple(json.dumps(each).encode() for each in slow)


@lru_cache(maxsize=16)
def entries(text: str) -> tuple[tuple[str, bytes], ...]:
    """The keys and values of a map; none where the text is no object."""
    try:
        found = _object_of(text.encode("utf-8", "surrogatepass"))
    except _REFUSED:
        slow = _slowly(text)
        pairs = cast("dict[str, object]", slow) if isinstance(slow, dict) else {}
        return tuple((_storable(key), json.dumps(value).encode()) for key, value in pairs.items())
    return tuple((key, bytes(value)) for key, value in found.items())


def _slowly(text: str) -> Any:  # noqa: ANN401 - whatever JSON there is
    """For what msgspec refuses and json takes, such as half a surrogate pair; None for no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def made_list(parts: Sequence[bytes]) -> str:
    """An array's text from its members'."""
    return "[" + b",".join(parts).decode() + "]"


def made_map(pairs: Sequence[tuple[str, bytes]]) -> str:
    """A map's text from its entries."""
    return "{" + ",".join(f"{_quoted(key)}:{value.decode()}" for key, value in pairs) + "}"


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


def list_of(kind: str, *values: Scalar) -> str:
    """ARRAY[…]."""
    return made_list([encode(kind, value) for value in values])


def wrapped(text: str) -> str:
    """Each member in a list of its own, so that SQLite hands it on unread."""
    return made_list([b"[" + each + b"]" for each in members(text)])


def wrapped_entries(text: str) -> str:
    """Each entry as a list of key and value."""
    return made_list([f"[{_quoted(k)},".encode() + v + b"]" for k, v in entries(text)])


def unwrapped(text: str, position: int, kind: str) -> Scalar:
    """One of the things in a list that `wrapped` or `wrapped_entries` made."""
    return decode(kind, members(text)[position])


def member(text: str, position: int, kind: str, exact: int) -> Scalar:
    """A member by its position from 1; where there is none: a complaint if `exact`, else NULL."""
    found = members(text)
    if position == 0:
        raise ValueComplaint("members of an array are counted from 1")
    if exact and not 1 <= position <= len(found):
        raise ValueComplaint(f"the array has {len(found)} members, there is no member {position}")
    at = position - 1 if position > 0 else len(found) + position
    return decode(kind, found[at]) if 0 <= at < len(found) else None


def value_of_key(text: str, key: str, kind: str, exact: int) -> Scalar:
    """A map's value by its key; where there is none: a complaint if `exact`, else NULL."""
    for name, value in reversed(entries(text)):
        if name == key:
            return decode(kind, value)
    if exact:
        raise ValueComplaint(f"the map has no key {key[:80]!r}; element_at gives NULL for it")
    return None


def keys(text: str) -> str:
    """map_keys."""
    return made_list([msgspec.json.encode(key) for key, _ in entries(text)])


def values(text: str) -> str:
    """map_values."""
    return made_list([value for _, value in entries(text)])


def texts(text: str) -> str:
    """A map whose values are texts, as a JSON object of strings."""
    found = [(key, decode("varchar", value)) for key, value in entries(text)]
    return made_map([(key, encode("varchar", value)) for key, value in found])


def size(text: str) -> int:
    """cardinality of an array or a map."""
    return len(entries(text)) if text[:1] == "{" else len(members(text))


def map_of(names: str, kind: str, given: str) -> str:
    """map(keys, values); `kind` is that of the keys, which must be texts."""
    first, second = members(names), members(given)
    if len(first) != len(second):
        raise ValueComplaint("the keys and values of a map must be as many")
    found = [decode(kind, each) for each in first]
    if None in found:
        raise ValueComplaint("a key of a map can't be NULL")
    if len(set(found)) < len(found):
        raise ValueComplaint("a map can't have the same key twice")
    return made_map(list(zip(cast("list[str]", found), second, strict=True)))


def read(text: str, path: str, kind: str) -> Scalar:
    """What stands at a path of a row, by its type."""
    steps: Path = path_of(path)
    if kind == "varchar":
        return extract_from_text(text, steps, Form.TEXT)
    found = extract_from_text(text, steps, Form.JSON)
    return None if found is None else decode(kind, found.encode())


class _Collected:
    """The members of an array by their position: collect(position, kind, value)."""

    def __init__(self) -> None:
        self._found: list[tuple[int, bytes]] = []

    def step(self, position: int, kind: str, value: Scalar) -> None:
        self._found.append((position, encode(kind, value)))

    def finalize(self) -> str:
        return made_list([each for _, each in sorted(self._found)])


NESTED: dict[str, tuple[int, Callable[..., Any]]] = {
    "tt_wrapped": (1, wrapped),
    "tt_entries": (1, wrapped_entries),
    "tt_unwrapped": (3, unwrapped),
    "tt_member": (4, member),
    "tt_key": (4, value_of_key),
    "tt_keys": (1, keys),
    "tt_values": (1, values),
    "tt_size": (1, size),
    "tt_texts": (1, texts),
    "tt_map": (3, map_of),
    "tt_read": (3, read),
}
NESTED_WITH_NULLS: dict[str, tuple[int, Callable[..., Any]]] = {"tt_list": (-1, list_of)}
NESTED_AGGREGATES = {"tt_collect": (3, _Collected)}
