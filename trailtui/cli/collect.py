"""`trailtui collect`: taking events into a case."""

import gc
import importlib
import sys
from typing import cast

import click

from trailtui.cli.cases import open_case
from trailtui.cli.collecting import Reporter, go_ahead, interruptible
from trailtui.cli.output import format_option, say
from trailtui.collect.files import FilesResult, collect_files, estimate_files
from trailtui.model.errors import InputError, UsageError
from trailtui.model.wording import numbered

SOURCES = {
    "files": ("trailtui.cli.collect:files", "Log files on disk"),
    "lookup": ("trailtui.cli.collect_lookup:lookup", "The event history (LookupEvents, 90 days)"),
    "s3": ("trailtui.cli.collect_s3:s3", "A trail's bucket, a mirror of one, presigned URLs"),
    "athena": ("trailtui.cli.collect_engines:athena", "A table over a trail's bucket, in Athena"),
    "insights": ("trailtui.cli.collect_engines:insights", "A trail's log group (Logs Insights)"),
    "lake": ("trailtui.cli.collect_engines:lake", "An event data store (CloudTrail Lake)"),
    "findings": ("trailtui.cli.collect_findings:findings", "Alerts: a file, or the APIs"),
}
"""The commands under `collect CASE`, imported when they are used."""


class _CollectGroup(click.Group):
    """`collect CASE SOURCE ...`: the case comes before the source."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SOURCES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SOURCES:
            return None
        module, _, name = SOURCES[cmd_name][0].partition(":")
        return cast("click.Command", getattr(importlib.import_module(module), name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in SOURCES and not args[0].startswith("-"):
            raise UsageError(
                f"there is no source {args[0]}",
                cure=f"As in `trailtui collect CASE lookup`; one of {', '.join(SOURCES)}.",
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Sources"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in SOURCES.items()])


@click.group(cls=_CollectGroup, subcommand_metavar="SOURCE [ARGS]...")
@click.argument("case")
@click.pass_context
def collect(ctx: click.Context, case: str) -> None:
    """Take events into CASE, from where they are.

    Interrupt it at any time; the same command goes on where it stopped.
    """
    ctx.obj = case


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--estimate", is_flag=True, help="Say what it would take; read nothing.")
@format_option
@click.pass_obj
def files(case: str, paths: tuple[str, ...], estimate: bool, output: str) -> None:
    """Log files: files, folders, patterns, gzip or not, in any known shape.

    Interrupt it at any time; the same command goes on where it stopped. Exit code 3 where no
    record could be read.
    """
    if estimate:
        with open_case(case) as opened:
            go_ahead(estimate_files(opened, paths), output, only_estimate=True, yes=False)
        return
    gc.disable()  # no cycles are made here, and looking for them costs a twentieth of the time
    stopping = "Stopping after the files at hand"
    with open_case(case) as opened, interruptible(stopping) as asked_to_stop:
        reporter = Reporter(asked_to_stop, _line_of)
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
            f"{numbered(result.problems, 'thing')} could not be read "
            f"({numbered(result.failed_files, 'file')}, "
            f"{result.passed_over:,} passed over): `trailtui coverage {case}` lists them."
        )


def _line_of(result: FilesResult) -> str:
    left = result.seconds_left()
    rate = result.records / result.seconds if result.seconds else 0
    return (
        f"{result.files:,}/{result.files_total:,} files  {result.events:,} events  "
        f"{rate:,.0f}/s  {f'{left:.0f} s left' if left is not None else ''}"
    )
