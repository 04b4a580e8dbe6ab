"""Starting, first paint, key to repaint, bytes sent to the terminal per key.

    python -m benchmarks.start --rounds 15

The console runs on a pseudo-terminal of 80 x 24, on the timeline of a case.
"""

import argparse
import sys
import tempfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.ask import prepared_case
from benchmarks.collect import PROGRAM, verdict
from benchmarks.measuring import Rounds, run_measured
from tests.terminal import Sent, Terminal

HELP_LIMIT_MS = 150.0
STARTS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "trailtui --help": [PROGRAM, "--help"],
    "trailtui --version": [PROGRAM, "--version"],
    "trailtui cases": [PROGRAM, "cases"],
    "import textual": [sys.executable, "-c", "import textual.app"],
    "import boto3": [sys.executable, "-c", "import boto3"],
}
KEYS = {
    "j (one row down)": b"j",
    "k (one row up)": b"k",
    "Page Down": b"\x1b[6~",
    "Page Up": b"\x1b[5~",
    "G (to the end)": b"G",
    "g (to the beginning)": b"g",
    "? (help)": b"?",
    "Esc (back)": b"\x1b",
}
_EVENT_NAMES = ("GetObject", "AssumeRole", "Decrypt", "Describe", "PutObject", "GenerateData")


@dataclass(slots=True)
class Key:
    """One key, pressed several times."""

    milliseconds: Rounds = field(default_factory=Rounds)
    sent_bytes: Rounds = field(default_factory=Rounds)
    packed_bytes: Rounds = field(default_factory=Rounds)
    """As `ssh -C` would send them, about: each repaint deflated by itself."""


@dataclass(slots=True)
class StartResult:
    """Everything that was measured."""

    rounds: int
    starts: dict[str, Rounds]
    first_text: Rounds = field(default_factory=Rounds)
    first_rows: Rounds = field(default_factory=Rounds)
    first_bytes: Rounds = field(default_factory=Rounds)
    keys: dict[str, Key] = field(default_factory=dict[str, Key])
    case_events: int = 0
    notes: list[str] = field(default_factory=list[str])


def measure_starting(case_path: Path, events: int, rounds: int) -> StartResult:
    """Start everything `rounds` times, in turns; then drive the console by keys."""
    result = StartResult(rounds, {name: Rounds() for name in STARTS}, case_events=events)
    environment = {"TRAILTUI_HOME": str(case_path.parent)}
    for command in STARTS.values():
        run_measured(command, environment)  # once beforehand: compiled and in the page cache
    for _ in range(rounds):
        for name, command in STARTS.items():
            result.starts[name].values.append(run_measured(command, environment).seconds * 1000)
    try:
        for _ in range(min(rounds, 7)):
            _first_paint(case_path, environment, result)
        _press_keys(case_path, environment, result, rounds)
    except TimeoutError as error:
        result.notes.append(f"The console could NOT BE MEASURED: {error}")
    return result


def _some_text(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)


def _some_rows(lines: list[str]) -> bool:
    """Whether the timeline shows events; half a screen of them."""
    return sum(any(name in line for name in _EVENT_NAMES) for line in lines) >= 5


def _first_paint(case_path: Path, environment: dict[str, str], result: StartResult) -> None:
    with Terminal([PROGRAM, str(case_path)], environment) as terminal:
        text = terminal.wait_for(_some_text)
        rows = text if _some_rows(terminal.lines) else terminal.wait_for(_some_rows)
        result.first_text.values.append(text.last * 1000)
        result.first_rows.values.append(rows.last * 1000)
        size = text.size + (rows.size if rows is not text else 0)
        result.first_bytes.values.append(size + terminal.settle().size)


def _press_keys(
    case_path: Path, environment: dict[str, str], result: StartResult, rounds: int
) -> None:
    with Terminal([PROGRAM, str(case_path)], environment) as terminal:
        terminal.wait_for(_some_rows)
        terminal.settle()
        for name, key in KEYS.items():
            measured = result.keys.setdefault(name, Key())
            once = name[0] in "Gg?E"  # pressing these again has nothing to repaint
            for _ in range(1 if once else rounds):
                _note(terminal.press(key), measured)


def _note(sent: Sent, measured: Key) -> None:
    measured.milliseconds.values.append(sent.last * 1000)
    measured.sent_bytes.values.append(sent.size)
    packed = zlib.compress(b"".join(data for _, data in sent.chunks), 6)
    measured.packed_bytes.values.append(len(packed) if sent.size else 0)


def as_markdown(result: StartResult) -> str:
    """The section of RESULTS.md."""
    bare = result.starts["python -c pass"]
    lines = [
        f"{result.rounds} rounds, taking turns; medians (min-max).",
        "",
        "| | ms | more than a bare Python |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{name}` | {measured.written(0)} | {measured.median - bare.median:,.0f} |"
        for name, measured in result.starts.items()
    ]
    more = result.starts["trailtui --help"].median - bare.median
    lines += ["", verdict(f"`trailtui --help` takes {more:,.0f} ms more than a bare Python start "
                          f"({HELP_LIMIT_MS:.0f} allowed)", good=more < HELP_LIMIT_MS)]  # fmt: skip
    if result.first_rows.values:
        lines += [
            "",
            "The console on a pseudo-terminal of 80 x 24, a case of "
            f"{result.case_events:,} events:",
            "",
            "| | ms |",
            "|---|---|",
            f"| start to first text | {result.first_text.written(0)} |",
            f"| start to the timeline's rows | {result.first_rows.written(0)} |",
            "",
            f"It sends {result.first_bytes.written(0)} bytes until it is quiet.",
        ]
    if result.keys:
        lines += [
            "",
            "| key | ms to the last byte of the repaint | bytes sent | the same, deflated |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| {name} | {key.milliseconds.written(1)} | {key.sent_bytes.written(0)} | "
            f"{key.packed_bytes.written(0)} |"
            for name, key in result.keys.items()
        ]
    return "\n".join([*lines, "", *result.notes]) + "\n"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--case", type=Path, help="an existing case instead of a new one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trailtui-benchmark-") as folder:
        path = given.case or prepared_case(Path(folder), given.events)
        print(as_markdown(measure_starting(path, given.events, given.rounds)))


if __name__ == "__main__":
    main()
