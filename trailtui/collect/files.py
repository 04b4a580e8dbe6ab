"""Collecting log files: workers read, unpack and parse; this process alone writes.

Each file goes into the case whole or not at all, several to a transaction. Whoever interrupts
the work, and how, the case holds the files of the last commit; running it again recognises those
by their hash and goes on.
"""

import time
from array import array
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass, field

from trailtui.case.acquired import Acquired
from trailtui.case.checkpoints import Checkpoints
from trailtui.case.conflicts import IN_MEMORY, flag_conflicts, suspects_among
from trailtui.case.events import count
from trailtui.case.file import Case
from trailtui.case.indices import build_event_indices, drop_event_indices
from trailtui.case.journal import append
from trailtui.case.loading import (
    Loaded,
    Loader,
    add_origin,
    add_problems,
)
from trailtui.collect.estimate import BYTES_PER_SECOND, Estimate, log_estimate
from trailtui.collect.listing import Listing, list_files
from trailtui.collect.reading import FileReader, Read
from trailtui.collect.workers import Workers, batches_of
from trailtui.model.errors import InputError
from trailtui.model.wording import numbered

WORKERS = 2
"""Two keep one writer busy; a third does not help (benchmarks/RESULTS.md)."""

_SMALL_JOB_BYTES = 4 << 20
"""Below this, starting workers takes longer than the work."""

_BATCH_BYTES = 1 << 20
"""Acquired bytes of the files that one worker is given at a time."""

_COMMIT_SECONDS = 0.3
"""How much work a kill can cost at most, about."""


@dataclass(slots=True)
class FilesResult:
    """What a collect did, also while it goes on."""

    files_total: int = 0
    bytes_total: int = 0
    files: int = 0
    """Files dealt with, known ones and unreadable ones included."""
    bytes: int = 0
    known_files: int = 0
    records: int = 0
    events: int = 0
    sightings: int = 0
    conflicts: int = 0
    problems: int = 0
    failed_files: int = 0
    """Files nothing could be read from."""
    passed_over: int = 0
    seconds: float = 0.0
    cancelled: bool = False

    def seconds_left(self) -> float | None:
        """At the present pace; None before there is one."""
        if not self.bytes or not self.seconds:
            return None
        return (self.bytes_total - self.bytes) * self.seconds / self.bytes

    def as_json(self) -> dict[str, object]:
        """For the action log."""
        return {
            "files": self.files,
            "known_files": self.known_files,
            "failed_files": self.failed_files,
            "passed_over": self.passed_over,
            "records": self.records,
            "events": self.events,
            "sightings": self.sightings,
            "conflicts": self.conflicts,
            "problems": self.problems,
            "cancelled": self.cancelled,
        }


Progress = Callable[[FilesResult], bool]
"""Called after each file; returns False to stop after what is done."""


def collect_files(
    case: Case,
    paths: Iterable[str],
    progress: Progress = lambda _: True,
    *,
    workers: int = WORKERS,
) -> FilesResult:
    """Take every record of the files, folders and patterns into the case.

    Raises InputError where there is nothing to read at all, CaseError where the case can't be
    written (a full disk): then it is as it was after the last commit, and running it again goes
    on. What is wrong with a file never raises; it is kept as a problem.
    """
    named = list(paths)
    listing = list_files(named)
    append(case, "collect", {"source": "files", "paths": named, "files": len(listing.files)})
    result = FilesResult(len(listing.files), listing.total_bytes)
    result.passed_over = len(listing.passed_over)
    result.problems = len(listing.passed_over)
    with case.writing():
        for path, reason in listing.passed_over:
            add_problems(case, path, None, [(None, None, reason)])
    if not listing.files:
        append(case, "collect", {"source": "files", "finished": True, **result.as_json()})
        reasons = "; ".join(f"{path}: {reason}" for path, reason in listing.passed_over[:3])
        raise InputError(
            f"there is no file to read ({reasons or 'the folder is empty'})",
            where=", ".join(named),
        )
    try:
        large = listing.total_bytes >= _SMALL_JOB_BYTES
        with Checkpoints(case) if large else nullcontext() as checkpoints:
            writing = _Writing(case, result, progress, checkpoints)
            with closing(_documents(case, listing, workers)) as documents:
                writing.run(documents)
            writing.finish()
    finally:
        if not case.connection.in_transaction:
            append(case, "collect", {"source": "files", "finished": True, **result.as_json()})
    return result


def estimate_files(case: Case, paths: Iterable[str]) -> Estimate:
    """How many bytes there are to read and about how long it takes; reads no file.

    Raises InputError where a path is not there. The action log tells of it.
    """
    listing = list_files(list(paths))
    says = (
        f"{numbered(len(listing.files), 'file')}, {len(listing.passed_over):,} passed over",
        f"minutes at {BYTES_PER_SECOND / 1e6:.0f} MB a second, gzip; plain JSON goes quicker",
        "files that the case has already are read, known by their hash, and not kept twice",
    )
    size = listing.total_bytes
    found = Estimate("files", 0, size / BYTES_PER_SECOND, size, 0.0, says)
    log_estimate(case, found)
    return found


@dataclass(slots=True)
class _Writing:
    """The one writer, and the state of its transaction."""

    case: Case
    result: FilesResult
    progress: Progress
    checkpoints: Checkpoints | None
    """Where there is much to write."""
    _loader: Loader = field(init=False)

    def run(self, documents: Iterator[tuple[Read, int]]) -> None:
        """Write documents as they come, committing several times a second."""
        self._loader = Loader(self.case)
        first = self.checkpoints is not None and not count(self.case)
        if first:
            self._loader.placed = array("q")
        started = time.monotonic()
        more = True
        while more:
            committed = time.monotonic()
            with self.case.writing() as connection:
                if first:
                    drop_event_indices(connection)
                    first = False
                self._loader.begin()
                more = False
                for read, size in documents:
                    self._write(read, size)
                    self.result.seconds = time.monotonic() - started
                    if not self.progress(self.result):
                        self.result.cancelled = True
                        break
                    if time.monotonic() - committed > _COMMIT_SECONDS:
                        more = True
                        break
            if self.checkpoints is not None:
                self.checkpoints.after_commit()
        self.result.seconds = time.monotonic() - started

    def finish(self) -> None:
        """What is done once over all that was loaded."""
        placed = self._loader.placed
        with ThreadPoolExecutor(1) as meanwhile, self.case.writing() as connection:
            suspects = None
            if placed is not None and len(placed) <= IN_MEMORY:
                suspects = meanwhile.submit(suspects_among, placed)
            build_event_indices(connection)  # SQLite lets others run while it sorts
            known = suspects.result() if suspects else None
            self.result.conflicts = flag_conflicts(self.case, known)

    def _write(self, read: Read, size: int) -> None:
        result = self.result
        result.files += 1
        result.bytes += size
        if isinstance(read, Acquired):
            self._count(self._loader.load(read), read)
        elif read[1] is not None:
            add_origin(self.case, read[1], read[0])
            result.known_files += 1
        else:
            add_problems(self.case, read[0], None, [(None, None, str(read[-1]))])
            result.failed_files += 1
            result.problems += 1

    def _count(self, loaded: Loaded, acquired: Acquired) -> None:
        result = self.result
        if loaded.known:
            result.known_files += 1
            return
        result.records += loaded.records
        result.events += loaded.events
        result.sightings += loaded.sightings
        result.problems += loaded.problems
        if loaded.problems and acquired.kind == "none":
            result.failed_files += 1


def _documents(case: Case, listing: Listing, workers: int) -> Generator[tuple[Read, int]]:
    """Every listed file as read, with its size, in the order of the listing."""
    if workers < 1 or listing.total_bytes < _SMALL_JOB_BYTES:
        reader = FileReader(str(case.path))
        for path, size in listing.files:
            yield reader.read(path), size
        return
    yield from _from_workers(str(case.path), listing, workers)


def _from_workers(case_path: str, listing: Listing, workers: int) -> Generator[tuple[Read, int]]:
    """Files read by worker processes; a few batches ahead of the writer, no more."""
    batches = list(batches_of(listing.files, _BATCH_BYTES))
    paths = ([path for path, _ in batch] for batch in batches)
    with Workers(case_path, workers) as pool, closing(pool.read(paths)) as answers:
        for batch, documents in zip(batches, answers, strict=True):
            yield from zip(documents, (size for _, size in batch), strict=True)
