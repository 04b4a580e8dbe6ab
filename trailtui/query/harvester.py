"""What a process runs that reads records for a query: a harvest comes in on standard input, rows
go out.

It opens the case read-only, chooses the rows of its share of the files by the query's own SQL, and
sends them with the values of their records. It ends when it is done, or when who asked is gone.
"""

import gc
import marshal
import os
import pickle
import signal
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from threading import Thread
from typing import Any, cast

from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.case.sorting import sort_in_small_runs
from trailtui.query.alike_rows import AlikeRows
from trailtui.query.fragment import Sql
from trailtui.query.functions import register
from trailtui.query.harvests import Harvest, Share
from trailtui.query.many_values import ManyValues, Places
from trailtui.query.messages import Task, read_message, version_of, write_message
from trailtui.query.read_only import authorizer
from trailtui.query.records import FORMS, Records, path_of
from trailtui.query.searching import Pieces, search

_ROWS_SENT = 10_000
"""Rows that go out at once; a megabyte or so."""
_PLACE = 4
Column = Sequence[Any]


def main() -> None:
    """Do the one task that comes in."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # interrupts are the parent's to handle
    gc.disable()  # nothing here makes cycles
    task = cast("Task", pickle.loads(read_message(sys.stdin.buffer)))  # noqa: S301 - our parent's
    Thread(target=_end_with_parent, daemon=True).start()
    out = sys.stdout.buffer
    with Case.open(Path(task.case_path), readonly=True) as case, case.reopen() as own:
        reader = RecordReader(case, in_order=True)
        records = Records(reader)
        chosen = _reading_only(own, records)
        write_message(out, b"")  # from here on it sees the case as it is now
        for name, harvest in task.harvests:
            values = ManyValues(
                records, [(path_of(path), FORMS[form]) for path, form in harvest.values]
            )
            sought = harvest.sought
            pieces = _search(chosen, reader, task.share, sought) if sought else None
            files = _columns_of(chosen, reader, values, pieces, harvest.rows(task.share))
            for columns in _batches(files, harvest):
                write_message(out, marshal.dumps((name, [*columns])))
    write_message(out, b"")


def _reading_only(own: Case, records: Records) -> sqlite3.Connection:
    """A connection that may only read the tables of events, in the state that they are in now."""
    connection = own.connection
    register(connection, records)
    sort_in_small_runs(connection)
    connection.execute("SELECT 1 FROM json_each('[]')")  # makes it known: no table needed
    connection.execute("BEGIN")
    version_of(connection)
    connection.set_authorizer(authorizer())
    return connection


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def _search(
    connection: sqlite3.Connection, reader: RecordReader, share: Share, texts: Sequence[str]
) -> Pieces:
    """Look through the files of a share, before the rows are chosen."""
    connection.set_authorizer(None)
    files = connection.execute(
        "SELECT id FROM evidence WHERE records > 0 AND id >= ? AND id < ? ORDER BY id", share.files
    ).fetchall()
    pieces = search(connection, reader, [each[0] for each in files], texts)
    connection.set_authorizer(authorizer())
    return pieces


def _columns_of(
    connection: sqlite3.Connection,
    reader: RecordReader,
    values: ManyValues,
    pieces: Pieces | None,
    made: Sql,
) -> Iterator[list[Column]]:
    """Columns and values of the rows of each file."""
    cursor = connection.execute(made.text, made.parameters)
    for evidence, rows in groupby(cursor, itemgetter(0)):
        columns = list(zip(*rows, strict=True))
        places = Places(evidence, *columns[1:_PLACE])
        kept = pieces.of(places) if pieces else None
        yield [*columns[_PLACE:], *values.of(places, partial(reader.whole, evidence), kept)]


def _batches(files: Iterator[list[Column]], harvest: Harvest) -> Iterator[Sequence[Column]]:
    """The columns in batches that are worth sending."""
    if harvest.folded:
        alike = AlikeRows(harvest.columns)
        for columns in files:
            alike.add(columns)
            if alike.is_large:
                yield alike.taken()
        yield alike.taken()
        return
    waiting: list[list[Any]] = [[] for _ in harvest.names]
    for columns in files:
        for column, more in zip(waiting, columns, strict=True):
            column.extend(more)
        if len(waiting[0]) >= _ROWS_SENT:
            yield waiting
            waiting = [[] for _ in harvest.names]
    yield waiting


if __name__ == "__main__":
    main()
