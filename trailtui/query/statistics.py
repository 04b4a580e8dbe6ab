"""What a case knows of its own sizes, so that a query takes the way that is short here.

SQLite keeps no statistics of a case: it takes any index that fits a condition, even where most
events meet the condition and going through all rows in their order takes a fifth of the time.
"""

import re
import sqlite3
from collections.abc import Sequence

from trailtui.query.fragment import Sql

PACKED_BITS = 22
"""Bits that are left beside a time in milliseconds in 63 bits: room for the number of a text."""
_SPARE_TEXTS = 1 << 16
_WORTH_AN_INDEX = 8
"""An index is taken for at most one event in so many; each found by it costs a step into a tree."""
_FEW = 20_000
"""Events that are found by an index in no time, whatever their share."""
_INDEXED = re.compile(r"(\w+)\.(name|ip|actor|error) IN \(SELECT ")

_BY_ID = re.compile(r"\w+\.id IN \(")


class Statistics:
    """Sizes of the case that a connection is open on, within the transaction it has begun."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        records, texts = connection.execute(
            "SELECT (SELECT coalesce(sum(records), 0) FROM evidence), "
            "(SELECT coalesce(max(id), 0) FROM strings)"
        ).fetchone()
        self._most = max(records // _WORTH_AN_INDEX, _FEW)
        self.packs_texts = texts + _SPARE_TEXTS < 1 << PACKED_BITS
        """Whether the number of every text fits beside a time in one integer."""

    def with_best_index(self, conditions: Sequence[Sql]) -> list[Sql]:
        """Conditions that hold together, so written that only the narrowest one takes an index.

        Where none is narrow, none does.
        """
        found = [at for at, each in enumerate(conditions) if _INDEXED.match(each.text)]
        most, best = self._most, None
        for at in found:
            met = self._met(conditions[at], most)
            if met < most:
                most, best = met, at
        return [
            Sql(f"+{each.text}", each.parameters) if at in found and at != best else each
            for at, each in enumerate(conditions)
        ]

    def _met(self, condition: Sql, at_most: int) -> int:
        """How many events meet a condition over one indexed column, as far as it matters."""
        row = _row_of(condition)
        sql = f"SELECT 1 FROM event_rows AS {row} WHERE {condition.text} LIMIT {at_most}"  # noqa: S608
        counted = f"SELECT count(*) FROM ({sql})"  # noqa: S608 - our own SQL around what was made
        return int(self._connection.execute(counted, condition.parameters).fetchone()[0])


def is_narrow(condition: Sql) -> bool:
    """Whether a condition is one that leads to its events by an index, or by their ids."""
    return bool(_INDEXED.match(condition.text) or _BY_ID.match(condition.text))


def _row_of(condition: Sql) -> str:
    found = _INDEXED.match(condition.text)
    assert found is not None  # noqa: S101 - the caller matched it
    return found[1]
