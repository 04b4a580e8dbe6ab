"""`stats`: what is counted, over which groups.

Source: CloudWatch Logs User Guide, "stats" (aggregation functions; earliest and latest go by the
event's time; bin(period) rounds @timestamp down).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from trailtui.sim.engines.cwli_conditions import Row, number
from trailtui.sim.engines.cwli_tokens import MalformedQueryError, Words

Measure = Callable[[Sequence[Row]], str | None]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Column:
    """A column of the answer: its name, and how it is got from the events of a group."""

    name: str
    measure: Measure


@dataclass(frozen=True)
class Key:
    """What the events are grouped by."""

    name: str
    of: Callable[[Row], str | None]


def read_statistics(words: Words) -> tuple[list[Column], list[Key]]:
    """Read what stands after `stats`."""
    columns = [_column(words)]
    while words.took(","):
        columns.append(_column(words))
    keys: list[Key] = []
    if words.took("by"):
        keys.append(_key(words))
        while words.took(","):
            keys.append(_key(words))
    words.end()
    return columns, keys


def _alias(words: Words, name: str) -> str:
    return words.take("name").value if words.took("as") else name


def _column(words: Words) -> Column:
    function = words.take("name").value.lower()
    words.need("(")
    field = ""
    if not words.took("*") and not words.next_says(")"):
        field = words.take("name").value
    words.need(")")
    written = f"{function}({field or '*'})"
    if not field and function != "count":
        raise MalformedQueryError(f"{function} needs a field")
    measure = _count if not field else _MEASURES.get(function, _unknown(function))(field)
    return Column(_alias(words, written), measure)


def _unknown(function: str) -> Callable[[str], Measure]:
    def refuse(_field: str) -> Measure:
        raise MalformedQueryError(f"the function {function} is not executed here")

    return refuse


def _count(rows: Sequence[Row]) -> str:
    return str(len(rows))


def _present(field: str) -> Measure:
    return lambda rows: str(sum(field in row for row in rows))


def _distinct(field: str) -> Measure:
    return lambda rows: str(len({row[field] for row in rows if field in row}))


def _end(best: Callable[..., str | None], field: str) -> Measure:
    """The least or greatest value; numbers by their size, whatever else by its letters."""

    def measure(rows: Sequence[Row]) -> str | None:
        values = [row[field] for row in rows if field in row]
        if all(number(one) is not None for one in values):
            return best(values, key=float, default=None)
        return best(values, default=None)

    return measure


def _numbers(rows: Sequence[Row], field: str) -> list[float]:
    return [found for row in rows if (found := number(row.get(field, ""))) is not None]


def _plain(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.4f}".rstrip("0")


def _sum(field: str) -> Measure:
    return lambda rows: _plain(sum(_numbers(rows, field)))


def _average(field: str) -> Measure:
    def measure(rows: Sequence[Row]) -> str | None:
        values = _numbers(rows, field)
        return _plain(sum(values) / len(values)) if values else None

    return measure


def _in_time(field: str, *, last: bool) -> Measure:
    def measure(rows: Sequence[Row]) -> str | None:
        ordered = sorted((r for r in rows if field in r), key=lambda r: r.get("@timestamp", ""))
        return ordered[-1 if last else 0][field] if ordered else None

    return measure


_MEASURES: dict[str, Callable[[str], Measure]] = {
    "count": _present,
    "count_distinct": _distinct,
    "min": lambda field: _end(min, field),
    "max": lambda field: _end(max, field),
    "sum": _sum,
    "avg": _average,
    "earliest": lambda field: _in_time(field, last=False),
    "latest": lambda field: _in_time(field, last=True),
}


def _key(words: Words) -> Key:
    name = words.take("name").value
    if name.lower() != "bin" or not words.took("("):
        return Key(_alias(words, name), lambda row: row.get(name))
    period = words.take().value
    words.need(")")
    matched = re.fullmatch(r"(\d+)([smhd])", period)
    if not matched or not int(matched[1]):
        raise MalformedQueryError(f"the period {period} is not executed here")
    seconds = int(matched[1]) * _SECONDS[matched[2]]
    return Key(_alias(words, f"bin({period})"), lambda row: _binned(row, seconds))


def _binned(row: Row, seconds: int) -> str | None:
    told = row.get("@timestamp")
    if told is None:
        return None
    at = datetime.strptime(told, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)
    since = int((at - _EPOCH).total_seconds())
    return datetime.fromtimestamp(since - since % seconds, UTC).strftime("%Y-%m-%d %H:%M:%S.000")


def grouped(rows: Sequence[Row], columns: Sequence[Column], keys: Sequence[Key]) -> list[Row]:
    """One row for each group; a key that the events of a group lack is left out of it."""
    groups: dict[tuple[str | None, ...], list[Row]] = {} if keys else {(): []}
    for row in rows:
        groups.setdefault(tuple(key.of(row) for key in keys), []).append(row)
    found: list[Row] = []
    for values, members in groups.items():
        told = {key.name: value for key, value in zip(keys, values, strict=True)}
        told |= {column.name: column.measure(members) for column in columns}
        found.append({name: value for name, value in told.items() if value is not None})
    return found
