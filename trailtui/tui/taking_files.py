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
        return _ending(collect_files(case, named, lambda result: tell(stage_of_files(result))))

    return work


def stage_of_files(result: FilesResult) -> Stage:
    """How far it is."""
    return Stage(
        result.files,
        result.files_total,
        "files",
        result.events,
        refused=result.failed_files,
        seconds_left=result.seconds_left(),
    )


def _ending(result: FilesResult) -> Ending:
    words = [f"{result.problems:,} things NOT readable"] if result.problems else []
    words += [f"{result.files:,} of {result.files_total:,} files"]
    words += [f"{result.events:,} new events, {result.sightings:,} seen again"]
    words += [f"{result.known_files:,} files known already"] if result.known_files else []
    says = f"files{' STOPPED' if result.cancelled else ''}: {', '.join(words)}."
    return Ending(says, not (result.cancelled or result.problems))
