"""What all `trailtui collect CASE SOURCE` commands from AWS share: the time, the cost, the end."""

import signal
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import click

from trailtui.case.file import Case
from trailtui.cli.output import print_rows, say
from trailtui.model.errors import AwsError, UsageError
from trailtui.model.times import HOUR_MS, format_utc, now_ms, parse_moment
from trailtui.model.wording import numbered

if TYPE_CHECKING:
    from trailtui.collect.estimate import Estimate
    from trailtui.collect.running import CollectResult

_Command = TypeVar("_Command", bound=Callable[..., Any])
_Result = TypeVar("_Result")

_REPORT_SECONDS = 0.2
_REPORT_SECONDS_NO_TERMINAL = 10.0
_HOURS_BEFORE = 24
"""How far back is looked where neither the user nor the case says."""


def window_options(command: _Command) -> _Command:
    """Give a command `--from` and `--to`, handed to it as `since` and `until`."""
    for option in (
        click.option("--to", "until", metavar="T", help="Up to this time (UTC); else until now."),
        click.option(
            "--from",
            "since",
            metavar="T",
            help="From this time on (UTC; -24h, -7d); else the case's window, else 24 hours.",
        ),
    ):
        command = option(command)
    return command


def cost_options(command: _Command) -> _Command:
    """Give a command `--estimate` and `--yes`."""
    for option in (
        click.option("--yes", is_flag=True, help="Don't ask, whatever it costs."),
        click.option("--estimate", is_flag=True, help="Say what it would cost; collect nothing."),
    ):
        command = option(command)
    return command


def window_of(case: Case, since: str | None, until: str | None) -> tuple[int, int]:
    """From when to when (exclusive) to look, in milliseconds: as given, else as the case has it."""
    window = cast("dict[str, object]", case.setting("window") or {})
    present = now_ms()
    end = parse_moment(until) if until else min(_number(window.get("until_ms")) or present, present)
    start = (
        parse_moment(since)
        if since
        else _number(window.get("since_ms")) or end - _HOURS_BEFORE * HOUR_MS
    )
    return start, end


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def go_ahead(estimate: "Estimate", output: str, *, only_estimate: bool, yes: bool) -> bool:
    """Print an estimate, or ask where the run would cost much; whether to run.

    Raises UsageError where nobody can be asked.
    """
    if only_estimate:
        from trailtui.collect.estimate import COLUMNS

        print_rows(COLUMNS, estimate.rows(), output)
        for line in estimate.says:
            say(f"({line})")
        return False
    if yes or not estimate.worth_asking:
        return True
    what = (
        f"About {estimate.requests:,} requests, {estimate.seconds / 60:,.0f} minutes, "
        f"{estimate.bytes / 1e9:,.2f} GB, {estimate.dollars:,.2f} dollars"
    )
    if not sys.stdin.isatty():
        raise UsageError(f"this would take: {what}", cure="Say --yes to run it, or ask for less.")
    return click.confirm(f"{what}. Go on?", default=False, err=True)


class Reporter(Generic[_Result]):
    """Progress on stderr: one line that is rewritten on a terminal, else one now and then.

    Args:
        asked_to_stop: filled when the user wants an end; see interruptible.
        line_of: a result in a line.
    """

    def __init__(self, asked_to_stop: list[bool], line_of: Callable[[_Result], str]) -> None:
        self._asked_to_stop = asked_to_stop
        self._line_of = line_of
        self._terminal = sys.stderr.isatty()
        self._every = _REPORT_SECONDS if self._terminal else _REPORT_SECONDS_NO_TERMINAL
        self._last = time.monotonic()
        self._shown = False

    def __call__(self, result: _Result) -> bool:
        now = time.monotonic()
        if now - self._last >= self._every:
            self._last = now
            self._show(self._line_of(result))
        return not self._asked_to_stop

    def _show(self, line: str) -> None:
        if self._terminal:
            click.echo(f"\r\x1b[K{line[:78]}", err=True, nl=False)
            self._shown = True
        else:
            click.echo(line, err=True)

    def finish(self) -> None:
        """Take the progress line away."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)


def line_of(result: "CollectResult") -> str:
    """How a collect from AWS goes, in a line."""
    left = result.seconds_left()
    refused = f"  {len(result.refusals)} not whole" if result.refusals else ""
    return (
        f"{result.done:,}/{result.units:,} parts  {result.requests:,} requests  "
        f"{result.events:,} new events{refused}  "
        f"{f'{left:,.0f} s left' if left is not None else ''}"
    )


@contextmanager
def interruptible(what: str = "Stopping after the answers at hand") -> Generator[list[bool]]:
    """The first Ctrl-C asks to stop after what is being stored, the second stops at once."""
    asked: list[bool] = []

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)
        click.echo(f"\n{what}; again to stop at once.", err=True)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def tell(result: "CollectResult", case: str) -> None:
    """Say what a collect did, and what it could not; then end as its outcome wants.

    Exits with 130 where it was cancelled; raises what stopped it, and AwsError (exit code 4) where
    AWS refused a part.
    """
    if result.units:
        say(
            f"{'Stopped after' if result.cancelled else 'Asked for'} {result.done:,} of "
            f"{result.units:,} parts in {result.seconds:,.1f} s, {result.requests:,} requests: "
            f"{result.records:,} records; {result.events:,} new events, "
            f"{result.sightings:,} seen again."
        )
    if result.conflicts:
        shared = f"{result.conflicts:,} events share an id with another that says otherwise"
        say(f"{shared}: kept, marked.")
    if result.problems:
        unread = numbered(result.problems, "thing")
        say(f"{unread} could not be read: `trailtui coverage {case}` lists them.")
    for line in _refusals(result):
        say(line)
    if result.stopped_by is not None:
        raise result.stopped_by
    if result.cancelled:
        say("What came is in the case; the same command goes on from there.")
        sys.exit(130)
    if result.refusals:
        raise AwsError(
            f"{numbered(len(result.refusals), 'part')} did not come whole",
            cure=f"What came is in the case; `trailtui coverage {case} --show sources` lists the "
            "rest. The same command asks again for just what can still be had.",
        )


_MOST_LINES = 12


def _refusals(result: "CollectResult") -> list[str]:
    """One line for each account, Region and reason, most of them first."""
    found: dict[tuple[str, str, str, str], list[tuple[int, int]]] = {}
    for unit, state, detail in result.refusals:
        key = (unit.account, unit.region, str(state), detail)
        found.setdefault(key, []).append((unit.since_ms, unit.until_ms))
    lines = [
        f"{_place_and_time(account, region, times)}{state}. {detail}"
        for (account, region, state, detail), times in sorted(found.items())
    ]
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], f"... and {more:,} more"] if more > 0 else lines


def _place_and_time(account: str, region: str, times: list[tuple[int, int]]) -> str:
    """Of whom and when it is; empty for an object whose name tells neither."""
    since, until = min(times)[0], max(until for _, until in times)
    span = f"{format_utc(since)} to {format_utc(until)}" if until else ""
    told = " ".join(word for word in (account, region, span) if word)
    return f"{told}: " if told else ""
