"""`trailtui playbooks` and `trailtui run`: finding, checking and walking playbooks."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from trailtui.cli.aws_options import aws_options, open_aws
from trailtui.cli.cases import open_case
from trailtui.cli.output import exit_bad_news, format_option, print_rows, say
from trailtui.model.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trailtui.aws.session import AwsSession
    from trailtui.case.file import Case
    from trailtui.collect.files import FilesResult
    from trailtui.collect.running import CollectResult
    from trailtui.playbook.runner import PlaybookRun
    from trailtui.playbook.views import StepView

EXIT_BAD_INPUT = 3
EXIT_AWS_REFUSED = 4

_FOLDER_OPTION = click.option(
    "--playbook-dir",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Look for playbooks here first.",
)


@click.group(invoke_without_command=True)
@_FOLDER_OPTION
@format_option
@click.pass_context
def playbooks(ctx: click.Context, folders: tuple[Path, ...], output: str) -> None:
    """List the playbooks; `playbooks check PATH` checks one, or a folder of them."""
    if ctx.invoked_subcommand is not None:
        return
    from trailtui.playbook.load import find_playbooks

    rows: list[tuple[object, ...]] = []
    for found in find_playbooks(folders):
        playbook = found.playbook
        if playbook is None:
            state = f"can't be used: {len(found.complaints)} complaints"
        elif found.hidden_by:
            state = f"hidden by {found.hidden_by}"
        else:
            state = "ready"
        title, version, digest = (
            (playbook.title, playbook.version, playbook.sha256) if playbook else (None, None, None)
        )
        rows.append((found.id, title, version, found.origin, state, str(found.path), digest))
    print_rows(("id", "title", "version", "from", "state", "path", "sha256"), rows, output)


@playbooks.command()
@click.argument("path", type=click.Path(path_type=Path))
@format_option
def check(path: Path, output: str) -> None:
    """Check the playbook at PATH, or all in the folder PATH; exit code 3 where one is wrong."""
    from trailtui.playbook.check import check_playbook

    complaints = check_playbook(path)
    if output == "table":
        for complaint in complaints:
            click.echo(str(complaint))
    else:
        rows = [(one.file, one.line, one.key, one.message, one.allowed) for one in complaints]
        print_rows(("file", "line", "key", "message", "allowed"), rows, output)
    if complaints:
        say(f"{len(complaints)} complaint{'s' if len(complaints) > 1 else ''}.")
        sys.exit(EXIT_BAD_INPUT)
    say(f"{path}: nothing to complain of.")


class _Aws(TypedDict):
    profile: str | None
    region: str | None
    endpoint_url: str | None


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What `trailtui run` was asked to do with a step."""

    skip: bool
    reason: str
    target: str | None
    decision: str | None
    pins: tuple[str, ...]
    note: str | None
    confirm: tuple[str, ...]
    arm: bool
    complete: bool

    @property
    def any(self) -> bool:
        """Whether there is anything but running it."""
        return bool(
            self.skip or self.decision or self.pins or self.note or self.confirm or self.complete
        )


@click.command()
@click.argument("case")
@click.argument("step", required=False)
@click.option("--decide", "decision", metavar="OPTION", help="Answer the step's question.")
@click.option("--pin", "pins", multiple=True, metavar="EVENT_ID", help="Pin as its evidence.")
@click.option("--note", metavar="TEXT", help="Write a note for the step.")
@click.option("--complete", is_flag=True, help="The step is done.")
@click.option("--skip", is_flag=True, help="Leave the step undone; needs --reason.")
@click.option("--target", metavar="TARGET", help="With --skip: leave out this one action only.")
@click.option("--reason", default="", metavar="TEXT", help="Why it is skipped, or pinned.")
@click.option("--confirm", multiple=True, metavar="HASH", help="Apply the plan of this hash.")
@click.option("--arm", "arm", is_flag=True, help="With --confirm: arm the case first.")
@click.option("--playbook", "playbook_id", metavar="ID", help="Start this playbook.")
@click.option("--input", "inputs", multiple=True, metavar="K=V", help="Give the playbook an input.")
@_FOLDER_OPTION
@aws_options
@format_option
def run(
    case: str,
    step: str | None,
    decision: str | None,
    pins: tuple[str, ...],
    note: str | None,
    complete: bool,
    skip: bool,
    target: str | None,
    reason: str,
    confirm: tuple[str, ...],
    arm: bool,
    playbook_id: str | None,
    inputs: tuple[str, ...],
    folders: tuple[Path, ...],
    output: str,
    **aws: Unpack[_Aws],
) -> None:
    """Walk the playbook of CASE.

    Without STEP the next step is meant; with STEP any one. A step that has not run yet, or that is
    named without anything else, is run. Then decide, pin, note, and complete it; several of these
    can be given at once. Rows go to stdout, the rest to stderr.
    """
    from trailtui.cli.playbook_text import Printer

    wishes = _Wishes(skip, reason, target, decision, pins, note, confirm, arm, complete)
    _check_wishes(wishes)
    with open_case(case) as opened:
        walked = _the_run(opened, playbook_id, inputs, folders)
        printer = Printer(walked, case, output)
        printer.overview()
        current = walked.next_step()
        step_id = step or (current.id if current else None)
        if step_id is None:
            say("All steps are done. `--playbook ID` starts another playbook.")
            return
        view = walked.step(step_id)
        if wishes.any:
            _fulfil(walked, step_id, wishes, aws)
        elif step or view.state == "open":
            printer.introduction(view)
            _run_step(walked, view, lambda: open_aws(opened, **aws))
            printer.outcome(walked.step(step_id))
            return
        else:
            printer.introduction(view)
        printer.outcome(walked.step(step_id))
        following = walked.next_step()
        if following and following.id != step_id:
            say(f"Next: {following.id} ({following.title}): trailtui run {case}")


def _run_step(
    walked: "PlaybookRun", step: "StepView", open_session: "Callable[[], AwsSession]"
) -> None:
    """Run a step; of one that collects the progress is told, and Ctrl-C stops it in good order."""
    from trailtui.cli.collecting import Reporter, interruptible

    if step.run_kind != "collect":
        walked.run_step(step.id, open_aws=open_session)
        return
    with interruptible() as asked_to_stop:
        reporter = Reporter(asked_to_stop, _line_of)
        walked.run_step(step.id, open_aws=open_session, going=reporter)
        reporter.finish()


def _line_of(result: "CollectResult | FilesResult") -> str:
    from trailtui.cli.collecting import line_of
    from trailtui.collect.running import CollectResult

    if isinstance(result, CollectResult):
        return line_of(result)
    return f"{result.files:,}/{result.files_total:,} files  {result.events:,} new events"


def _check_wishes(wishes: _Wishes) -> None:
    if wishes.skip and (wishes.complete or wishes.decision or wishes.confirm):
        raise UsageError("--skip goes with --reason, --target and --note only")
    if wishes.skip and not wishes.reason.strip():
        raise UsageError("skipping needs a reason", cure="Give one: --reason TEXT.")
    if wishes.target and not wishes.skip:
        raise UsageError("--target goes with --skip only")
    if wishes.arm and not wishes.confirm:
        raise UsageError("--arm goes with --confirm only")


def _the_run(
    case: "Case", playbook_id: str | None, inputs: tuple[str, ...], folders: tuple[Path, ...]
) -> "PlaybookRun":
    """The run to walk: the one that is under way, or a new one where another is named."""
    from trailtui.playbook.load import playbook_named
    from trailtui.playbook.runner import PlaybookRun

    given = dict(_pair(text) for text in inputs)
    present = PlaybookRun.find(case)
    goes_on = present is not None and (
        playbook_id is None or (present.playbook.id == playbook_id and not present.finished)
    )
    if present is not None and goes_on:
        for name, value in given.items():
            present.set_input(name, value)
        return present
    if playbook_id is None:
        raise InputError(
            "no playbook was started in this case",
            where=case.name,
            cure="Start one: `trailtui run CASE --playbook ID`; `trailtui playbooks` lists them.",
        )
    playbook = playbook_named(playbook_id, folders)
    started = PlaybookRun.start(case, playbook, given)
    say(f"Playbook {playbook.id} {playbook.version} is started, from {playbook.path}.")
    return started


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{text!r} is no input", cure="Write --input NAME=VALUE.")
    return name, value


def _fulfil(walked: "PlaybookRun", step_id: str, wishes: _Wishes, aws: _Aws) -> None:
    """Do what was asked, in the order that makes sense: evidence, decision, actions, the end."""
    from trailtui.case.marks import the_event

    for event_id in wishes.pins:
        event = the_event(walked.case, event_id)
        walked.pin(step_id, event.id, wishes.reason)
        say(f"Pinned {event.event_id}.")
    if wishes.note:
        walked.note(step_id, wishes.note)
        say("The note is written.")
    if wishes.decision:
        walked.decide(step_id, wishes.decision)
        say(f"Decided: {wishes.decision}.")
    if wishes.confirm:
        _apply(walked, step_id, wishes, aws)
    if wishes.skip and wishes.target:
        walked.skip_part(step_id, wishes.target, wishes.reason)
        say(f"Left out: {wishes.target}.")
    elif wishes.skip:
        walked.skip(step_id, wishes.reason)
        say(f"Skipped: {step_id}.")
    if wishes.complete:
        walked.complete(step_id)
        say(f"Done: {step_id}.")


def _apply(walked: "PlaybookRun", step_id: str, wishes: _Wishes, aws: _Aws) -> None:
    """Apply the confirmed plans; ends the program where one does not hold or is not known."""
    from trailtui.respond.arming import arm

    session = open_aws(walked.case, **aws)
    if wishes.arm:
        armed = arm(walked.case, session)
        say(f"Armed for {armed.arn} in account {armed.account}.")
    for plan_hash in wishes.confirm:
        outcome = walked.apply_action(step_id, plan_hash, plan_hash, session)
        for command in outcome.commands:
            say(f"Sent: {command}")
        say(f"{outcome.action} {outcome.target}: {outcome.state}. {outcome.says}")
        if outcome.state == "failed":
            sys.exit(EXIT_AWS_REFUSED)
        if not outcome.is_good:
            exit_bad_news()
