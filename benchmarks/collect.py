"""`trailtui collect` beside unzipping, jq and DuckDB, on the same files in the same run.

    python -m benchmarks.collect --events 300000 --rounds 5

The programs take turns within each round, so that a busy moment of the machine strikes them all.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.generate import Written, generate
from benchmarks.measuring import ProgramFailed, Ran, Rounds, run_measured
from benchmarks.references import JQ_SELECT

PROGRAM = str(Path(sys.executable).with_name("trailtui"))
DUCKDB = ("duckdb-list", "duckdb-arrows")
TITLES = {
    "unzip": "unzip only (zlib, one process)",
    "collect": "**trailtui collect**",
    "jq": "gzip -dc, then one jq select to fields",
    "duckdb-list": "DuckDB, 20 JSON elements in one call, raw text",
    "duckdb-arrows": "DuckDB, 20 JSON elements by `->>`, raw text",
}


@dataclass(slots=True)
class Contestant:
    """A program and what was measured of it."""

    seconds: Rounds = field(default_factory=Rounds)
    cpu: Rounds = field(default_factory=Rounds)
    largest: Rounds = field(default_factory=Rounds)
    together: Rounds = field(default_factory=Rounds)
    bytes_per_event: float | None = None


@dataclass(slots=True)
class CollectResult:
    """All rounds."""

    written: Written
    rounds: int
    contestants: dict[str, Contestant]
    notes: list[str]

    def ratio(self, of: str, to: str) -> float | None:
        """How many times as long `of` takes as `to`."""
        one, other = self.contestants.get(of), self.contestants.get(to)
        return one.seconds.median / other.seconds.median if one and other else None

    def best_duckdb(self) -> str | None:
        """The faster of the ways to load into DuckDB."""
        ways = [name for name in DUCKDB if name in self.contestants]
        return min(ways, key=lambda name: self.contestants[name].seconds.median, default=None)


@dataclass(frozen=True, slots=True)
class _Course:
    """The files, and a folder to write in."""

    trail: Path
    scratch: Path
    events: int

    def unzip(self) -> tuple[Ran, float | None]:
        return run_measured([sys.executable, "-m", "benchmarks.references", "unzip",
                             str(self.trail)]), None  # fmt: skip

    def collect(self) -> tuple[Ran, float | None]:
        """A fresh case each time; its size is taken with all that is still in its journal."""
        home = self.scratch / "cases"
        shutil.rmtree(home, ignore_errors=True)
        environment = {"TRAILTUI_HOME": str(home)}
        run_measured([PROGRAM, "new", "measured"], environment)
        ran = run_measured([PROGRAM, "collect", "measured", "files", str(self.trail)], environment)
        listed = run_measured([PROGRAM, "cases", "--format", "json"], environment).output
        if not re.search(rf"\b{self.events}\b", listed.replace(",", "")):
            raise ProgramFailed(f"the case does not hold {self.events} events: {listed}")
        size = sum(path.stat().st_size for path in home.glob("measured.case*"))
        return ran, size / self.events

    def jq(self) -> tuple[Ran, float | None]:
        pipeline = 'find "$1" -name "*.json.gz" -print0 | xargs -0 gzip -dc | jq -r "$2" | wc -l'
        return run_measured(["sh", "-c", pipeline, "sh", str(self.trail), JQ_SELECT]), None

    def duckdb(self, way: str) -> tuple[Ran, float | None]:
        database = self.scratch / "events.duckdb"
        ran = run_measured([sys.executable, "-m", "benchmarks.references", way, str(self.trail),
                            str(database)])  # fmt: skip
        if int(ran.output) != self.events:
            raise ProgramFailed(f"DuckDB loaded {ran.output} of {self.events} events")
        size = database.stat().st_size
        database.unlink()
        return ran, size / self.events


def measure_collect(trail: Path, written: Written, scratch: Path, rounds: int) -> CollectResult:
    """Let all programs that are there take turns over the files of `trail`."""
    course = _Course(trail, scratch, written.events)
    notes: list[str] = []
    runs: dict[str, Callable[[], tuple[Ran, float | None]]] = {
        "unzip": course.unzip,
        "collect": course.collect,
    }
    if shutil.which("jq"):
        runs["jq"] = course.jq
    else:
        notes.append("jq is not on this machine: NOT MEASURED.")
    try:
        import duckdb  # noqa: F401 - only to learn whether it is there
    except ImportError:
        notes.append("duckdb is not in this environment: NOT MEASURED.")
    else:
        for way in DUCKDB:
            runs[way] = lambda way=way: course.duckdb(way)
    contestants = {name: Contestant() for name in runs}
    for round_number in range(rounds):
        names = list(runs)
        turn = round_number % len(names)
        for name in names[turn:] + names[:turn]:
            ran, size = runs[name]()
            contestant = contestants[name]
            contestant.seconds.values.append(ran.seconds)
            contestant.cpu.values.append(ran.cpu_seconds)
            contestant.largest.values.append(ran.largest_mb)
            contestant.together.values.append(ran.together_mb)
            contestant.bytes_per_event = size
            print(f"round {round_number + 1}: {name} {ran.seconds:.2f} s", file=sys.stderr)
    return CollectResult(written, rounds, contestants, notes)


def as_markdown(result: CollectResult) -> str:
    """The section of RESULTS.md."""
    written = result.written
    events = written.events
    lines = [
        f"{events:,} events in {written.files:,} files: {written.json_bytes / 1e6:,.0f} MB of JSON "
        f"({written.json_bytes / events:,.0f} bytes each), {written.packed_bytes / 1e6:,.1f} MB of "
        f"gzip ({written.packed_bytes / events:,.0f} each). {result.rounds} rounds, taking turns; "
        "medians (min-max). Memory: the peak of the largest process with its mapped files / of "
        "all processes together without them.",
        "",
        "| | seconds | events/s | x unzip | CPU seconds | MB largest / together | bytes/event |",
        "|---|---|---|---|---|---|---|",
    ]
    unzip = result.contestants["unzip"].seconds.median
    for name, measured in sorted(
        result.contestants.items(), key=lambda item: item[1].seconds.median
    ):
        seconds = measured.seconds
        size = f"{measured.bytes_per_event:,.0f}" if measured.bytes_per_event else ""
        lines.append(
            f"| {TITLES[name]} | {seconds.written(2)} | {events / seconds.median:,.0f} | "
            f"{seconds.median / unzip:.1f} | {measured.cpu.median:.1f} | "
            f"{measured.largest.median:,.0f} / {measured.together.median:,.0f} | {size} |"
        )
    return "\n".join([*lines, "", *_verdicts(result), *result.notes]) + "\n"


def _verdicts(result: CollectResult) -> list[str]:
    collect = result.contestants["collect"]
    lines: list[str] = []
    best = result.best_duckdb()
    for way in DUCKDB:
        if (ratio := result.ratio(way, "collect")) is not None:
            which = "at its best" if way == best else "the other way"
            wanted = "1.5 wanted" if way == best else "for comparison"
            lines.append(verdict(
                f"collect runs at {ratio:.2f} x the rate of DuckDB {which} ({wanted})",
                good=ratio >= 1.5 if way == best else None,
            ))  # fmt: skip
    if (ratio := result.ratio("jq", "collect")) is not None:
        lines.append(
            verdict(f"collect runs at {ratio:.2f} x the rate of one jq select (1 wanted)",
                    good=ratio > 1)
        )  # fmt: skip
    size = collect.bytes_per_event or 0
    lines.append(verdict(f"{size:,.0f} bytes of case per event (450 wanted)", good=size <= 450))
    memory = max(collect.largest.median, collect.together.median)
    lines.append(verdict(f"{memory:,.0f} MB of memory (300 wanted)", good=memory < 300))
    return lines


def verdict(text: str, *, good: bool | None) -> str:
    """A line that tells whether a target was met; None where there is none."""
    return f"- {text}" + ("" if good is None else ": met" if good else ": **MISSED**")


def prepared_trail(folder: Path, events: int) -> Written:
    """Write the trail, and let a look at every file bring it into the page cache."""
    written = generate(folder, events, processes=os.cpu_count() or 1)
    subprocess.run(
        ["sh", "-c", 'find "$1" -type f -exec cat {} + >/dev/null', "sh", str(folder)], check=True
    )
    return written


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trailtui-benchmark-") as folder:
        trail = Path(folder) / "trail"
        written = prepared_trail(trail, given.events)
        print(as_markdown(measure_collect(trail, written, Path(folder), given.rounds)))


if __name__ == "__main__":
    main()
