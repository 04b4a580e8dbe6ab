"""What is asked of Logs Insights, and how its answer is read."""

from dataclasses import dataclass, field

from trailtui.query.columns import Kind

MOST_ROWS = 10_000
"""What one query gives at most without paging on (aws-facts: StartQuery, limit)."""
LONGEST = 10_000
"""Characters of a query (service model of `logs`, QueryString)."""
FIELDS_NOTE = (
    "Logs Insights finds the first 200 fields of an event: what stands behind them in a very large "
    "record is not seen."
)
DISTINCT_NOTE = "Distinct values are counted approximately where there are very many."


@dataclass(frozen=True, slots=True)
class InsightsColumn:
    """A column of the answer."""

    field: str
    """What Logs Insights calls it."""
    name: str
    """What the query calls it."""
    kind: Kind = Kind.TEXT
    default: str | None = None
    """What stands there where an event has no such field."""
    counted_by: str = ""
    """Another field, a count; where it is 0, SQL's answer is NULL (a sum of nothing)."""


@dataclass(frozen=True, slots=True)
class InsightsOrder:
    """ORDER BY, for the rows as they came: Logs Insights orders texts by rules of its own."""

    position: int
    down: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class InsightsForm:
    """A query for Logs Insights."""

    text: str
    columns: tuple[InsightsColumn, ...]
    order: tuple[InsightsOrder, ...] = ()
    at_most: int | None = None
    """The query's LIMIT, applied once the rows are in order."""
    counts_all: bool = False
    """Whether SQL answers one row even where nothing is found."""
    since_ms: int | None = None
    until_ms: int | None = None
    """The time that is asked for, where the query says it."""
    notes: tuple[str, ...] = field(default=())
    written_by_hand: bool = False
