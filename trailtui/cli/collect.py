"""`trailtui collect`: taking events into a case."""

import gc
import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

import click

from trailtui.cli.cases import open_case
from trailtui.cli.output import say
from trailtui.collect.files import FilesResult, collect_files
from trailtui.model.errors import InputError

_REPORT_SECONDS = 0.2
_REPORT_SECONDS_NO_TERMINAL = 10.0


class _CollectGroup(click.Group):
    """`collect CASE SOURCE ...`: the case comes before the source."""


@click.group(cls=_CollectGroup)
@click.argument("case")
@click.pass_context
def collect(ctx: click.Context, case: str) -> None:
    """Take events into CASE, from where they are."""
    ctx.obj = case


@collect.command()
@click.argument("paths", nargs=-1, required=True)
@click.pass_obj
def files(case: str, paths: tuple[str, ...]) -> None:
    """Log files: files, folders, patterns, gzip or not, in any known shape.

    Interrupt it at any time; the same command goes on where it stopped. Exit code 3 where no
    record could be read.
    """
    gc.disable()  # no cycles are made here, and looking for them costs a twentieth of the time
    with open_case(case) as opened, _interruptible() as asked_to_stop:
        reporter = _Reporter(asked_to_stop)
        result = collect_files(opened, paths, reporter)
        reporter.finish()
        _summarize(result, case)
    if result.cancelled:
        sys.exit(130)
    if not result.records and not result.known_files and result.problems:
        raise InputError("nothing could be read", cure=f"`trailtui coverage {case}` says why.")


def _summarize(result: FilesResult, case: str) -> None:
    rate = result.records / result.seconds if result.seconds else 0
    say(
        f"{'Stopped after' if result.cancelled else 'Read'} {result.files:,} of "
        f"{result.files_total:,} files in {result.seconds:.1f} s ({rate:,.0f} records/s): "
        f"{result.records:,} records; {result.events:,} new events, "
        f"{result.sightings:,} seen again, {result.known_files:,} files known already."
    )
    if result.conflicts:
        shared = f"{result.conflicts:,} events share an id with another that says otherwise"
        say(f"{shared}: kept, marked.")
    if result.problems:
        say(
            f"{result.problems:,} things could not be read ({result.failed_files:,} files, "
            f"{result.passed_over:,} passed over): `trailtui coverage {case}` lists them."
        )


class _Reporter:
    """Progress on stderr: one line that is rewritten on a terminal, else one now and then."""

    def __init__(self, asked_to_stop: list[bool]) -> None:
        self._asked_to_stop = asked_to_stop
        self._terminal = sys.stderr.isatty()
        self._every = _REPORT_SECONDS if self._terminal else _REPORT_SECONDS_NO_TERMINAL
        self._last = time.monotonic()
        self._shown = False

    def __call__(self, result: FilesResult) -> bool:
        now = time.monotonic()
        if now - self._last >= self._every:
            self._last = now
            self._show(result)
        return not self._asked_to_stop

    def _show(self, result: FilesResult) -> None:
        left = result.seconds_left()
        rate = result.records / result.seconds if result.seconds else 0
        line = (
            f"{result.files:,}/{result.files_total:,} files  {result.events:,} events  "
            f"{rate:,.0f}/s  {f'{left:.0f} s left' if left is not None else ''}"
        )
        if self._terminal:
            click.echo(f"\r\x1b[K{line[:78]}", err=True, nl=False)
            self._shown = True
        else:
            click.echo(line, err=True)

    def finish(self) -> None:
        """Take the progress line away."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)


@contextmanager
def _interruptible() -> Generator[list[bool]]:
    """The first Ctrl-C asks to stop after what is being written, the second stops at once."""
    asked: list[bool] = []

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)
        click.echo("\nStopping after the files at hand; again to stop at once.", err=True)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
