"""The part of a query that keeps Athena from reading more than the days and places asked for.

How a table is partitioned is read from its keys: an account, a Region, a day as one key (by the
format of its projection) or as year, month and day. What can't be known for sure (the spelling of
a day that is not projected) is not narrowed: that costs money, but never hides an event.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from trailtui.collect.athena_table import Table
from trailtui.collect.narrowing import text_literal
from trailtui.collect.remote_query import Piece
from trailtui.collect.scope import Place
from trailtui.model.errors import InputError

ACCOUNT_KEYS = ("account", "accountid", "account_id", "aws_account", "aws_account_id", "acct")
REGION_KEYS = ("region", "awsregion", "aws_region")
DAY_KEYS = ("timestamp", "day", "date", "dt", "eventdate", "event_date", "log_date")
_JAVA = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", **{one: one for one in "/_.-"}}
_JAVA_TOKEN = re.compile(r"yyyy|MM|dd|HH|[/_.\-]")
DELIVERED_LATER_DAYS = 1
"""A log file lies under the day of its delivery, which may be the day after its events' own."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Which partition keys mean what; None: the table has none for it."""

    account: str | None = None
    region: str | None = None
    day: str | None = None
    day_format: str = ""
    """As strftime takes it; empty: the spelling is not known."""
    parts: tuple[str, str, str] | None = None
    """The keys of year, month and day."""


def keys_of(table: Table) -> Keys:
    """What the table's partition keys mean. Raises InputError for a key without which Athena runs
    no query and whose meaning is not known."""
    names = list(table.partitions)
    account = next((name for name in names if name in ACCOUNT_KEYS), None)
    region = next((name for name in names if name in REGION_KEYS), None)
    parts = ("year", "month", "day") if {"year", "month", "day"} <= set(names) else None
    day = None if parts else next((name for name in names if name in DAY_KEYS), None)
    known = {account, region, day, *(parts or ())}
    for name in names:
        if name not in known and table.projection(name, "type").lower() == "injected":
            raise InputError(
                f"the table needs a value for its partition {name}, and nothing says which",
                cure="Make a table of your own with --create-table.",
            )
    spelling = _strftime(table.projection(day, "format")) if day else ""
    return Keys(account, region, day, spelling, parts)


def _strftime(java: str) -> str:
    """A format of Java's dates in strftime's words; empty where it has more than days and hours."""
    words: list[str] = _JAVA_TOKEN.findall(java)
    if "".join(words) != java or not {"yyyy", "MM", "dd"} <= set(words):
        return ""
    return "".join(_JAVA[word] for word in words)


def days_of(piece: Piece) -> list[date]:
    """The days of delivery that may hold events of a stretch of time, oldest first."""
    first = datetime.fromtimestamp(piece[0] // 1000, UTC).date()
    last = datetime.fromtimestamp((piece[1] - 1) // 1000, UTC).date()
    number = (last - first).days + 1 + DELIVERED_LATER_DAYS
    return [first + timedelta(days=at) for at in range(number)]


def predicates(table: Table, keys: Keys, places: Sequence[Place], piece: Piece) -> Iterator[str]:
    """Conditions on the partition keys: exactly these accounts, Regions and days.

    Raises InputError for an account or Region that the table's partitions do not know: Athena
    would find nothing there and not say why.
    """
    for key, values in (
        (keys.account, {place.account for place in places}),
        (keys.region, {place.region for place in places}),
    ):
        if key is not None:
            _refuse_unknown(table, key, values)
            yield f'"{key}" IN ({", ".join(map(text_literal, sorted(values)))})'
    days = days_of(piece)
    if keys.parts is not None:
        yield _in_parts(table, keys.parts, days)
    elif keys.day is not None:
        if table.partitions[keys.day].name == "date":
            yield f"\"{keys.day}\" BETWEEN DATE '{days[0]}' AND DATE '{days[-1]}'"
        elif keys.day_format:
            first = days[0].strftime(keys.day_format)
            last = datetime(*days[-1].timetuple()[:3], 23, tzinfo=UTC).strftime(keys.day_format)
            yield f'"{keys.day}" BETWEEN {text_literal(first)} AND {text_literal(last)}'


def _refuse_unknown(table: Table, key: str, values: set[str]) -> None:
    if table.projection(key, "type").lower() != "enum":
        return
    known = {value.strip() for value in table.projection(key, "values").split(",")}
    if unknown := sorted(values - known):
        raise InputError(
            f"the table's partitions know no {key} {', '.join(unknown[:5])}",
            where=f"{table.database}.{table.name}",
            cure=f"It knows {', '.join(sorted(known)[:20])}; ask for these, or make a table.",
        )


def _in_parts(table: Table, parts: tuple[str, str, str], days: Sequence[date]) -> str:
    """Year, month and day as keys of their own; months that are whole without their days."""
    months: dict[tuple[int, int], list[int]] = {}
    for day in days:
        months.setdefault((day.year, day.month), []).append(day.day)
    year_key, month_key, day_key = parts
    alternatives = [
        f"({_is_any(table, year_key, [year])} AND {_is_any(table, month_key, [month])} "
        f"AND {_is_any(table, day_key, numbers)})"
        for (year, month), numbers in months.items()
    ]
    return f"({' OR '.join(alternatives)})"


def _is_any(table: Table, key: str, numbers: Sequence[int]) -> str:
    """A key among numbers: as they are, or as text with and without a leading zero."""
    if table.partitions[key].name in ("string", "varchar", "char"):
        texts = dict.fromkeys(text for n in numbers for text in (f"{n:02d}", str(n)))
        return f'"{key}" IN ({", ".join(map(text_literal, texts))})'
    return f'"{key}" IN ({", ".join(map(str, numbers))})'


def first_day(table: Table, keys: Keys) -> date | None:
    """The first day that the table's projection knows; None where there is no such limit."""
    if not keys.day or not keys.day_format:
        return None
    begins = table.projection(keys.day, "range").partition(",")[0].strip()
    try:
        return datetime.strptime(begins, keys.day_format).replace(tzinfo=UTC).date()
    except ValueError:
        return None
