"""Counting events by one integer column: how many, first and last, and those that stand out.

What stands out are calls that failed and calls that are risky. Whether a call is risky is decided
once for each pair of source and name that occurs, never for each event; an event that neither
failed nor is called as a risky call is not looked at twice.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from trailtui.case.file import Case, reported

Risky = Callable[[str, str], bool]
"""Whether a call, given as eventSource and eventName, is one that attackers make."""


def nothing_is_risky(_source: str, _name: str) -> bool:
    """For who wants no distinction."""
    return False


@dataclass(slots=True)
class Call:
    """One call of one service, and how often it was made."""

    source: str
    name: str
    risky: bool
    succeeded: int = 0
    failed: int = 0


@dataclass(slots=True)
class Counted:
    """What one value of the column has."""

    value: int
    events: int
    first_s: int | None
    """Second since 1970; None where no event has a time."""
    last_s: int | None
    errors: int = 0
    risky_failed: int = 0
    risky_succeeded: int = 0
    risky_calls: dict[tuple[int | None, int], Call] = field(
        default_factory=dict[tuple["int | None", int], Call]
    )
    """By the ids of source and name."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events are counted, and by what."""

    column: str
    """As in `e.ip`; `r.resource` for resources."""
    condition: str = "1"
    parameters: tuple[object, ...] = ()

    @property
    def source(self) -> str:
        """The tables that the column is of."""
        if self.column == "r.resource":
            return "event_resources r JOIN event_rows e ON e.id = r.event"
        return "event_rows e"

    @property
    def where(self) -> str:
        """The condition, and that there is a value."""
        return f"{self.condition} AND {self.column} IS NOT NULL"


def count_by(
    case: Case, selection: Selection, risky: Risky, *, limit: int | None = None
) -> list[Counted]:
    """The values of a column with their counts; with a limit those with the most events only."""
    column = selection.column
    totals = (
        f"SELECT {column}, count(*) AS events, min(nullif(e.id >> 31, 0)), "  # noqa: S608
        f"max(nullif(e.id >> 31, 0)) FROM {selection.source} WHERE {selection.where} "
        f"GROUP BY {column} ORDER BY events DESC, {column} LIMIT ?"
    )
    if column == "r.resource" and selection.condition == "1":  # needs no look at the events
        totals = totals.replace(selection.source, "event_resources r").replace("e.id", "r.event")
    with reported(case.path):
        rows = case.connection.execute(
            totals, [*selection.parameters, -1 if limit is None else limit]
        ).fetchall()
        counted = {row[0]: Counted(*row) for row in rows}
        _count_outstanding(case, selection, counted, Pairs(case, risky))
    return list(counted.values())


def _count_outstanding(
    case: Case, selection: Selection, counted: dict[int, Counted], pairs: "Pairs"
) -> None:
    among = ""
    if selection.column == "r.resource":  # one look-up for each event: only for those listed
        among = f"r.resource IN ({_listed(list(counted))}) AND "
    sql = (
        # the + keeps SQLite from walking the column's index, a look-up for each event
        f"SELECT +{selection.column}, e.name, e.source, e.error IS NOT NULL, count(*) "  # noqa: S608
        f"FROM {selection.source} WHERE {among}{selection.where} "
        f"AND (e.error IS NOT NULL OR e.name IN ({_listed(pairs.names)})) GROUP BY 1, 2, 3, 4"
    )
    for value, name, source, failed, events in case.connection.execute(sql, selection.parameters):
        one = counted.get(value)
        if one is None:
            continue
        if failed:
            one.errors += events
        if not pairs.risky(source, name):
            continue
        call = one.risky_calls.get((source, name))
        if call is None:
            call = one.risky_calls[source, name] = pairs.call(source, name)
        if failed:
            call.failed += events
            one.risky_failed += events
        else:
            call.succeeded += events
            one.risky_succeeded += events


class Pairs:
    """The pairs of source and name in a case, and which of them are risky."""

    def __init__(self, case: Case, risky: Risky) -> None:
        self._case = case
        self._decide = risky
        self._texts: dict[int | None, str] = {None: ""}
        self._known: dict[tuple[int | None, int | None], bool] = {}
        self.names = self._names_of_risky() if risky is not nothing_is_risky else []
        """The ids of names that are risky with one of the sources there are."""

    def _names_of_risky(self) -> list[int]:
        execute = self._case.connection.execute
        names = execute(
            "SELECT s.id, s.text FROM (SELECT DISTINCT name FROM event_rows) n "
            "JOIN strings s ON s.id = n.name"
        ).fetchall()
        # asking the rows for the sources would mean reading them all
        sources = [
            text
            for (text,) in execute("SELECT text FROM strings WHERE text LIKE '%.amazonaws.com'")
        ]
        return [
            number
            for number, name in names
            if any(self._decide(source, name) for source in sources)
        ]

    def risky(self, source: int | None, name: int | None) -> bool:
        """Whether the call of these ids is risky."""
        if name is None or not self.names:
            return False
        key = source, name
        if key not in self._known:
            self._known[key] = self._decide(self.text(source), self.text(name))
        return self._known[key]

    def call(self, source: int | None, name: int | None) -> Call:
        """The call of these ids, not yet counted."""
        return Call(self.text(source), self.text(name), self.risky(source, name))

    def text(self, number: int | None) -> str:
        """The text of an id; empty for none."""
        if number not in self._texts:
            row = self._case.connection.execute(
                "SELECT text FROM strings WHERE id = ?", [number]
            ).fetchone()
            self._texts[number] = str(row[0])
        return self._texts[number]


def count_calls(case: Case, selection: Selection, risky: Risky) -> dict[int, list[Call]]:
    """All calls of each value of a column: the risky ones first, then those made most often."""
    pairs = Pairs(case, risky)
    sql = (
        f"SELECT +{selection.column}, e.name, e.source, e.error IS NOT NULL, count(*) "  # noqa: S608
        f"FROM {selection.source} WHERE {selection.where} GROUP BY 1, 2, 3, 4"
    )
    found: dict[int, dict[tuple[int | None, int | None], Call]] = {}
    with reported(case.path):
        rows = case.connection.execute(sql, selection.parameters)
        for value, name, source, failed, events in rows:
            calls = found.setdefault(value, {})
            call = calls.get((source, name))
            if call is None:
                call = calls[source, name] = pairs.call(source, name)
            if failed:
                call.failed += events
            else:
                call.succeeded += events
    return {value: sorted_calls(calls.values()) for value, calls in found.items()}


def sorted_calls(calls: Iterable[Call]) -> list[Call]:
    """The risky ones first, then by how often they were made."""
    return sorted(
        calls,
        key=lambda one: (not one.risky, -(one.succeeded + one.failed), one.name, one.source),
    )


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
