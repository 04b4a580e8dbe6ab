"""Functions over JSON inside SQLite: json_parse, CAST from JSON, json_size and the like."""

import json
from collections.abc import Callable
from typing import Any, cast

import msgspec

from trailtui.query.cast_functions import cast_text
from trailtui.query.complaints import ValueComplaint
from trailtui.query.nested import Scalar, decode, encode, entries, made_list, made_map, members

_REFUSED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError)
Type = str | list[Any]
"""varchar, bigint, …; ["array", type], ["map", type], ["row", [[name, type], …]]."""


def parse(text: str) -> str:
    """json_parse: the text in JSON's shortest form, keys in their order, as Trino keeps them."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueComplaint(f"{text[:80]!r} is no JSON") from None
    return (
        json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        .encode("utf-8", "backslashreplace")
        .decode()
    )


def from_json(text: str, type_text: str) -> Scalar:
    """CAST of JSON to a type; raises ValueComplaint where Trino would fail."""
    return _converted(text.encode("utf-8", "backslashreplace"), json.loads(type_text))


def try_from_json(text: str, type_text: str) -> Scalar:
    """TRY_CAST of JSON."""
    try:
        return from_json(text, type_text)
    except ValueComplaint:
        return None


def _converted(raw: bytes, to: Type) -> Scalar:
    if raw == b"null":
        return None
    if isinstance(to, str):
        return raw.decode() if to == "json" else _scalar(raw, to)
    kind, inner = to[0], to[1]
    if kind == "array" and raw[:1] == b"[":
        name = _name(inner)
        found = members(raw.decode("utf-8", "backslashreplace"))
        return made_list([encode(name, _converted(each, inner)) for each in found])
    if kind == "map" and raw[:1] == b"{":
        name = _name(inner)
        pairs = entries(raw.decode("utf-8", "backslashreplace"))
        return made_map([(key, encode(name, _converted(value, inner))) for key, value in pairs])
    if kind == "row" and raw[:1] in (b"{", b"["):
        return _row(raw.decode("utf-8", "backslashreplace"), inner)
    raise ValueComplaint(f"{_shown(raw)} can't be cast to {kind}")


def _name(to: Type) -> str:
    return to if isinstance(to, str) else str(to[0])


def _row(text: str, fields: list[tuple[str, Type]]) -> str:
    """A row from an object, by the names of its fields, or from a list, by their order."""
    if text[:1] == "[":
        found = members(text)
        if len(found) != len(fields):
            raise ValueComplaint(f"{_shown(text.encode())} has {len(found)} members, not those")
        values = dict(zip((name for name, _ in fields), found, strict=True))
    else:
        given = {key.lower(): value for key, value in entries(text)}
        values = {name: given.get(name.lower(), b"null") for name, _ in fields}
    return made_map(
        [(name, encode(_name(to), _converted(values[name], to))) for name, to in fields]
    )


def _scalar(raw: bytes, kind: str) -> Scalar:
    if raw[:1] in (b"{", b"["):
        raise ValueComplaint(f"{_shown(raw)} can't be cast to {kind}")
    text = str(json.loads(raw)) if raw[:1] == b'"' else raw.decode()
    text = text.encode("utf-8", "backslashreplace").decode()
    if kind == "varchar":
        return text
    if kind == "bigint" and raw[:1] != b'"' and text not in ("true", "false"):
        number = float(text) if any(c in text for c in ".eE") else int(text)
        text = str(
            number if isinstance(number, int) else int(number + (0.5 if number > 0 else -0.5))
        )
    if kind in ("bigint", "double") and text in ("true", "false") and raw[:1] != b'"':
        return 1 if text == "true" else 0
    if kind == "boolean" and raw[:1] not in (b'"', b"t", b"f"):
        return int(float(text) != 0)
    value = cast_text(text, kind)
    if value is None:
        raise ValueComplaint(f"{_shown(raw)} can't be cast to {kind}")
    return value


def _shown(raw: bytes) -> str:
    return repr(raw.decode("utf-8", "backslashreplace")[:80])


def alike(text: str, type_text: str) -> str:
    """A nested value in one form for all that Trino takes for equal: the order of a map's keys, a
    number in a map of texts, a field that is missing or NULL make no difference.
    """
    return _alike(text.encode("utf-8", "backslashreplace"), json.loads(type_text)).decode()


def _alike(raw: bytes, to: Type) -> bytes:
    if raw == b"null":
        return raw
    if isinstance(to, str):
        known = to != "json"
        return encode(to, decode(to, raw)) if known else parse(raw.decode()).encode()
    text = raw.decode("utf-8", "backslashreplace")
    kind, inner = to[0], to[1]
    if kind == "array" and text[:1] == "[":
        return made_list([_alike(each, inner) for each in members(text)]).encode()
    if kind == "map" and text[:1] == "{":
        return made_map(
            [(key, _alike(value, inner)) for key, value in sorted(entries(text))]
        ).encode()
    if kind == "row" and text[:1] == "{":
        given = {key.lower(): value for key, value in entries(text)}
        fields = [(name, _alike(given.get(name.lower(), b"null"), each)) for name, each in inner]
        return made_map([field for field in fields if field[1] != b"null"]).encode()
    return raw


def to_json(value: Scalar, kind: str) -> str:
    """CAST of a scalar to JSON."""
    return encode(kind, value).decode()


def array_contains(text: str, value: str | float, kind: str) -> int | None:
    """json_array_contains: whether a scalar is a member; NULL where the text is no list."""
    found = _decoded(text)
    if not isinstance(found, list):
        return None
    wanted: object = bool(value) if kind == "boolean" else value
    of_bool = isinstance(wanted, bool)
    return int(
        any(
            each == wanted and isinstance(each, bool) is of_bool
            for each in cast("list[object]", found)
        )
    )


def array_get(text: str, index: int) -> str | None:
    """json_array_get: a member counted from 0, or from the end where it is negative."""
    found = members(text) if text.lstrip()[:1] == "[" else ()
    if not -len(found) <= index < len(found):
        return None
    shown = msgspec.json.format(found[index], indent=-1).decode("utf-8", "backslashreplace")
    return None if shown == "null" else shown


def json_size(text: str | None) -> int | None:
    """How many members or entries; 0 for a scalar, NULL where there is nothing."""
    if text is None:
        return None
    stripped = text.strip()
    if stripped[:1] == "{":
        return len(entries(stripped))
    return len(members(stripped)) if stripped[:1] == "[" else 0


def is_scalar(text: str) -> int:
    """is_json_scalar."""
    if _decoded(text) is _NOTHING:
        raise ValueComplaint(f"{text[:80]!r} is no JSON")
    return int(text.strip()[:1] not in ("{", "["))


_NOTHING = object()


def _decoded(text: str) -> object:
    try:
        return msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except _REFUSED:
        return _NOTHING


JSON: dict[str, tuple[int, Callable[..., Any]]] = {
    "tt_json_parse": (1, parse),
    "tt_from_json": (2, from_json),
    "tt_try_from_json": (2, try_from_json),
    "tt_to_json": (2, to_json),
    "tt_alike": (2, alike),
    "tt_json_contains": (3, array_contains),
    "tt_json_get": (2, array_get),
    "tt_json_size": (1, json_size),
    "tt_json_is_scalar": (1, is_scalar),
}
