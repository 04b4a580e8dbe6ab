"""Log files from the console: the same collect as `trailtui collect CASE files`."""

from collections.abc import Sequence
from pathlib import Path

from trailtui.case.file import Case
from trailtui.collect.files import FilesResult, collect_files
from trailtui.tui.gathering import Ending, Stage, Tell, Work


def take_files(paths: Sequence[str]) -> Work:
    """The work of `:collect files PATH...`, for a Gathering."""
    named = [str(Path(path).expanduser()) for path in paths]

    def work(case: Case, tell: Tell) -> Ending:
        return _ending(collect_files(case, named, lambda result: tell(_stage(result))))

    return work


def _stage(result: FilesResult) -> Stage:
    return Stage(
        result.files,
        result.files_total,
        "files",
        result.events,
        refused=result.failed_files,
        seconds_left=result.seconds_left(),
    )


def _ending(result: FilesResult) -> Ending:
    says = (
        f"files{' STOPPED' if result.cancelled else ''}: {result.files:,} of "
        f"{result.files_total:,} files, {result.events:,} new events, "
        f"{result.sightings:,} seen again, {result.known_files:,} files known already"
    )
    if result.problems:
        says += f"; {result.problems:,} things could NOT be read"
    return Ending(f"{says}.", not (result.cancelled or result.problems))
