"""Measure everything and write benchmarks/RESULTS.md:

    python -m benchmarks                      (a quarter of an hour)
    python -m benchmarks --collecting         (three minutes: that part anew, the rest as it was)
    python -m benchmarks --events 30000 --asked-events 50000 --rounds 2    (a look)

benchmarks/REMARKS.md is by hand: what the figures mean and what misses its target. It is put
under the figures.
"""

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import ask, collect, start

_HERE = Path(__file__).parent


def machine() -> str:
    """What it was measured on, in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {platform.system()} "
        f"{platform.release().split('-')[0]}, Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}; load at the start: {load}"
    )


def _processor() -> str:
    try:
        information = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.machine()
    for line in information.splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def renew_collecting(out: Path, events: int, rounds: int) -> None:
    """Measure collecting anew and put it in the place of what stands in `out`."""
    before, _, rest = out.read_text(encoding="utf-8").partition("## Collecting\n")
    _, _, after = rest.partition("## Asking\n")
    how = f"`python -m benchmarks --collecting --events {events} --rounds {rounds}`"
    said = f"Measured after the rest of this page, {datetime.now(UTC):%Y-%m-%d}, by {how}; "
    said += f"{machine()}."
    with tempfile.TemporaryDirectory(prefix="trailtui-benchmark-") as name:
        folder = Path(name)
        written = collect.prepared_trail(folder / "trail", events)
        collected = collect.measure_collect(folder / "trail", written, folder, rounds)
    parts = ["## Collecting", "", said, "", collect.as_markdown(collected), "## Asking", "", ""]
    out.write_text(before + "\n".join(parts) + after.lstrip(), encoding="utf-8")
    print(f"written: {out}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--events", type=int, default=300_000, help="for collecting")
    parser.add_argument("--asked-events", type=int, default=1_000_000, help="for asking")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=_HERE / "RESULTS.md")
    parser.add_argument("--collecting", action="store_true", help="only that part")
    given = parser.parse_args()
    if given.collecting:
        renew_collecting(given.out, given.events, given.rounds)
        return
    head = [
        "# What was measured",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, by `python -m benchmarks --events {given.events} "
        f"--asked-events {given.asked_events} --rounds {given.rounds}`; {machine()}.",
        "",
        "Read the ratios: everything in one table was measured in the same run, taking turns.",
        "",
    ]
    with tempfile.TemporaryDirectory(prefix="trailtui-benchmark-") as name:
        folder = Path(name)
        written = collect.prepared_trail(folder / "trail", given.events)
        collected = collect.measure_collect(folder / "trail", written, folder, given.rounds)
        print("collected; now a larger case", file=sys.stderr)
        case = ask.prepared_case(folder, given.asked_events)
        asked = ask.measure_asking(case, given.rounds * 3)
        started = start.measure_starting(case, given.asked_events, given.rounds * 3)
    parts = [
        *head,
        "## Collecting", "", collect.as_markdown(collected),
        "## Asking", "", ask.as_markdown(asked),
        "## Starting, painting, keys", "", start.as_markdown(started),
    ]  # fmt: skip
    remarks = _HERE / "REMARKS.md"
    if remarks.is_file():
        parts.append(remarks.read_text(encoding="utf-8"))
    given.out.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")
    print(f"written: {given.out}")


if __name__ == "__main__":
    main()
