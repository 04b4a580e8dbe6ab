"""Which delivered log files of a trail a case has: whole by the bucket's listing, or by name."""

from bisect import bisect_right
from collections.abc import Sequence

from trailtui.case.covering import DAY_MS, Known, Place, Stretch, asked_layers, join
from trailtui.case.file import Case
from trailtui.case.named_files import file_days, named_day


class Delivered:
    """The delivered files of a case, by account, Region and day."""

    def __init__(self, case: Case) -> None:
        whole: dict[Place, list[Stretch]] = {}
        for (account, region, source, told), stretches in asked_layers(case, as_read=False).items():
            if source == "s3" and not told:
                had = [s for s in stretches if s.state is Known.FETCHED and not s.may_grow]
                whole.setdefault((account, region), []).extend(had)
        self._whole = {place: join(several) for place, several in whole.items() if several}
        self._named = file_days(case)
        self._broken = _broken_days(case)

    @property
    def places(self) -> set[Place]:
        """The accounts and Regions that there are any files of."""
        return {*self._whole, *self._named}

    def whole(self, place: Place, since_ms: int, until_ms: int) -> bool:
        """Whether all that the bucket lists of a time is here."""
        return _held(self._whole.get(place, ()), since_ms, until_ms)

    def by_name(self, place: Place, since_ms: int, until_ms: int) -> bool:
        """Whether files named for all days of a time are here, however many there were."""
        return _held(self._named.get(place, ()), since_ms, until_ms)

    def broken(self, place: Place, since_ms: int, until_ms: int) -> bool:
        """Whether a file of those days could not be read whole."""
        days = range(since_ms // DAY_MS * DAY_MS, until_ms, DAY_MS)
        return any((*place, day) in self._broken for day in days)


def _broken_days(case: Case) -> set[tuple[str, str, int]]:
    rows = case.connection.execute("SELECT DISTINCT origin FROM problems")
    return {day for (origin,) in rows if (day := named_day(origin)) is not None}


def _held(stretches: Sequence[Stretch], since_ms: int, until_ms: int) -> bool:
    """Whether ordered stretches hold all of a stretch of time without a hole."""
    at = since_ms
    first = bisect_right(stretches, since_ms, key=lambda piece: piece.since_ms) - 1
    for piece in stretches[max(0, first) :]:
        if piece.since_ms > at:
            return False
        at = max(at, piece.until_ms)
        if at >= until_ms:
            return True
    return False
