"""The indices over events: kept with every row, or built at once after a first load.

Keeping them up to date takes a third of a load's time, building them afterwards a tenth. So a load
into a case without events drops them and builds them at its end. Where it dies in between, whoever
opens the case next for writing builds them; meanwhile every answer is right, only slower.
"""

import sqlite3

from trailtui.case.sorting import sorting_in_small_runs

RESOURCE_INDEX = "resource_by_hash"
EVENT_INDICES = {
    "event_displaced": "event_rows(id) WHERE flags & 1024",
    "event_by_name": "event_rows(name)",
    # one for all that an identity says: principal, credential, user name, issuer
    "event_by_actor": "event_rows(actor)",
    "event_by_ip": "event_rows(ip)",
    "event_by_error": "event_rows(error) WHERE error IS NOT NULL",
    RESOURCE_INDEX: "resources(hash)",
}
"""Name, and what it is over."""


def build_event_indices(connection: sqlite3.Connection) -> None:
    """Make those that are not there."""
    with sorting_in_small_runs(connection):
        for name, over in EVENT_INDICES.items():
            connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {over}")


def build_resource_index(connection: sqlite3.Connection) -> None:
    """Make the one that resources are found by: a load that can't know them all needs it."""
    over = EVENT_INDICES[RESOURCE_INDEX]
    connection.execute(f"CREATE INDEX IF NOT EXISTS {RESOURCE_INDEX} ON {over}")


def drop_event_indices(connection: sqlite3.Connection) -> None:
    """Take them away; call it in the transaction that inserts the first rows."""
    for name in EVENT_INDICES:
        connection.execute(f"DROP INDEX IF EXISTS {name}")


def mend_event_indices(connection: sqlite3.Connection) -> None:
    """Build what a load that died left out, unless somebody is writing to the case just now."""
    marks = ", ".join("?" * len(EVENT_INDICES))
    sql = f"SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name IN ({marks})"  # noqa: S608
    if connection.execute(sql, [*EVENT_INDICES]).fetchone()[0] == len(EVENT_INDICES):
        return
    patience_ms = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return  # a load is going on; it builds them itself at its end
    else:
        build_event_indices(connection)
        connection.execute("COMMIT")
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience_ms}")
