"""Every query of the library, asked of one case: how long each takes.

    python -m benchmarks.queries [CASE] [--rounds 3] [--duckdb] [--out benchmarks/QUERIES.md]

Without a case, one of a million events is made. Parameters are values in the middle of it. What is
timed is all that a user waits for: the rewrite, the query, and the sentence on what was looked at.
With --duckdb the same records are put into a DuckDB table once (a file beside the case), and each
query is asked there too.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.__main__ import machine
from benchmarks.ask import prepared_case
from trailtui.case.file import Case
from trailtui.query.errors import QueryStopped
from trailtui.query.execute import DEFAULT_LIMIT
from trailtui.query.given import Given
from trailtui.query.library import Query, load_queries, read_parameters
from trailtui.query.sql import run_sql

if TYPE_CHECKING:
    import duckdb

INDEXED_MS = 100.0
ANY_MS = 2000.0
STOPPED_S = 20.0
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
    """Until the answer was there."""
    cpu_ms: float
    """Processor time of all threads, and of the processes that were started for it."""
    others_ms: float
    """Of that, what fell to those processes, which share it."""
    rows: int
    indexed: bool
    stopped: bool = False
    """Whether it was still running when it was stopped."""
    duckdb_ms: float | None = None
    typical_ms: float | None = None
    """For the value that as many others have more events than have fewer."""

    @property
    def met(self) -> bool:
        """Whether it is as fast as it should be."""
        return not self.stopped and self.ms <= (INDEXED_MS if self.indexed else ANY_MS)


def values_in(case: Case, *, typical: bool = False) -> dict[str, str]:
    """For each kind of parameter a busy value, the 21st of all; or the median one."""
    found: dict[str, str] = {"agent": "aws-cli", "service": "iam.amazonaws.com"}
    for name, sql in _BUSIEST.items():
        text = "r.arn" if name == "resource" else "s.text"
        asked = sql.format(f"GROUP BY {text} ORDER BY count(*) DESC, {text}")
        rows = case.connection.execute(asked).fetchall()
        place = len(rows) // 2 if typical else min(20, len(rows) - 1)
        found[name] = str(rows[place][0]) if rows else "none"
    found["role"] = found["principal"].rpartition("/")[2]
    return found


def measure(
    case: Case,
    values: Mapping[str, str],
    rounds: int,
    duck: "duckdb.DuckDBPyConnection | None" = None,
) -> list[Timing]:
    """All shipped queries, the slowest first."""
    typical = values_in(case, typical=True)
    timings = [
        replace(
            _timed(case, query, values, rounds, duck),
            typical_ms=_typical_ms(case, query, typical, rounds),
        )
        for query in load_queries().values()
    ]
    return sorted(timings, key=lambda timing: -timing.ms)


def _typical_ms(case: Case, query: Query, values: Mapping[str, str], rounds: int) -> float | None:
    """How long an indexed query takes for the median value; None for the others."""
    if not any(p.required and p.name in INDEXED for p in query.parameters):
        return None
    return _timed(case, query, values, rounds, None).ms


def _timed(
    case: Case,
    query: Query,
    values: Mapping[str, str],
    rounds: int,
    duck: "duckdb.DuckDBPyConnection | None",
) -> Timing:
    needed = [p.name for p in query.parameters if p.required]
    given = read_parameters(query, {name: values[name] for name in needed})
    taken: list[float] = []
    cpu: list[float] = []
    others: list[float] = []
    indexed = bool(set(needed) & set(INDEXED))
    rows = 0
    beside = _beside(duck, query, given, rounds) if duck is not None else None
    for _ in range(rounds):
        started, busy = time.perf_counter(), _processor_seconds()
        children = _children_seconds()
        try:
            rows = len(run_sql(case, query.sql, given, seconds=STOPPED_S).rows)
        except QueryStopped:
            ms = STOPPED_S * 1000
            return Timing(query.name, ms, ms, 0, 0, indexed, stopped=True, duckdb_ms=beside)
        taken.append((time.perf_counter() - started) * 1000)
        others.append((_children_seconds() - children) * 1000)
        cpu.append((_processor_seconds() - busy) * 1000)
    return Timing(
        query.name,
        statistics.median(taken),
        statistics.median(cpu),
        statistics.median(others),
        rows,
        indexed,
        duckdb_ms=beside,
    )


def _processor_seconds() -> float:
    return sum(os.times()[:4])


def _children_seconds() -> float:
    """Of child processes that have ended."""
    return sum(os.times()[2:4])


def _beside(
    duck: "duckdb.DuckDBPyConnection", query: Query, given: Mapping[str, Given], rounds: int
) -> float:
    from benchmarks.beside_duckdb import asked

    times = [asked(duck, query.sql, given, DEFAULT_LIMIT)[0] for _ in range(rounds)]
    return statistics.median(times)


def as_markdown(timings: Sequence[Timing], events: int) -> str:
    """A table, and what misses its target."""
    lines = [
        f"{len(timings)} queries of the library over {events:,} events, without a time window: the "
        "median in milliseconds until the answer was there, the processor time that took, how much "
        "of that fell to the two processes that read records, and DuckDB's median for the same SQL "
        "over the same records in a table of its own. Keys, principals and addresses are "
        "the 21st busiest; the last column is the time for the median one.",
        "",
        "| | ms | processor ms | of two processes | DuckDB ms | rows | median key | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for timing in timings:
        wanted = f"{INDEXED_MS if timing.indexed else ANY_MS:,.0f} ms wanted"
        mark = "" if timing.met else f"{wanted}: **MISSED**"
        more = "more than " if timing.stopped else ""
        duck = "" if timing.duckdb_ms is None else f"{timing.duckdb_ms:,.0f}"
        typical = "" if timing.typical_ms is None else f"{timing.typical_ms:,.0f} ms"
        shared = f"{timing.others_ms:,.0f}" if timing.others_ms else ""
        lines.append(
            f"| {timing.name} | {more}{timing.ms:,.0f} | {timing.cpu_ms:,.0f} | {shared} | "
            f"{duck} | {timing.rows:,} | {typical} | {mark} |"
        )
    met = sum(timing.met for timing in timings)
    return "\n".join([*lines, "", f"- {met} of {len(timings)} as fast as wanted"])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("case", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--duckdb", action="store_true")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trailtui-benchmark-") as folder:
        path = given.case or prepared_case(Path(folder), 1_000_000)
        text = _report(path, given.rounds, duckdb=given.duckdb)
    if given.out is None:
        print(text)
    else:
        given.out.write_text(text + "\n", encoding="utf-8")


def _report(path: Path, rounds: int, *, duckdb: bool) -> str:
    head = (
        f"# How long the library's queries take\n\n{datetime.now(UTC):%Y-%m-%d}, {rounds} rounds; "
        f"{machine()}.\n\n"
    )
    with Case.open(path, readonly=True) as case:
        events = case.connection.execute("SELECT count(*) FROM event_rows").fetchone()[0]
        values = values_in(case)
        if not duckdb:
            timings = measure(case, values, rounds)
        else:
            from benchmarks.beside_duckdb import opened

            with opened(case, path.with_suffix(".duckdb")) as duck:
                timings = measure(case, values, rounds, duck)
    remarks = Path(__file__).parent / "QUERIES_REMARKS.md"
    return f"{head}{as_markdown(timings, events)}\n\n{remarks.read_text(encoding='utf-8')}".rstrip()


if __name__ == "__main__":
    main()
