"""Finds the records of one account and Region without looking at all the others."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from trailtui.sim.record_facts import INSIGHT, MANAGEMENT, Record, category, event_time
from trailtui.sim.record_facts import owner as owner_of
from trailtui.sim.record_facts import region as region_of

Place = tuple[int, int]
"""A record's second and its number in the list: no two records have the same."""

LAST_PLACE: Place = (1 << 60, 0)

_Shelf = tuple[str, str, str]


class RecordIndex:
    """Follows a list of records that only grows.

    Args:
        records: the list; what is appended to it later is found as well.
        account: the owner of records that name none.
    """

    def __init__(self, records: list[Record], account: str) -> None:
        self._records = records
        self._account = account
        self._shelves: dict[_Shelf, list[Place]] = {}
        self._unsorted: set[_Shelf] = set()
        self._seen = 0

    def newest_first(
        self, account: str, region: str, kind: str = MANAGEMENT, before: Place = LAST_PLACE
    ) -> Iterator[tuple[Place, Record]]:
        """The records of one kind, account and Region, from the newest to the oldest.

        Args:
            account: whose.
            region: recorded there.
            kind: MANAGEMENT or INSIGHT; no other kind is indexed.
            before: only records that come after this place in this order.
        """
        self._catch_up()
        shelf = (account, region, kind)
        places = self._shelves.get(shelf, [])
        if shelf in self._unsorted:
            places.sort()
            self._unsorted.discard(shelf)
        for number in range(bisect_left(places, before) - 1, -1, -1):
            yield places[number], self._records[places[number][1]]

    def _catch_up(self) -> None:
        for number in range(self._seen, len(self._records)):
            record = self._records[number]
            at, kind = event_time(record), category(record)
            if at is None or kind not in (MANAGEMENT, INSIGHT):
                continue
            shelf = (owner_of(record, self._account), region_of(record), kind)
            self._shelves.setdefault(shelf, []).append((int(at.timestamp()), number))
            self._unsorted.add(shelf)
        self._seen = len(self._records)
