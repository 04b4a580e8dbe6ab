"""What rules of every kind become: a tree of conditions over one record.

A leaf is a test of the record. Where it tests one top-level field that an event's row has too, it
says so: then it is tried on that column's distinct values, and most records need not be read.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

import msgspec

from trailtui.model.record import REFUSED

COLUMNS: Final[Mapping[str, str]] = {
    "eventName": "name",
    "eventSource": "source",
    "awsRegion": "region",
    "sourceIPAddress": "ip",
    "userAgent": "agent",
    "errorCode": "error",
    "eventType": "type",
    "eventCategory": "category",
}
"""Fields whose text stands, as it is, in a column of `event_rows`; NULL is missing or null."""
IDENTITY: Final = "userIdentity"
"""Records of one actor (see `actors` in the case) have the same one, byte for byte."""


class Missing:
    """What stands for a field that a record does not have."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing()


class Subject:
    """One record under test: its bytes, and its values once somebody asks for them."""

    __slots__ = ("_record", "_text", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._record: Mapping[str, object] | None = None
        self._text: str | None = None

    @property
    def record(self) -> Mapping[str, object]:
        """The record as a dictionary; an empty one where the bytes are none."""
        if self._record is None:
            self._record = _decoded(self.raw)
        return self._record

    @property
    def text(self) -> str:
        """The record as it stands."""
        if self._text is None:
            self._text = self.raw.decode("utf-8", "backslashreplace")
        return self._text


def members_of(value: object) -> Mapping[str, object]:
    """A JSON object's members; none where the value is no object."""
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


_decode = msgspec.json.Decoder().decode


def _decoded(raw: bytes) -> Mapping[str, object]:
    try:
        value = _decode(raw)
    except REFUSED:
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            return {}
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


Holds = Callable[[Subject], bool]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One test of a record."""

    holds: Holds
    column: str | None = None
    """The column that has the one field it tests."""
    of_value: Callable[[object], bool] | None = None
    """The same test for one value of that field: a text, None for null, or MISSING."""
    of_identity: bool = False
    """Whether nothing but the record's userIdentity decides it."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of the parts hold; an empty one always does."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of the parts holds; an empty one never does."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"


Condition = Leaf | AllOf | AnyOf | Not


def field_leaf(path: tuple[str, ...], holds: Holds, of_value: Callable[[object], bool]) -> Leaf:
    """A leaf over one field, with its column where there is one."""
    column = COLUMNS.get(path[0]) if len(path) == 1 else None
    return Leaf(holds, column, of_value if column else None, path[0] == IDENTITY)


def predicate(condition: Condition) -> Holds:
    """The condition as one function of a record."""
    if isinstance(condition, Leaf):
        return condition.holds
    if isinstance(condition, Not):
        inner = predicate(condition.part)
        return lambda subject: not inner(subject)
    parts = tuple(predicate(part) for part in condition.parts)
    if len(parts) == 1:
        return parts[0]
    if isinstance(condition, AllOf):
        return lambda subject: all(part(subject) for part in parts)
    return lambda subject: any(part(subject) for part in parts)
