"""DuckDB as the engine behind Athena and Lake: tables of shaped records, queries in Trino's words.

sqlglot translates; what it or DuckDB can't do fails with their message. DuckDB belongs to the test
environment: where it is missing, so are these operations.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.engines.shapes import Columns
from trailtui.sim.problems import CannotDecideError


class QueryFailedError(Exception):
    """The engine can't run the query; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What a query gave."""

    columns: tuple[tuple[str, str], ...]
    """Name and type, in Trino's words."""
    rows: list[tuple[str | None, ...]]
    """Every value as the text that Athena gives."""


@contextmanager
def _connected() -> Generator[Dynamic]:
    try:
        import duckdb
    except ImportError:
        raise CannotDecideError(
            "the simulated account needs duckdb to execute SQL: pip install duckdb"
        ) from None
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def parse(text: str, parameters: Sequence[str] = ()) -> exp.Expr:
    """One statement of Athena's dialect, its `?` replaced by parameters (pieces of SQL).

    Raises:
        QueryFailedError: it can't be read, or a parameter is missing.
    """
    try:
        statements = sqlglot.parse(text, read="athena")
        if len(statements) != 1 or statements[0] is None:
            raise QueryFailedError("Only one SQL statement is allowed.")
        tree = statements[0]
        given = iter(parameters)
        for mark in list(tree.find_all(exp.Placeholder)):
            mark.replace(sqlglot.parse_one(next(given), read="trino"))
    except StopIteration:
        raise QueryFailedError("SYNTAX_ERROR: too few execution parameters") from None
    except SqlglotError as error:
        raise QueryFailedError(f"SYNTAX_ERROR: {error}") from None
    return tree


def run(
    tree: exp.Expr, table: str, columns: Columns, rows: Iterable[Mapping[str, Dynamic]]
) -> Answer:
    """Run a SELECT over one table, by whatever name it calls it.

    Args:
        tree: the statement.
        table: the name under which the rows are put; every table of the query is this one.
        columns: the table's.
        rows: shaped by these columns.
    Raises:
        QueryFailedError: with the engine's message.
    """
    query = tree.copy()
    own = {name.lower() for name in _names_of_ctes(query)}
    for named in list(query.find_all(exp.Table)):
        if named.name.lower() not in own:
            alias = named.alias or named.name
            named.replace(exp.to_table(table, alias=exp.to_identifier(alias, quoted=True)))
    if isinstance(query, exp.Select):
        _keep_names(query)
    try:
        text = query.sql(dialect="duckdb")
    except SqlglotError as error:
        raise QueryFailedError(f"NOT_SUPPORTED: {error}") from None
    with _connected() as connection, tempfile.TemporaryDirectory() as folder:
        _fill(connection, table, columns, rows, Path(folder) / "rows.json")
        return _ask(connection, text)


def _keep_names(query: exp.Select) -> None:
    """Columns of the result are called as they were written."""
    for one in list(query.expressions):
        if isinstance(one, exp.Column | exp.Dot) and one.name:
            one.replace(exp.alias_(one.copy(), one.name, quoted=True))


def _names_of_ctes(query: exp.Expr) -> list[str]:
    return [str(one.alias) for one in query.find_all(exp.CTE)]


def _fill(
    connection: Dynamic,
    table: str,
    columns: Columns,
    rows: Iterable[Mapping[str, Dynamic]],
    path: Path,
) -> None:
    declared = ", ".join(f'"{name}" {kind.sql("duckdb")}' for name, kind in columns.items())
    connection.execute(f'CREATE TABLE "{table}" ({declared})')
    with path.open("w") as file:
        lines = 0
        for row in rows:
            file.write(f"{json.dumps(row)}\n")
            lines += 1
    if not lines:
        return
    kinds = ", ".join(f"'{name}': '{kind.sql('duckdb')}'" for name, kind in columns.items())
    connection.execute(
        f"INSERT INTO \"{table}\" SELECT * FROM read_json(?, format = 'newline_delimited', "  # noqa: S608
        f"maximum_object_size = 100000000, columns = {{{kinds}}})",
        [str(path)],
    )


def _ask(connection: Dynamic, text: str) -> Answer:
    import duckdb

    try:
        found = connection.execute(text)
        described: list[tuple[str, Dynamic]] = [(one[0], one[1]) for one in found.description]
        rows: list[tuple[Dynamic, ...]] = found.fetchall()
    except duckdb.Error as error:
        raise QueryFailedError(f"SYNTAX_ERROR: {error}") from None
    columns = tuple((name, _trino_type(str(kind))) for name, kind in described)
    return Answer(columns, [tuple(map(shown, row)) for row in rows])


def _trino_type(kind: str) -> str:
    plain = {
        "VARCHAR": "varchar", "STRING": "varchar", "BIGINT": "bigint", "INTEGER": "integer",
        "BOOLEAN": "boolean", "DOUBLE": "double", "TIMESTAMP": "timestamp", "DATE": "date",
        "HUGEINT": "bigint", "JSON": "varchar", "NUMBER": "bigint", "Date": "date",
    }  # fmt: skip
    if kind.startswith("STRUCT"):
        return "row"
    if kind.endswith("[]"):
        return "array"
    return plain.get(kind, kind.lower())


def shown(value: Dynamic) -> str | None:
    """A value as Athena's results show it; nested ones in Presto's own text."""
    if value is None:
        return None
    if isinstance(value, dict):
        members = cast("dict[str, Dynamic]", value)
        return "{" + ", ".join(f"{key}={_inner(one)}" for key, one in members.items()) + "}"
    if isinstance(value, list | tuple):
        items = cast("list[Dynamic]", value)
        return "[" + ", ".join(map(_inner, items)) + "]"
    return _plain(value)


def _plain(value: Dynamic) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _inner(value: Dynamic) -> str:
    text = shown(value)
    return "null" if text is None else text
