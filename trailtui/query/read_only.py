"""What a query may do on its connection: read the tables of events, and nothing else."""

import sqlite3
from collections.abc import Callable, Iterable

from trailtui.query.functions import AGGREGATES, PURE, SOFT_FUNCTIONS, WITH_NULLS
from trailtui.query.harvests import HARVESTED, TABLES
from trailtui.query.record_functions import RECORD_FUNCTIONS, STORED_FUNCTIONS
from trailtui.query.searching import FOUND, UNSEARCHED

_TABLES = frozenset({*TABLES, FOUND, UNSEARCHED, ""})
_FUNCTIONS = frozenset(
    {
        "count", "sum", "min", "max", "avg", "coalesce", "ifnull", "nullif", "typeof", "hex",
        "lower", "substr", "length", "json_each", *PURE, *WITH_NULLS, *AGGREGATES,
        *RECORD_FUNCTIONS, *STORED_FUNCTIONS, *SOFT_FUNCTIONS,
    }
)  # fmt: skip
Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]


def authorizer(further_functions: Iterable[str] = ()) -> Authorizer:
    """The answer to SQLite's question whether a step is allowed, see sqlite3's set_authorizer."""
    functions = _FUNCTIONS.union(further_functions)

    def answer(
        action: int, first: str | None, second: str | None, _database: str | None, _by: str | None
    ) -> int:
        allowed = (
            action == sqlite3.SQLITE_SELECT
            or (action == sqlite3.SQLITE_READ and _may_be_read(first or ""))
            or (action == sqlite3.SQLITE_FUNCTION and second in functions)
        )
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    return answer


def _may_be_read(table: str) -> bool:
    return table in _TABLES or HARVESTED.fullmatch(table) is not None
