"""Aggregates that keep many values: array_agg, listagg, histogram, map_agg."""

import json
from typing import Any

from trailtui.query.complaints import ValueComplaint
from trailtui.query.nested import Scalar, encode, made_list, made_map

MOST = 1_000_000
"""Values that one group may keep; past it the query is stopped rather than the memory filled."""


class _Kept:
    """Rows of a group, with the keys that they are put in order by."""

    def __init__(self) -> None:
        self.rows: list[tuple[Scalar, tuple[Scalar, ...]]] = []
        self.order = "[]"

    def keep(self, value: Scalar, order: str, keys: tuple[Scalar, ...]) -> None:
        if len(self.rows) >= MOST:
            raise ValueComplaint(f"a group has more than {MOST:,} values to keep")
        self.order = order
        self.rows.append((value, keys))

    def sorted(self) -> list[Scalar]:
        """In the order of the keys; one that is DESC, or has NULLs first, says so."""
        rows = self.rows
        directions: list[list[bool]] = json.loads(self.order)
        for at, (descending, nulls_first) in reversed(list(enumerate(directions))):
            known = [row for row in rows if row[1][at] is not None]
            missing = [row for row in rows if row[1][at] is None]
            known.sort(key=lambda row: _comparable(row[1][at]), reverse=descending)
            rows = [*missing, *known] if nulls_first else [*known, *missing]
        return [value for value, _ in rows]


def _comparable(value: Scalar) -> Any:  # noqa: ANN401 - one type in one column
    return value


class _Array:
    """array_agg: (kind, distinct, order, value, keys …)."""

    def __init__(self) -> None:
        self._kept = _Kept()
        self._kind = ""
        self._distinct = False

    def step(self, kind: str, distinct: int, order: str, value: Scalar, *keys: Scalar) -> None:
        self._kind, self._distinct = kind, bool(distinct)
        self._kept.keep(value, order, keys)

    def finalize(self) -> str:
        values = self._kept.sorted()
        if self._distinct:
            values = list(dict.fromkeys(values))
        return made_list([encode(self._kind, value) for value in values])


class _List:
    """listagg: (separator, distinct, order, value, keys …); NULLs are left out."""

    def __init__(self) -> None:
        self._kept = _Kept()
        self._separator = ""
        self._distinct = False

    def step(self, separator: str, distinct: int, order: str, value: Scalar, *keys: Scalar) -> None:
        self._separator, self._distinct = separator, bool(distinct)
        if value is not None:
            self._kept.keep(value, order, keys)

    def finalize(self) -> str | None:
        values = [str(value) for value in self._kept.sorted()]
        if self._distinct:
            values = list(dict.fromkeys(values))
        return self._separator.join(values) if values else None


class _Histogram:
    """histogram: how often each text occurs."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def step(self, value: str | None) -> None:
        if value is not None:
            self._counts[value] = self._counts.get(value, 0) + 1

    def finalize(self) -> str | None:
        pairs = [(key, str(count).encode()) for key, count in sorted(self._counts.items())]
        return made_map(pairs) if pairs else None


class _Map:
    """map_agg: the value of the first row with each key."""

    def __init__(self) -> None:
        self._found: dict[str, bytes] = {}

    def step(self, key: str | None, kind: str, value: Scalar) -> None:
        if key is not None:
            self._found.setdefault(key, encode(kind, value))

    def finalize(self) -> str | None:
        return made_map(sorted(self._found.items())) if self._found else None


COLLECTING = {
    "tt_array": (-1, _Array),
    "tt_list_joined": (-1, _List),
    "tt_histogram": (1, _Histogram),
    "tt_map_agg": (3, _Map),
}
