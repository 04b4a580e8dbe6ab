"""Rows that differ in their time only, counted instead of kept: where the answer is the same.

A SELECT that groups, and asks of the time no more than the first and the last, needs of many rows
alike only the first and the last, and how many there are. Then a million rows come down to some
thousands before they are grouped.
"""

import re
from collections.abc import Sequence
from typing import Any

from trailtui.query.fragment import Sql
from trailtui.query.functions import PURE, WITH_NULLS
from trailtui.query.harvests import WEIGHT
from trailtui.query.statistics import PACKED_BITS

_CALL = re.compile(r"\b(\w+)\(")
_LOOKED_UP = re.compile(r"\(SELECT text FROM strings WHERE id = \w+\.\w+\)")
_AMONG_TEXTS = "(SELECT s.id FROM strings s WHERE "
_COUNTED = re.compile(r"\bcount\(")
_MOST_KEPT = 100_000
_DISTINCT = "DISTINCT "
_OTHERWISE = re.compile(r"\b(?:FROM|JOIN|OVER|FILTER)\b")
_UNMOVED = frozenset(
    {"min", "max", "ifnull", "coalesce", "nullif", "typeof", "tt_stored", *PURE, *WITH_NULLS}
)
"""What gives the same of rows alike as of one of them; all functions of one row do too."""


def counted_alike(row: str, parts: Sequence[Sql]) -> list[Sql] | None:
    """All that is asked of the rows, asked of the first and last of those alike with their weight.

    None where it can't be told that the answer is the same.
    """
    if not all(_is_unmoved(row, each.text) for each in parts):
        return None
    found: list[Sql] = []
    for each in parts:
        made = _weighted(row, each)
        if made is None:
            return None
        found.append(made)
    return found


def _weighted(row: str, part: Sql) -> Sql | None:
    """SQL with its counts as sums of the weight; None where a bracket is missing."""
    text, at = "", 0
    while found := _COUNTED.search(part.text, at):
        end = _end_of(part.text, found.end())
        if end is None:
            return None
        inside = part.text[found.end() : end]
        if inside.startswith(_DISTINCT):
            made = f"count({inside})"
        elif inside == "*":
            made = f"coalesce(sum({row}.{WEIGHT}), 0)"
        else:
            made = f"coalesce(sum(CASE WHEN ({inside}) IS NOT NULL THEN {row}.{WEIGHT} END), 0)"
        text += part.text[at : found.start()] + made
        at = end + 1
    return Sql(text + part.text[at:], part.parameters)


def _end_of(text: str, start: int) -> int | None:
    """Where the bracket closes that was opened before `start`."""
    depth = 1
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if not depth:
            return at
    return None


def _is_unmoved(row: str, text: str) -> bool:
    """Whether SQL gives the same however many rows alike there are, counts aside."""
    time = f"CASE WHEN {row}.flags & 64 = 0 THEN ({row}.id >> 31) * 1000 + {row}.millis END"
    text = _LOOKED_UP.sub("text", _COUNTED.sub("(", text)).replace(_AMONG_TEXTS, "(")
    for word in ("min", "max"):
        text = text.replace(f"{word}({time})", "time")
        packed = rf"{word}\(\(\({re.escape(time)} << {PACKED_BITS}\) \| ifnull\({row}\.\w+, 0\)\)\)"
        text = re.sub(packed, "time", text)
    if text.count("SELECT") > text.startswith("SELECT ") or _OTHERWISE.search(text):
        return False
    if re.search(rf"\b{row}\.(?:id|millis|event_id)\b", text):
        return False
    return _UNMOVED.issuperset(_CALL.findall(text))


_Known = list[int]
"""How many rows are alike; time, id and milliseconds of the first, and of the last."""


class AlikeRows:
    """Rows of a folded harvest, put together as they come."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._id = columns.index("id") if "id" in columns else None
        self._millis = columns.index("millis") if "millis" in columns else None
        self._known: dict[tuple[Any, ...], _Known] = {}

    @property
    def is_large(self) -> bool:
        """Whether they should be taken: rows of which few are alike are not kept."""
        return len(self._known) >= _MOST_KEPT

    def add(self, columns: Sequence[Sequence[Any]]) -> None:
        """The columns and values of some rows."""
        none = [0] * len(columns[0])
        ids = none if self._id is None else columns[self._id]
        millis = none if self._millis is None else columns[self._millis]
        common = [
            none if at in (self._id, self._millis) else column for at, column in enumerate(columns)
        ]
        known = self._known
        for key, id_, more in zip(zip(*common, strict=True), ids, millis, strict=True):
            at = (id_ >> 31) * 1000 + more
            found = known.get(key)
            if found is None:
                known[key] = [1, at, id_, more, at, id_, more]
                continue
            found[0] += 1
            if at < found[1]:
                found[1:4] = at, id_, more
            elif at > found[4]:
                found[4:7] = at, id_, more

    def taken(self) -> list[Sequence[Any]]:
        """The columns of the first and the last of those alike, and their weights; none is left."""
        made: list[tuple[Any, ...]] = []
        for key, (count, _, id_, millis, _, last_id, last_millis) in self._known.items():
            made.append((*self._with_time(key, id_, millis), max(count - 1, 1)))
            if count > 1:
                made.append((*self._with_time(key, last_id, last_millis), 1))
        self._known.clear()
        return list(zip(*made, strict=True))

    def _with_time(self, key: tuple[Any, ...], id_: int, millis: int) -> list[Any]:
        row = list(key)
        if self._id is not None:
            row[self._id] = id_
        if self._millis is not None:
            row[self._millis] = millis
        return row
