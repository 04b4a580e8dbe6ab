"""DuckDB as the engine behind Athena and Lake: tables of shaped records, queries in Trino's words.

sqlglot translates; what it or DuckDB can't do fails with their message. DuckDB belongs to the test
environment: where it is missing, so are these operations.
"""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.engines.shapes import Columns
from trailtui.sim.engines.trino import Prepared, TrinoError
from trailtui.sim.engines.trino_functions import MACROS
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


_ENCODER = json.JSONEncoder(check_circular=False)


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
        connection.execute("; ".join(MACROS))
        yield connection


def parse(text: str, parameters: Sequence[str] = ()) -> exp.Expr:
    """One statement of Athena's dialect, its `?` replaced by parameters (pieces of SQL).

    Raises:
        QueryFailedError: it can't be read, or the parameters are not as many as the marks.
    """
    try:
        statements = sqlglot.parse(text, read="athena")
        if len(statements) != 1 or statements[0] is None:
            raise QueryFailedError("SYNTAX_ERROR: Only one sql statement is allowed.")
        tree = statements[0]
        marks = list(tree.find_all(exp.Placeholder))
        if len(marks) != len(parameters):
            raise QueryFailedError(
                f"SYNTAX_ERROR: Incorrect number of parameters: expected {len(marks)} but found "
                f"{len(parameters)}"
            )
        for mark, given in zip(marks, parameters, strict=True):
            mark.replace(_constant(given))
    except SqlglotError as error:
        raise QueryFailedError(f"SYNTAX_ERROR: {str(error).splitlines()[0]}") from None
    return tree


def _constant(text: str) -> exp.Expr:
    """A parameter: a literal as SQL has it, a text in its quotes.

    Source: Athena User Guide, "Use parameterized queries": what EXECUTE ... USING takes.
    """
    piece = sqlglot.parse_one(text, read="trino")
    if piece.find(exp.Query, exp.Column, exp.Anonymous):
        raise QueryFailedError(f"SYNTAX_ERROR: the parameter {text[:80]!r} is no constant")
    return exp.Paren(this=piece)


@dataclass(frozen=True)
class Loaded:
    """A table that a query reads: its columns, and the rows that are put into it."""

    columns: Columns
    rows: Iterable[Mapping[str, Dynamic]]


def run(queries: Sequence[Prepared], tables: Mapping[str, Loaded], now: datetime) -> list[Answer]:
    """Run checked SELECTs over the same tables.

    Args:
        queries: the statements.
        tables: by the names they call them.
        now: the account's time.
    Raises:
        QueryFailedError: with the engine's message.
    """
    try:
        texts = [one.duck(now) for one in queries]
    except TrinoError as error:
        raise QueryFailedError(str(error)) from None
    with _connected() as connection, tempfile.TemporaryDirectory() as folder:
        for name, table in tables.items():
            _fill(connection, name, table, Path(folder) / f"{name}.json")
        # From here on the query's text decides, and it is none of ours.
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return [_ask(connection, text, one.names) for text, one in zip(texts, queries, strict=True)]


def _fill(connection: Dynamic, name: str, table: Loaded, path: Path) -> None:
    columns = table.columns
    declared = ", ".join(f'"{column}" {kind.sql("duckdb")}' for column, kind in columns.items())
    connection.execute(f'CREATE TABLE "{name}" ({declared})')
    with path.open("w") as file:
        lines = 0
        for row in table.rows:
            file.write(f"{_ENCODER.encode(row)}\n")
            lines += 1
    if not lines:
        return
    kinds = ", ".join(f"'{column}': '{kind.sql('duckdb')}'" for column, kind in columns.items())
    connection.execute(
        f"INSERT INTO \"{name}\" SELECT * FROM read_json(?, format = 'newline_delimited', "  # noqa: S608
        f"maximum_object_size = 100000000, columns = {{{kinds}}})",
        [str(path)],
    )


def _ask(connection: Dynamic, text: str, names: Sequence[str]) -> Answer:
    import duckdb

    try:
        kinds = [str(one[1]) for one in connection.execute(f"DESCRIBE {text}").fetchall()]
        rows: list[tuple[Dynamic, ...]] = connection.execute(_in_utc(text, kinds)).fetchall()
    except duckdb.Error as error:
        raise QueryFailedError(_in_trinos_words(str(error))) from None
    columns = tuple(zip(names, map(_trino_type, kinds), strict=True))
    return Answer(columns, [tuple(map(shown, row)) for row in rows])


def _in_utc(text: str, kinds: Sequence[str]) -> str:
    """The query with its times with a zone as text: Python has no such type without more help."""
    if _WITH_ZONE not in kinds:
        return text
    columns = [
        f"strftime(c{number}, '%Y-%m-%d %H:%M:%S.%g') || ' UTC'"
        if kind == _WITH_ZONE
        else f"c{number}"
        for number, kind in enumerate(kinds)
    ]
    named = ", ".join(f"c{number}" for number in range(len(kinds)))
    return f"SELECT {', '.join(columns)} FROM ({text}) AS answer({named})"  # noqa: S608


def _in_trinos_words(message: str) -> str:
    """DuckDB's complaint under the name that Trino gives such an error."""
    for ours, theirs in _ERRORS.items():
        if message.startswith(ours):
            said = message.removeprefix(ours).strip().splitlines()[0]
            return said if re.match(r"[A-Z_]{5,}: ", said) else f"{theirs}: {said}"
    return f"GENERIC_INTERNAL_ERROR: {message}"


_WITH_ZONE = "TIMESTAMP WITH TIME ZONE"
_ERRORS = {
    "Binder Error:": "SYNTAX_ERROR",
    "Catalog Error:": "SYNTAX_ERROR",
    "Parser Error:": "SYNTAX_ERROR",
    "Conversion Error:": "INVALID_CAST_ARGUMENT",
    "Out of Range Error:": "NUMERIC_VALUE_OUT_OF_RANGE",
    "Invalid Input Error:": "INVALID_FUNCTION_ARGUMENT",
}


def _trino_type(kind: str) -> str:
    plain = {
        "VARCHAR": "varchar", "STRING": "varchar", "BIGINT": "bigint", "INTEGER": "integer",
        "BOOLEAN": "boolean", "DOUBLE": "double", "TIMESTAMP": "timestamp", "DATE": "date",
        "HUGEINT": "bigint", "JSON": "json", _WITH_ZONE: "timestamp with time zone",
    }  # fmt: skip
    if kind.startswith("STRUCT") and not kind.endswith("]"):
        return "row"
    if kind.startswith("MAP") and not kind.endswith("]"):
        return "map"
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
    if isinstance(value, float):
        return _as_java(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _as_java(value: float) -> str:
    """A double as Java writes it: with an exponent from ten millions on, and below a thousandth."""
    if value == 0 or not math.isfinite(value) or 1e-3 <= abs(value) < 1e7:
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, repr(value))
    mantissa, _, exponent = f"{Decimal(repr(value)):E}".partition("E")
    mantissa = (mantissa.rstrip("0") if "." in mantissa else f"{mantissa}.").ljust(3, "0")
    return f"{mantissa if mantissa[-1] != '.' else mantissa + '0'}E{int(exponent)}"


def _inner(value: Dynamic) -> str:
    text = shown(value)
    return "null" if text is None else text
