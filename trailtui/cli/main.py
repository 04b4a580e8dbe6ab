"""The command line's entry: finds the command, and turns errors into one sentence.

Commands are imported when they are used, so that `trailtui --help` starts at once.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import cast

import click

import trailtui
from trailtui.model.errors import TrailtuiError, UsageError
from trailtui.model.text import safe

COMMANDS = {
    "demo": ("trailtui.cli.demo:demo", "A simulated account with an incident, and its case"),
    "new": ("trailtui.cli.cases:new", "Make a case"),
    "cases": ("trailtui.cli.cases:cases", "List the cases"),
    "collect": ("trailtui.cli.collect:collect", "Take events into a case"),
    "findings": ("trailtui.cli.findings:findings", "The alerts, and what they name"),
    "coverage": ("trailtui.cli.coverage:coverage", "What was looked at, and what was not"),
    "timeline": ("trailtui.cli.timeline:timeline", "Events in time order, filtered"),
    "show": ("trailtui.cli.timeline:show", "One record, and where its bytes are"),
    "entities": ("trailtui.cli.entities:entities", "Who and what occurs, first and last seen"),
    "summary": ("trailtui.cli.summary:summary", "The case on one page"),
    "lineage": ("trailtui.cli.lineage:lineage", "What came out of a credential, what still works"),
    "queries": ("trailtui.cli.query:queries", "List the query library"),
    "query": ("trailtui.cli.query:query", "Ask the case in SQL or by a query's name"),
    "enrich": ("trailtui.cli.enrich:enrich", "Files that tell more of addresses"),
    "detect": ("trailtui.cli.detect:detect", "Run rules over a case; keep what they find"),
    "playbooks": ("trailtui.cli.playbook:playbooks", "List or check playbooks"),
    "run": ("trailtui.cli.playbook:run", "Walk the case's playbook, step by step"),
    "note": ("trailtui.cli.notes:note", "Write a note into the case"),
    "tag": ("trailtui.cli.notes:tag", "Tag an event"),
    "pin": ("trailtui.cli.notes:pin", "Pin an event as evidence"),
    "contain": ("trailtui.cli.contain:contain", "Plan, apply, verify and undo containment"),
    "log": ("trailtui.cli.notes:log", "The action log"),
    "report": ("trailtui.cli.report:report", "Write the report"),
    "export": ("trailtui.cli.report:export", "Export the case as a bundle"),
    "verify": ("trailtui.cli.report:verify", "Check a bundle"),
}


class _Commands(click.Group):
    """Commands by name; a word that is none of them is a case to open in the console."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, name = entry[0].partition(":")
        return cast("click.Command", getattr(importlib.import_module(module), name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            _refuse_misspelling(args[0])
            return "console", self._console(), args
        return super().resolve_command(ctx, args)

    @staticmethod
    def _console() -> click.Command:
        from trailtui.cli.console import console

        return console


def _refuse_misspelling(word: str) -> None:
    """A word that is nearly a command and no case was meant as the command."""
    from difflib import get_close_matches

    from trailtui.case.file import locate_case

    near = get_close_matches(word, COMMANDS, n=1)
    if near and not locate_case(word).exists():
        raise UsageError(
            f"there is no command and no case {word}", cure=f"Did you mean `trailtui {near[0]}`?"
        )


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`trailtui CASE` opens a case in the console; `trailtui` alone lists them there.",
)
@click.version_option(trailtui.__version__, prog_name="trailtui", message="%(prog)s %(version)s")
@click.pass_context
def program(ctx: click.Context) -> None:
    """Incident response on AWS CloudTrail, from the alert to a verified bundle."""
    if ctx.invoked_subcommand is None:
        from trailtui.cli.console import console

        ctx.invoke(console)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program; exits with the code that the result deserves."""
    try:
        code = program.main(arguments, prog_name="trailtui", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except TrailtuiError as error:
        click.echo(f"trailtui: {safe(str(error), keep_newlines=True)}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # `trailtui timeline | head`
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)
