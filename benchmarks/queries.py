"""Every query of the library, asked of one case: how long each takes.

    python -m benchmarks.queries CASE [--rounds 3]

The case is best one that `python -m benchmarks` makes; parameters are the busiest values in it.
"""

import argparse
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trailtui.case.coverage import looked_at
from trailtui.case.file import Case
from trailtui.query.errors import QueryStopped
from trailtui.query.library import Query, load_queries, read_parameters
from trailtui.query.sql import run_sql

INDEXED_MS = 100.0
ANY_MS = 2000.0
STOPPED_S = 10.0
"""Seconds after which a query is stopped."""
INDEXED = ("key", "principal", "ip")
"""Parameters that an index leads to."""

_BUSIEST = {
    "key": "SELECT s.text FROM event_rows e JOIN strings s ON s.id = e.credential {}",
    "principal": "SELECT s.text FROM event_rows e JOIN strings s ON s.id = e.principal {}",
    "ip": "SELECT s.text FROM event_rows e JOIN strings s ON s.id = e.ip {}",
    "resource": "SELECT r.arn FROM event_resources e JOIN resources r ON r.id = e.resource {}",
}


@dataclass(frozen=True, slots=True)
class Timing:
    """What one query took."""

    name: str
    ms: float
    rows: int
    indexed: bool
    stopped: bool = False
    """Whether it was still running when it was stopped."""

    @property
    def met(self) -> bool:
        """Whether it is as fast as it should be."""
        return not self.stopped and self.ms <= (INDEXED_MS if self.indexed else ANY_MS)


def values_in(case: Case) -> dict[str, str]:
    """For each kind of parameter a value in the middle: neither the busiest nor the rarest."""
    found: dict[str, str] = {"agent": "aws-cli", "service": "iam.amazonaws.com"}
    for name, sql in _BUSIEST.items():
        middle = "GROUP BY s.text ORDER BY count(*) DESC LIMIT 1 OFFSET 20"
        middle = middle.replace("s.text", "r.arn") if name == "resource" else middle
        row = case.connection.execute(sql.format(middle)).fetchone()
        found[name] = str(row[0]) if row else "none"
    found["role"] = found["principal"].rpartition("/")[2]
    return found


def measure(case: Case, values: Mapping[str, str], rounds: int) -> list[Timing]:
    """All shipped queries, the slowest first."""
    timings = [_timed(case, query, values, rounds) for query in load_queries().values()]
    return sorted(timings, key=lambda timing: -timing.ms)


def _timed(case: Case, query: Query, values: Mapping[str, str], rounds: int) -> Timing:
    needed = [p.name for p in query.parameters if p.required]
    given = read_parameters(query, {name: values[name] for name in needed})
    taken: list[float] = []
    rows = 0
    for _ in range(rounds):
        try:
            result = run_sql(case, query.sql, given, seconds=STOPPED_S)
        except QueryStopped:
            return Timing(query.name, STOPPED_S * 1000, 0, False, stopped=True)
        rows = len(result.rows)
        taken.append(float(result.took_ms))
    return Timing(query.name, statistics.median(taken), rows, bool(set(needed) & set(INDEXED)))


def as_markdown(timings: Sequence[Timing], events: int, beside_ms: float) -> str:
    """A table, and what misses its target."""
    lines = [
        f"{len(timings)} queries of the library over {events:,} events, without a time window; the "
        f"sentence on what was looked at, which goes with every answer, takes {beside_ms:,.0f} ms "
        "more.",
        "",
        "| | ms | rows | |",
        "|---|---|---|---|",
    ]
    for timing in timings:
        wanted = f"{INDEXED_MS if timing.indexed else ANY_MS:,.0f} ms wanted"
        mark = "" if timing.met else f"{wanted}: **MISSED**"
        more = "more than " if timing.stopped else ""
        lines.append(f"| {timing.name} | {more}{timing.ms:,.1f} | {timing.rows:,} | {mark} |")
    met = sum(timing.met for timing in timings)
    return "\n".join([*lines, "", f"- {met} of {len(timings)} as fast as wanted"])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with Case.open(given.case, readonly=True) as case:
        events = case.connection.execute("SELECT count(*) FROM event_rows").fetchone()[0]
        started = time.perf_counter()
        looked_at(case)
        beside_ms = (time.perf_counter() - started) * 1000
        print(as_markdown(measure(case, values_in(case), given.rounds), events, beside_ms))


if __name__ == "__main__":
    main()
