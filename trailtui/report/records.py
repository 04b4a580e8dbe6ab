"""Records as they leave the case: one line of JSON, with secrets replaced; and the check of it.

A record that needs nothing done to it is passed on as it stands. The check does not redact anew:
it holds each exported value against the original, and each mark of a redaction against the
length and hash of what stands there, so that it stays true when the list of secrets grows.
"""

import hashlib
import json
import re
from typing import cast

import msgspec

from trailtui.model.redact import SECRET_KEYS, redact

_SECRET_NAMES = tuple(sorted(name.encode() for name in SECRET_KEYS))
_MARK = re.compile(r"\[redacted: (\d{1,9}) characters, sha256 ([0-9a-f]{12})\]")


class Withheld(ValueError):
    """The record can't be written as redacted JSON; the message says why."""


def exported_record(raw: bytes) -> bytes:
    """A record as one line of ASCII JSON without secrets. Raises Withheld where it can't be."""
    if _needs_nothing(raw):
        return raw
    try:
        value = json.loads(raw.decode("utf-8", "surrogateescape"), strict=False)
        return json.dumps(redact(value), separators=(",", ":"), allow_nan=False).encode()
    except RecursionError:
        raise Withheld("nested too deeply to be searched for secrets") from None
    except ValueError as error:
        raise Withheld(f"no JSON that every program reads: {error}") from None


def _needs_nothing(raw: bytes) -> bool:
    """Whether the record is plain JSON on one line in which no secret can stand."""
    if not raw.isascii() or b"\\u" in raw or not raw.decode("ascii").isprintable():
        return False
    lowered = raw.lower()
    for name in _SECRET_NAMES:  # a loop, as this runs for every event
        if name in lowered:
            return False
    try:
        msgspec.json.decode(raw, type=msgspec.Raw)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def agrees(exported: bytes, original: bytes) -> bool:
    """Whether an exported record says what the original says, but for what was redacted."""
    if exported == original:
        return True
    try:
        one = json.loads(exported)
        other = json.loads(original.decode("utf-8", "surrogateescape"), strict=False)
    except (ValueError, RecursionError):
        return False
    return _alike(one, other)


def _alike(exported: object, original: object) -> bool:
    waiting = [(exported, original)]
    while waiting:
        one, other = waiting.pop()
        if isinstance(one, str) and isinstance(other, str):
            if not _alike_text(one, other):
                return False
        elif type(one) is not type(other):
            return False
        elif isinstance(one, dict):
            ours, theirs = cast("dict[str, object]", one), cast("dict[str, object]", other)
            if ours.keys() != theirs.keys():
                return False
            waiting += [(value, theirs[key]) for key, value in ours.items()]
        elif isinstance(one, list):
            mine, its = cast("list[object]", one), cast("list[object]", other)
            if len(mine) != len(its):
                return False
            waiting += zip(mine, its, strict=True)
        elif one != other and (one == one or other == other):  # noqa: PLR0124 - NaN is like NaN
            return False
    return True


def _alike_text(exported: str, original: str) -> bool:
    if exported == original:
        return True
    position = 0
    done = 0
    for mark in _MARK.finditer(exported):
        literal = exported[done : mark.start()]
        if not original.startswith(literal, position):
            return False
        position += len(literal)
        done = mark.end()
        if original.startswith(mark[0], position):  # the record itself holds such a text
            position += len(mark[0])
            continue
        secret = original[position : position + int(mark[1])]
        digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
        if not digest.startswith(mark[2]):
            return False
        position += len(secret)
    return exported[done:] == original[position:]
