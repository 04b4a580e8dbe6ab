"""What asking a query of an engine would cost, as far as anybody can tell beforehand."""

from collections import Counter
from collections.abc import Sequence

from trailtui.aws.session import AwsSession
from trailtui.collect.asking_where import AskedQuery, days_read
from trailtui.collect.athena_estimate import listed, prefix_of
from trailtui.collect.athena_partitions import Keys, days_of
from trailtui.collect.athena_table import Table
from trailtui.collect.estimate import Estimate
from trailtui.collect.insights import stored
from trailtui.collect.insights_groups import LogGroup
from trailtui.collect.prices import ATHENA, LAKE, LOGS_INSIGHTS, PRICES_OF, Price
from trailtui.collect.scope import Place
from trailtui.model.times import HOUR_MS

_QUERY_SECONDS = 10.0
_REQUESTS = 5
MOST_DAYS_UNKNOWN = 31
"""So long a time is asked for without a question where nobody can tell what it costs."""

Cost = tuple[Estimate, bool]
"""An estimate, and whether its dollars are more than a guess from nothing."""


def athena_cost(
    query: AskedQuery, session: AwsSession, table: Table, keys: Keys, accounts: Sequence[str],
    regions: Sequence[str],
) -> Cost:  # fmt: skip
    """From listing the prefixes in S3 of the partitions that the query leaves (ListObjectsV2)."""
    span = days_read(query.window(), table, keys, session.now_ms())
    places = [
        Place(account, region)
        for account in accounts or _known(table, keys.account)
        for region in regions or _known(table, keys.region)
    ]
    prefixes: Counter[str] = Counter()
    for day in days_of(span) if keys.day_format or keys.parts else days_of((span[1] - 1, span[1])):
        for place in places:
            prefixes[prefix_of(table, keys, place, day)] = 1
    says = [_priced(ATHENA), "nothing but the partitions is reckoned with"]
    size, known = listed(prefixes, session, says)
    return _estimate("athena", size, ATHENA, says), known


def _known(table: Table, key: str | None) -> list[str]:
    """The values of a partition, where the table lists them; a blank that cuts its prefix else."""
    values = table.projection(key, "values") if key else ""
    return [one.strip() for one in values.split(",") if one.strip()] or ["${}"]


def insights_cost(session: AwsSession, group: LogGroup, span: tuple[int, int]) -> Cost:
    """From what the log group stores, spread evenly over its time."""
    held, kept_ms = stored(session, group)
    asked_ms = min((span[1] - span[0]) * 1000, kept_ms)
    size = int(held * max(0, asked_ms) / kept_ms) if kept_ms else 0
    how = "reckoned from the group's stored bytes, spread evenly over its time"
    unknown = "how much the log group holds could not be told: bytes and dollars are unknown"
    says = [_priced(LOGS_INSIGHTS), how if kept_ms else unknown]
    return _estimate("insights", size, LOGS_INSIGHTS, says), kept_ms > 0


def lake_cost() -> Cost:
    """Lake tells nobody beforehand what it scans."""
    says = [_priced(LAKE), "bytes and dollars are not known beforehand"]
    return _estimate("lake", 0, LAKE, says), False


def is_short(query: AskedQuery, present_ms: int) -> bool:
    """Whether the time that a query reads is short enough to ask without knowing the cost."""
    since_ms, until_ms = query.window()
    if since_ms is None:
        return False
    return (until_ms or present_ms) - since_ms <= MOST_DAYS_UNKNOWN * 24 * HOUR_MS


def _priced(price: Price) -> str:
    return f"prices of {PRICES_OF}: {price.dollars} dollars per {price.per}"


def _estimate(source: str, size: int, price: Price, says: Sequence[str]) -> Estimate:
    return Estimate(source, _REQUESTS, _QUERY_SECONDS, size, price.of(size), tuple(says))
