"""How much SQLite sorts at once: for an index that is built, for GROUP BY over a million rows.

It sorts as much as its cache of pages may hold before it writes a sorted run out. Runs of 32 MB
take half as long again as runs of 4 MB, which lie in a processor's cache while they are sorted.
"""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

_RUN_KILOBYTES = 4096


def sort_in_small_runs(connection: sqlite3.Connection) -> None:
    """Make sorting very many rows quicker, for good; for connections that only ask."""
    connection.execute(f"PRAGMA cache_size = -{_RUN_KILOBYTES}")


@contextmanager
def sorting_in_small_runs(connection: sqlite3.Connection) -> Generator[None]:
    """The same for a while; may stand within a transaction."""
    before = connection.execute("PRAGMA cache_size").fetchone()[0]
    sort_in_small_runs(connection)
    try:
        yield
    finally:
        connection.execute(f"PRAGMA cache_size = {before}")
