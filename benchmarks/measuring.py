"""Running a program and measuring it from outside: seconds, and the memory of all its processes."""

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_SAMPLE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a program."""

    seconds: float
    cpu_seconds: float
    """User and system time of the program and all that it started."""
    largest_mb: float
    """Peak memory of its largest process, mapped files included."""
    together_mb: float
    """Peak memory of all its processes together, without mapped files (they are the page cache's
    and would count once for each process)."""
    output: str


@dataclass(slots=True)
class Rounds:
    """The same thing measured several times."""

    values: list[float] = field(default_factory=list[float])

    @property
    def median(self) -> float:
        """What is reported."""
        return statistics.median(self.values)

    def written(self, digits: int = 1, factor: float = 1.0) -> str:
        """`median (min-max)`."""
        middle, low, high = (
            f"{value * factor:,.{digits}f}"
            for value in (self.median, min(self.values), max(self.values))
        )
        return f"{middle} ({low}-{high})"


class ProgramFailed(RuntimeError):
    """A measured program did not end well: its figures mean nothing."""


def run_measured(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Ran:
    """Run a program to its end. Raises ProgramFailed where it does not exit with 0."""
    before = os.times()
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    sampler = _Sampler(process.pid)
    sampler.start()
    output, errors = process.communicate()
    seconds = time.perf_counter() - started
    after = os.times()
    sampler.finish()
    if process.returncode != 0:
        raise ProgramFailed(f"{' '.join(command)}: exit code {process.returncode}\n{errors}")
    cpu = (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
    return Ran(seconds, cpu, sampler.largest_kb / 1024, sampler.together_kb / 1024, output)


class _Sampler(threading.Thread):
    """Looks at a process and its descendants every few milliseconds (Linux; 0 elsewhere)."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._done = threading.Event()
        self.largest_kb = 0
        self.together_kb = 0

    def run(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            together = 0
            for pid in _family(self._root):
                peak, anonymous = _memory_kb(pid)
                self.largest_kb = max(self.largest_kb, peak)
                together += anonymous
            self.together_kb = max(self.together_kb, together)

    def finish(self) -> None:
        """Stop looking."""
        self._done.set()
        self.join()


def _family(root: int) -> list[int]:
    found = [root]
    for pid in found:
        try:
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except (OSError, ValueError):
            continue  # it ended while it was looked at, or there is no /proc
    return found


def _memory_kb(pid: int) -> tuple[int, int]:
    """Peak resident size, and present resident size without mapped files."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0, 0
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return tuple(int(fields.get(key, "0").split()[0]) for key in ("VmHWM", "RssAnon"))  # type: ignore[return-value]
