"""Records that are read apart, by worker processes, before the query runs.

Where a query needs a value of very many records, its rows with their values are gathered into a
temporary table first, and the query goes on with that table. What is gathered is what the query
would have read itself, in words of its own SQL.
"""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from trailtui.query.fragment import Sql, joined, sql
from trailtui.query.searching import texts_sought, where_found
from trailtui.query.statistics import is_narrow

WORTH_WORKERS = 20_000
"""Records from which on starting two processes costs less than they save."""
HARVESTED = re.compile(r"\btt_harvest_\d+\b")
WEIGHT = "alike"
"""The column that says how many events a row stands for."""
TABLES = ("event_rows", "strings", "actors", "event_resources", "resources", "json_each")
"""What the SQL of a harvest may select from: what every connection to the case has."""
_FROM = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)")


Ids = tuple[int, int]
"""Ids of rows: from the first, before the second."""
_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1
ALL_IDS: Ids = _LOWEST, _HIGHEST


@dataclass(frozen=True, slots=True)
class Share:
    """What falls to one process."""

    events: Ids = ALL_IDS
    """The rows, where they are chosen by what stands in them."""
    files: Ids = ALL_IDS
    """The evidence, where it is looked through first."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """Rows of events, chosen by conditions that need no record, and values of their records."""

    row: str
    """What the SQL calls the row."""
    columns: tuple[str, ...]
    """The columns of event_rows that are needed."""
    chosen: tuple[Sql, ...]
    """Conditions that need no record."""
    implied: tuple[Sql, ...]
    """Conditions that need bytes of the record only."""
    values: tuple[tuple[str, str], ...]
    """Path (as path_text writes it) and form of each value; they are called r1, r2 and so on."""
    folded: bool = False
    """Whether rows that differ in their time only may become two: the first and the last of them,
    with a weight."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the table."""
        values = (f"r{at}" for at in range(1, len(self.values) + 1))
        return (*self.columns, *values, *((WEIGHT,) if self.folded else ()))

    @property
    def inserting(self) -> str:
        """The SQL that puts a row into the table, without the table's name."""
        return f"({', '.join(self.names)}) VALUES ({', '.join('?' * len(self.names))})"

    @property
    def sought(self) -> tuple[str, ...]:
        """Texts that are looked for in the records' bytes."""
        return texts_sought(self.implied)

    def described(self) -> str:
        """What is read, for who wants to see how a query goes about it."""
        found = self.rows(Share())
        values = ", ".join(f"r{at} {path}" for at, (path, _) in enumerate(self.values, 1))
        bound = ", ".join(repr(value) for value in found.parameters) or "none"
        return f"{found.text}; bound: {bound}; values: {values or 'none'}"

    def rows(self, share: Share) -> Sql:
        """The SQL that gives place, flags and columns of the rows of a share, by file.

        Where texts are sought, it asks the tables of trailtui.query.searching.
        """
        place = ["evidence", "offset", "length", "flags"]
        listed = ", ".join(f"{self.row}.{name}" for name in [*place, *self.columns])
        needed = ", ".join(f"{self.row}.{name}" for name in sorted({*self.columns, *place}))
        made = sql(
            f"SELECT {needed} FROM event_rows AS {self.row} WHERE {{}} "  # noqa: S608 - our columns
            f"ORDER BY {self.row}.evidence, {self.row}.offset LIMIT -1",
            joined(" AND ", [*self.chosen, *self._mine(share)]),
        )
        implied = () if self.sought else self.implied
        where = sql(" WHERE {}", joined(" AND ", implied)) if implied else Sql("")
        return sql(f"SELECT {listed} FROM ({{}}) AS {self.row}{{}}", made, where)  # noqa: S608

    def _mine(self, share: Share) -> list[Sql]:
        if self.sought:
            within = Sql(f"{self.row}.evidence >= ? AND {self.row}.evidence < ?", share.files)
            return [within, where_found(self.row, self.implied)]
        plus = "+" if any(is_narrow(each) for each in self.chosen) else ""
        return [Sql(f"{plus}{self.row}.id >= ? AND {plus}{self.row}.id < ?", share.events)]


def shares_of(connection: sqlite3.Connection, count: int) -> list[Share]:
    """The case's events and its evidence, in so many parts that are about alike."""
    events, files = _event_shares(connection, count), _file_shares(connection, count)
    return [Share(*each) for each in zip(events, files, strict=True)]


def _file_shares(connection: sqlite3.Connection, count: int) -> list[Ids]:
    """The ids of evidence, in so many stretches of about as many bytes each."""
    sizes = connection.execute("SELECT id, content_size FROM evidence ORDER BY id").fetchall()
    total, reached = sum(size for _, size in sizes), 0
    bounds = [_LOWEST]
    for evidence, size in sizes:
        reached += size
        if len(bounds) < count and reached * count >= total * len(bounds):
            bounds.append(evidence + 1)
    bounds += [_HIGHEST] * (count + 1 - len(bounds))
    return list(pairwise(bounds))


def _event_shares(connection: sqlite3.Connection, count: int) -> list[Ids]:
    """The ids of events, in so many stretches of time with as many events each."""
    events = connection.execute("SELECT count(*) FROM event_rows").fetchone()[0]
    bounds = [_LOWEST]
    for share in range(1, count):
        place = max(events * share // count, 1)
        bounds += connection.execute(
            "SELECT id FROM event_rows ORDER BY id LIMIT 1 OFFSET ?", [place]
        ).fetchone() or [_HIGHEST]
    return list(zip(bounds, [*bounds[1:], _HIGHEST], strict=True))


class Harvests:
    """What a rewrite asks to be read apart."""

    def __init__(self, connection: sqlite3.Connection, *, worth: int = WORTH_WORKERS) -> None:
        self._connection = connection
        self._worth = worth
        self._names: dict[Harvest, str] = {}
        self._many: dict[tuple[Sql, ...], bool] = {}

    def worth(self, row: str, chosen: Sequence[Sql]) -> bool:
        """Whether conditions choose so many events that their records are better read apart."""
        tables = {name for each in chosen for name in _FROM.findall(each.text)}
        if not tables.issubset(TABLES):  # a CTE of the query, which no other connection has
            return False
        key = (Sql(row), *chosen)
        if key not in self._many:
            self._many[key] = self._count(row, chosen) >= self._worth
        return self._many[key]

    def _count(self, row: str, chosen: Sequence[Sql]) -> int:
        where = sql(" WHERE {}", joined(" AND ", chosen)) if chosen else Sql("")
        some = f"SELECT 1 FROM event_rows AS {row}{where.text} LIMIT {self._worth}"  # noqa: S608
        counted = f"SELECT count(*) FROM ({some})"  # noqa: S608 - our own SQL
        return int(self._connection.execute(counted, where.parameters).fetchone()[0])

    def table(self, harvest: Harvest) -> str:
        """The name of the table that a harvest will stand in."""
        return self._names.setdefault(harvest, f"tt_harvest_{len(self._names) + 1}")

    def needed_for(self, made: str) -> dict[str, Harvest]:
        """The tables that finished SQL selects from."""
        used = set(HARVESTED.findall(made))
        return {name: each for each, name in self._names.items() if name in used}


def make_tables(connection: sqlite3.Connection, harvests: Mapping[str, Harvest]) -> None:
    """Empty temporary tables, of the types that the events' own columns have."""
    for name, harvest in harvests.items():
        types = {"event_id": "BLOB", **{f"r{at}": "" for at in range(1, len(harvest.values) + 1)}}
        columns = ", ".join(f"{each} {types.get(each, 'INTEGER')}" for each in harvest.names)
        connection.execute(f"CREATE TEMP TABLE {name} ({columns})")
